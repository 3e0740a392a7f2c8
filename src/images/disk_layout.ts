/**
 * What the first bytes of a disk say about it: partition table (MBR; GPT of UEFI 2.10 section 5.3) or a file system
 * over the whole disk.
 *
 * Pure. Never throws on bytes.
 */

export type DiskLayout = {
  readonly table: "gpt" | "mbr" | "none";
  /** Of a disk without a partition table. */
  readonly fileSystem?: string | undefined;
  readonly partitions: number;
  /** What the disk must have at least: its GPT names its last sector. */
  readonly leastBytes: number;
};

/** As far as the signatures below and the usual GPT of 4096-byte sectors reach. */
export const LAYOUT_BYTES = 72 * 1024;

const FILE_SYSTEMS: readonly (readonly [signature: string, atBytes: number, name: string])[] = [
  ["58465342", 0, "XFS"],
  ["4c554b53babe", 0, "LUKS"],
  ["4c4142454c4f4e45", 512, "LVM"],
  ["53ef", 1080, "ext"],
  ["4344303031", 32_769, "ISO 9660"],
  ["5f42485266535f4d", 65_600, "btrfs"],
];

const GPT_SIGNATURE = "4546492050415254";
const MBR_SIGNATURE_AT = 510;
const MBR_TABLE = { at: 446, entries: 4, entryBytes: 16, typeAt: 4 } as const;
const MAX_GPT_ENTRIES = 128;
const MIN_GPT_ENTRY_BYTES = 128;

/** @returns nothing when the bytes are surely no disk */
export function diskLayoutOf(head: Buffer): DiskLayout | undefined {
  for (const sectorBytes of [512, 4096]) {
    if (has(head, GPT_SIGNATURE, sectorBytes)) return gptAt(head, sectorBytes);
  }
  const fileSystem = FILE_SYSTEMS.find(([signature, at]) => has(head, signature, at))?.[2];
  if (has(head, "55aa", MBR_SIGNATURE_AT)) {
    // FAT and NTFS over the whole disk have a boot sector too, and no partitions in it that make sense.
    return { table: "mbr", partitions: mbrPartitions(head), fileSystem, leastBytes: 0 };
  }
  return fileSystem ? { table: "none", fileSystem, partitions: 0, leastBytes: 0 } : undefined;
}

function gptAt(head: Buffer, sectorBytes: number): DiskLayout {
  const header = head.subarray(sectorBytes, sectorBytes + 92);
  if (header.length < 92) return { table: "gpt", partitions: 0, leastBytes: 0 };
  const lastSector = Number(header.readBigUInt64LE(32));
  const entriesAt = Number(header.readBigUInt64LE(72)) * sectorBytes;
  const entries = Math.min(header.readUInt32LE(80), MAX_GPT_ENTRIES);
  const entryBytes = Math.max(header.readUInt32LE(84), MIN_GPT_ENTRY_BYTES);
  let partitions = 0;
  for (let index = 0; index < entries; index++) {
    const at = entriesAt + index * entryBytes;
    const type = head.subarray(at, at + 16);
    if (type.length === 16 && type.some((byte) => byte !== 0)) partitions++;
  }
  return { table: "gpt", partitions, leastBytes: (lastSector + 1) * sectorBytes };
}

function mbrPartitions(head: Buffer): number {
  let partitions = 0;
  for (let index = 0; index < MBR_TABLE.entries; index++)
    if (head[MBR_TABLE.at + index * MBR_TABLE.entryBytes + MBR_TABLE.typeAt]) partitions++;
  return partitions;
}

const has = (head: Buffer, hex: string, at: number): boolean =>
  head.toString("hex", at, at + hex.length / 2) === hex;

/** `GPT, 3 partitions`. */
export function describeLayout({ table, fileSystem, partitions }: DiskLayout): string {
  if (table === "none") return `${fileSystem} without partition table`;
  const count = partitions === 1 ? "1 partition" : `${partitions} partitions`;
  return [table.toUpperCase(), count, ...(fileSystem ? [fileSystem] : [])].join(", ");
}
