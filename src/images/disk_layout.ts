/**
 * What the first bytes of a disk say about it: partition table, or a file system over the whole disk.
 *
 * Pure. Never throws on bytes.
 */
import { partitionTableOf } from "./disk_partitions.ts";
import { FILE_SYSTEM_HEAD_BYTES, fileSystemOf } from "./file_system_magic.ts";

export type DiskLayout = {
  readonly table: "gpt" | "mbr" | "none";
  /** Of a disk without a partition table. */
  readonly fileSystem?: string | undefined;
  readonly partitions: number;
  /** What the disk must have at least: its GPT names its last sector. */
  readonly leastBytes: number;
};

/** As far as file systems and the usual GPT of 4096-byte sectors reach. */
export const LAYOUT_BYTES: number = FILE_SYSTEM_HEAD_BYTES + 4 * 1024;

/** @returns nothing when the bytes are surely no disk */
export function diskLayoutOf(head: Buffer): DiskLayout | undefined {
  const table = partitionTableOf(head);
  const { kind, leastBytes = 0, entries = [] } = table ?? {};
  const partitions = entries.length;
  // FAT and NTFS over the whole disk have a boot sector too, and no partitions in it that make sense.
  const fileSystem = kind === "gpt" ? undefined : fileSystemOf(head);
  if (kind) return { table: kind, partitions, fileSystem, leastBytes };
  return fileSystem ? { table: "none", fileSystem, partitions: 0, leastBytes: 0 } : undefined;
}

/** `GPT, 3 partitions`. */
export function describeLayout({ table, fileSystem, partitions }: DiskLayout): string {
  if (table === "none") return `${fileSystem} without partition table`;
  const count = partitions === 1 ? "1 partition" : `${partitions} partitions`;
  return [table.toUpperCase(), count, ...(fileSystem ? [fileSystem] : [])].join(", ");
}
