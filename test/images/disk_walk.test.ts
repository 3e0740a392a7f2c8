import fc from "fast-check";
import { expect, test } from "vitest";
import { describeLayout, diskLayoutOf } from "#src/images/disk_layout.ts";
import { DiskWalk } from "#src/images/disk_walk.ts";
import type { StreamPiece } from "#src/images/stream_piece.ts";
import { withoutZeros } from "#src/images/zero_blocks.ts";

const MIB = 1 << 20;

/** A disk that begins with a protective MBR and a GPT of so many partitions. */
function gpt(sectorBytes: number, partitions: number, lastSector: number): Buffer {
  const disk = Buffer.alloc(72 * 1024);
  disk.write("55aa", 510, "hex");
  disk.write("EFI PART", sectorBytes);
  disk.writeBigUInt64LE(BigInt(lastSector), sectorBytes + 32);
  disk.writeBigUInt64LE(2n, sectorBytes + 72);
  disk.writeUInt32LE(128, sectorBytes + 80);
  disk.writeUInt32LE(128, sectorBytes + 84);
  for (let index = 0; index < partitions; index++) disk[2 * sectorBytes + index * 128 * 2] = 1;
  disk[0] = 0xeb;
  return disk;
}

function withBytes(...parts: readonly (readonly [at: number, hex: string])[]): Buffer {
  const disk = Buffer.alloc(72 * 1024);
  for (const [at, hex] of parts) disk.write(hex, at, "hex");
  return disk;
}

test.each([
  ["GPT, 3 partitions", gpt(512, 3, 10)],
  ["GPT, 1 partition", gpt(4096, 1, 10)],
  ["MBR, 2 partitions", withBytes([510, "55aa"], [450, "83"], [466, "82"])],
  ["MBR, 0 partitions", withBytes([510, "55aa"])],
  ["ext without partition table", withBytes([1080, "53ef"])],
  ["XFS without partition table", withBytes([0, "58465342"])],
  ["btrfs without partition table", withBytes([65_600, "5f42485266535f4d"])],
  ["LVM without partition table", withBytes([512, "4c4142454c4f4e45"])],
  ["MBR, 1 partition, ISO 9660", withBytes([510, "55aa"], [450, "17"], [32_769, "4344303031"])],
])("%s", (words, disk) => {
  const layout = diskLayoutOf(disk);
  expect(layout && describeLayout(layout)).toBe(words);
});

test("zeros, or a GPT of impossible numbers", () => {
  expect(diskLayoutOf(Buffer.alloc(72 * 1024))).toBeUndefined();
  const wild = gpt(512, 0, 1).fill(0xff, 512 + 32, 512 + 92);
  expect(diskLayoutOf(wild)).toMatchObject({ table: "gpt", partitions: 0 });
});

const walked = (...pieces: readonly StreamPiece[]): DiskWalk => {
  const walk = new DiskWalk();
  for (const piece of pieces) walk.feed(piece);
  return walk;
};

test("the head comes in pieces, with zeros between them", () => {
  const disk = gpt(4096, 2, 511);
  const walk = walked(disk.subarray(0, 512), { zeroBytes: 3584 }, disk.subarray(4096), {
    zeroBytes: 2 * MIB - disk.length,
  });
  expect(walk.finish()).toBeUndefined();
  expect(walk.missingToBoot()).toEqual([]);
  expect(walk.value).toMatchObject({ layout: "GPT, 2 partitions", entryCount: 0, installedBytes: 2 * MIB });
});

test.each([
  [
    "shorter than its GPT",
    [gpt(512, 1, 4096), { zeroBytes: 2 * MIB - 72 * 1024 }],
    "which has 2097664 bytes by its own GPT",
  ],
  ["no whole sectors", [Buffer.alloc(513)], "in the midst of a sector"],
] as const)("no disk: %s", (_, pieces, found) => {
  expect(walked(...pieces).finish()?.found).toContain(found);
});

test("what it misses to boot", () => {
  expect(walked({ zeroBytes: 512 }).missingToBoot()).toEqual([
    "boot sector, GPT or file system at its start",
    "room for a system (1 MiB)",
  ]);
});

test("zeros are found in whole blocks, and every byte stays where it is", () => {
  const block = fc.tuple(fc.constantFrom(1, 100, 65_535, 65_536, 131_072), fc.constantFrom(0, 0, 1));
  fc.assert(
    fc.property(fc.array(block, { maxLength: 6 }), (blocks) => {
      const piece = Buffer.concat(blocks.map(([bytes, value]) => Buffer.alloc(bytes, value)));
      const found = [...withoutZeros(piece)];
      const again = Buffer.concat(
        found.map((one) => (Buffer.isBuffer(one) ? one : Buffer.alloc(one.zeroBytes))),
      );
      expect(again.equals(piece)).toBe(true);
      const isZero = (at: number): boolean => piece.subarray(at, at + 65_536).every((byte) => byte === 0);
      const wanted = Array.from({ length: Math.ceil(piece.length / 65_536) }, (_, at) => isZero(at * 65_536));
      const zeroBytes = found.reduce((sum, one) => sum + (Buffer.isBuffer(one) ? 0 : one.zeroBytes), 0);
      const sizes = wanted.map((zero, at) => (zero ? Math.min(65_536, piece.length - at * 65_536) : 0));
      expect(zeroBytes).toBe(sizes.reduce((sum, bytes) => sum + bytes, 0));
    }),
    { numRuns: 100 },
  );
});
