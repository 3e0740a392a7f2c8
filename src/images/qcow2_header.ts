/**
 * The header of a qcow2 disk image, versions 2 and 3: QEMU's docs/interop/qcow2.txt, sections "Header" and
 * "Additional fields".
 *
 * Pure. Never throws on bytes. Integers big-endian. What cannot be read right is refused by name, with the way out.
 */
import { type SourceRead, sourceFault } from "./source_fault.ts";

export type Qcow2Header = {
  /** log2 of the cluster size: 9 (512 bytes) to 21 (2 MiB). */
  readonly clusterBits: number;
  /** Of the disk that the guest sees. */
  readonly diskBytes: number;
  readonly l1OffsetBytes: number;
  /** As many as the disk needs; the table may be longer. */
  readonly l1Entries: number;
  readonly compression: "zlib" | "zstd";
  /** Version 3 marks single clusters as zero; in version 2 that bit is reserved. */
  readonly hasZeroFlag: boolean;
};

/** The header alone; its extensions say nothing that changes the data. */
export const QCOW2_HEADER_BYTES = 112;
export const QCOW2_MAGIC = "514649fb";

const MIN_V3_HEADER_BYTES = 104;
const MIN_CLUSTER_BITS = 9;
const MAX_CLUSTER_BITS = 21;
/** QEMU opens no larger table. */
const MAX_L1_BYTES = 32 * 1024 * 1024;
const ENTRY_BYTES = 8;
const SECTOR_BYTES = 512;

const FLATTEN = "flatten it with `qemu-img convert -O qcow2 FILE NEW`";
const REPAIR = "repair it with `qemu-img check -r all FILE`";
const COMPRESSION_BIT = 3;

/** Bits of `incompatible_features` that change what the data means. */
const REFUSED_FEATURES: readonly (readonly [bit: number, found: string])[] = [
  [0, `a qcow2 image that was not closed (dirty); ${REPAIR}`],
  [1, `a qcow2 image that is marked corrupt; ${REPAIR}`],
  [2, `a qcow2 image whose data lies in another file (external data file); ${FLATTEN}`],
  [4, `a qcow2 image with subclusters (extended L2 entries); ${FLATTEN}`],
];

/**
 * @param bytes the first {@link QCOW2_HEADER_BYTES} of the file, or all of them
 * @param fileBytes size of the whole file: tables outside of it are refused
 */
export function decodeQcow2Header(bytes: Buffer, fileBytes: number): SourceRead<Qcow2Header> {
  if (bytes.length < QCOW2_HEADER_BYTES) return sourceFault(bytes.length, "the end of a qcow2 header");
  if (bytes.toString("hex", 0, 4) !== QCOW2_MAGIC) return sourceFault(0, "no qcow2 header");
  const version = bytes.readUInt32BE(4);
  if (version !== 2 && version !== 3) return sourceFault(4, `a qcow2 image of version ${version}`);
  const refused = refusedFeature(bytes, version);
  if (refused) return refused;
  const clusterBits = bytes.readUInt32BE(20);
  if (clusterBits < MIN_CLUSTER_BITS || clusterBits > MAX_CLUSTER_BITS)
    return sourceFault(20, `a qcow2 image with clusters of 2^${clusterBits} bytes`);
  const compression = compressionOf(bytes, version);
  if (!compression) return sourceFault(104, `a qcow2 image of compression type ${bytes[104]}`);
  const table = l1Of(bytes, { clusterBits, fileBytes });
  if (!table.ok) return table;
  return { ok: true, value: { ...table.value, clusterBits, compression, hasZeroFlag: version === 3 } };
}

function refusedFeature(bytes: Buffer, version: number): ReturnType<typeof sourceFault> | undefined {
  if (bytes.readBigUInt64BE(8) !== 0n) return sourceFault(8, `a qcow2 image with a backing file; ${FLATTEN}`);
  if (bytes.readUInt32BE(32) !== 0)
    return sourceFault(32, `an encrypted qcow2 image; decrypt it with \`qemu-img convert\``);
  if (version === 2) return undefined;
  const headerBytes = bytes.readUInt32BE(100);
  if (headerBytes < MIN_V3_HEADER_BYTES || headerBytes % 8 !== 0)
    return sourceFault(100, `a qcow2 header of ${headerBytes} bytes`);
  const features = bytes.readBigUInt64BE(72);
  for (const [bit, found] of REFUSED_FEATURES)
    if ((features >> BigInt(bit)) & 1n) return sourceFault(72, found);
  const unknown = features & ~(1n << BigInt(COMPRESSION_BIT));
  return unknown === 0n
    ? undefined
    : sourceFault(72, `a qcow2 image with unknown features (${unknown.toString(2)}); ${FLATTEN}`);
}

function compressionOf(bytes: Buffer, version: number): Qcow2Header["compression"] | undefined {
  const marked = version === 3 && ((bytes.readBigUInt64BE(72) >> BigInt(COMPRESSION_BIT)) & 1n) === 1n;
  if (!marked) return "zlib";
  const hasField = bytes.readUInt32BE(100) > MIN_V3_HEADER_BYTES;
  const type = hasField ? bytes[MIN_V3_HEADER_BYTES] : 0;
  if (type === 0) return "zlib";
  return type === 1 ? "zstd" : undefined;
}

function l1Of(
  bytes: Buffer,
  from: { readonly clusterBits: number; readonly fileBytes: number },
): SourceRead<Pick<Qcow2Header, "diskBytes" | "l1OffsetBytes" | "l1Entries">> {
  const disk = bytes.readBigUInt64BE(24);
  if (disk === 0n || disk > BigInt(Number.MAX_SAFE_INTEGER) || disk % BigInt(SECTOR_BYTES) !== 0n)
    return sourceFault(24, `a qcow2 image of a disk of ${disk} bytes`);
  const diskBytes = Number(disk);
  const clusterBytes = 2 ** from.clusterBits;
  const l1Entries = Math.ceil(diskBytes / (clusterBytes * (clusterBytes / ENTRY_BYTES)));
  if (l1Entries * ENTRY_BYTES > MAX_L1_BYTES)
    return sourceFault(
      24,
      `a qcow2 image of ${diskBytes} bytes, too many for its clusters of ${clusterBytes}`,
    );
  const written = bytes.readUInt32BE(36);
  if (written < l1Entries)
    return sourceFault(36, `a first table of ${written} entries where the disk needs ${l1Entries}`);
  const l1OffsetBytes = Number(bytes.readBigUInt64BE(40));
  if (l1OffsetBytes < clusterBytes || l1OffsetBytes % clusterBytes !== 0)
    return sourceFault(40, `a first table at ${l1OffsetBytes}, which is no cluster`);
  if (l1OffsetBytes + l1Entries * ENTRY_BYTES > from.fileBytes)
    return sourceFault(
      40,
      `a first table at ${l1OffsetBytes}, which ends behind the file's ${from.fileBytes} bytes`,
    );
  return { ok: true, value: { diskBytes, l1OffsetBytes, l1Entries } };
}
