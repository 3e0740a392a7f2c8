import fc from "fast-check";
import { expect, test } from "vitest";
import { readQcow2 } from "#src/images/qcow2_stream.ts";
import type { SourceFault } from "#src/images/source_fault.ts";
import { type Cluster, diskBytesOf, type Qcow2File, qcow2Bytes } from "./qcow2_bytes.ts";

class Refused extends Error {
  readonly fault: SourceFault;
  constructor(fault: SourceFault) {
    super(fault.found);
    this.fault = fault;
  }
}

const MAX_DISK_BYTES = 64 << 20;

async function read(file: Buffer): Promise<Buffer> {
  const access = {
    sizeBytes: file.length,
    read: async (at: number, bytes: number) => {
      if (at < 0 || at + bytes > file.length) throw new Error(`A read of ${bytes} bytes at ${at}`);
      return Buffer.from(file.subarray(at, at + bytes));
    },
  };
  const pieces: Buffer[] = [];
  const refuse = (fault: SourceFault): Error => new Refused(fault);
  const checkSize = (bytes: number): void => {
    if (bytes > MAX_DISK_BYTES) throw new Refused({ offsetBytes: 24, found: "too large" });
  };
  for await (const piece of readQcow2(access, { refuse, checkSize }))
    pieces.push(Buffer.isBuffer(piece) ? piece : Buffer.alloc(piece.zeroBytes));
  return Buffer.concat(pieces);
}

const found = async (file: Buffer): Promise<string> =>
  await read(file).then(
    () => "nothing",
    (error: Error) => (error instanceof Refused ? error.message : `BUG ${error.stack}`),
  );

const byte = fc.integer({ min: 1, max: 255 });
const cluster: fc.Arbitrary<Cluster> = fc.oneof(
  fc.constant({ kind: "hole" } as const),
  fc.constant({ kind: "zeroFlag" } as const),
  fc.record({ kind: fc.constant("data" as const), byte }),
  fc.record({ kind: fc.constant("compressed" as const), byte }),
);
const file: fc.Arbitrary<Qcow2File> = fc.record({
  clusterBits: fc.constantFrom(9, 10, 12),
  clusters: fc.array(cluster, { minLength: 1, maxLength: 150 }),
  compression: fc.constantFrom("zlib" as const, "zstd" as const),
  shorterBySectors: fc.constantFrom(0),
});

test("every layout gives its disk, byte by byte", async () => {
  await fc.assert(
    fc.asyncProperty(file, async (layout) => {
      expect((await read(qcow2Bytes(layout))).equals(diskBytesOf(layout))).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test("a damaged file is refused or gives a disk of the size that it names; nothing else happens", async () => {
  const damage = fc.array(fc.tuple(fc.nat(3000), fc.nat(255)), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(file, damage, fc.nat(4000), async (layout, changes, cutBytes) => {
      const bytes = qcow2Bytes(layout);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      const cut = bytes.subarray(0, bytes.length - (cutBytes % 700));
      const disk = await read(cut).catch((error: Error) => {
        if (error instanceof Refused) return undefined;
        throw error;
      });
      if (disk) expect(BigInt(disk.length)).toBe(cut.readBigUInt64BE(24));
    }),
    { numRuns: 150 },
  );
});

const DATA: Qcow2File = {
  clusterBits: 12,
  clusters: [
    { kind: "data", byte: 1 },
    { kind: "hole" },
    { kind: "data", byte: 2 },
    { kind: "compressed", byte: 3 },
  ],
};
const L1 = 4096;
const L2 = 8192;
const changed = (change: (bytes: Buffer) => void, layout = DATA): Buffer => {
  const bytes = qcow2Bytes(layout);
  change(bytes);
  return bytes;
};
const u64 =
  (at: number, value: bigint) =>
  (bytes: Buffer): void =>
    void bytes.writeBigUInt64BE(value, at);
const u32 =
  (at: number, value: number) =>
  (bytes: Buffer): void =>
    void bytes.writeUInt32BE(value, at);

test.each([
  ["a backing file", u64(8, 200n), "a backing file; flatten it with `qemu-img convert"],
  ["AES", u32(32, 1), "an encrypted qcow2 image"],
  ["LUKS", u32(32, 2), "an encrypted qcow2 image"],
  ["the dirty bit", u64(72, 1n), "not closed (dirty); repair it with `qemu-img check"],
  ["the corrupt bit", u64(72, 2n), "marked corrupt"],
  ["an external data file", u64(72, 4n), "data lies in another file"],
  ["extended L2 entries", u64(72, 16n), "subclusters"],
  ["a feature of the future", u64(72, 1n << 40n), "unknown features"],
  [
    "a compression of the future",
    (b: Buffer) => {
      u64(72, 8n)(b);
      b.writeUInt8(7, 104);
    },
    "compression type 7",
  ],
  ["version 1", u32(4, 1), "version 1"],
  ["clusters of 256 bytes", u32(20, 8), "clusters of 2^8 bytes"],
  ["clusters of 4 GiB", u32(20, 32), "clusters of 2^32 bytes"],
  ["a short header", u32(100, 72), "a qcow2 header of 72 bytes"],
  ["8 EiB", u64(24, 1n << 63n), "a disk of 9223372036854775808 bytes"],
  ["1 EiB", u64(24, 1n << 52n), "too many for its clusters of 4096"],
  ["a disk larger than allowed", u64(24, 1n << 30n), "a first table of 1 entries where the disk needs 512"],
  ["no disk", u64(24, 0n), "a disk of 0 bytes"],
  ["half a sector", u64(24, 1000n), "a disk of 1000 bytes"],
  ["a first table behind the end", u64(40, 1n << 40n), "ends behind the file"],
  ["a first table in the header", u64(40, 0n), "which is no cluster"],
  ["a second table behind the end", u64(L1, 1n << 40n), "a second table outside of the file's"],
  ["a second table that is the first", u64(L1, 4096n), "a second table that lies over another one"],
  ["a second table that is the header's neighbour", u64(L1, 512n), "a second table across two clusters"],
  ["a cluster outside", u64(L2, 1n << 50n), "a cluster outside of the file's"],
  ["a cluster that is the first table", u64(L2, 4096n), "a cluster that lies over another one"],
  ["a cluster that is its own table", u64(L2, 8192n), "a cluster that lies over another one"],
  [
    "one cluster twice",
    (b: Buffer) => void b.copy(b, L2 + 16, L2, L2 + 8),
    "a cluster that lies over another one",
  ],
  ["compressed data in the header", u64(L2, (1n << 62n) | 112n), "a compressed cluster outside"],
  ["compressed data outside", u64(L2, (1n << 62n) | (1n << 40n)), "a compressed cluster outside"],
  ["compressed data over a table", u64(L2, (1n << 62n) | 8192n), "a compressed cluster that lies over"],
  [
    "damaged compressed data",
    (b: Buffer) => void b.fill(255, b.length - 4096),
    "a damaged compressed cluster (zlib)",
  ],
])("refused: %s", async (_, change, what) => {
  expect(await found(changed(change))).toContain(what);
});

test("a compressed cluster of too many or too few bytes", async () => {
  for (const clusterBits of [13, 11]) {
    const other = qcow2Bytes({ clusterBits, clusters: [{ kind: "compressed", byte: 3 }] });
    const packed = other.subarray(-(2 ** clusterBits)).subarray(0, 512);
    const bytes = changed((b) => void packed.copy(b, b.length - 4096));
    expect(await found(bytes)).toContain("a damaged compressed cluster");
  }
});

test("version 2 has no zero flag and no features", async () => {
  const bytes = changed((b) => {
    b.writeUInt32BE(2, 4);
    b.fill(0xff, 72, 112);
    b.writeBigUInt64BE(1n, L2 + 8);
  });
  expect((await read(bytes)).equals(diskBytesOf(DATA))).toBe(true);
});

test("a file that was cut short", async () => {
  const whole = qcow2Bytes({ clusterBits: 12, clusters: [{ kind: "data", byte: 1 }] });
  expect(await found(whole.subarray(0, -512))).toContain("a cluster outside of the file's");
  expect(await found(whole.subarray(0, 100))).toContain("the end of a qcow2 header");
});

test("the last cluster of the disk may be shorter in the file too", async () => {
  const layout: Qcow2File = { clusterBits: 12, clusters: [{ kind: "data", byte: 1 }], shorterBySectors: 3 };
  const bytes = qcow2Bytes(layout).subarray(0, -1536);
  expect((await read(bytes)).equals(diskBytesOf(layout))).toBe(true);
});
