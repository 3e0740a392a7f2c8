/**
 * How a disk is divided: a partition table, what is in each partition, and logical volumes and mirrors on top of them.
 *
 * Pure.
 */
import type { DiskRule } from "../disk_rule.ts";

export const FILE_SYSTEMS = ["ext4", "xfs", "btrfs", "vfat", "swap", "none"] as const;
export type FileSystem = (typeof FILE_SYSTEMS)[number];

/** `percent` is of what the disk or the volume group has in all; `rest` is what the others leave. */
export type Size =
  | { readonly kind: "bytes"; readonly bytes: number }
  | { readonly kind: "percent"; readonly percent: number }
  | { readonly kind: "rest" };

/** What a partition, an array or a logical volume is for. */
export type Role =
  | { readonly kind: "bios-boot" }
  | { readonly kind: "esp" }
  | { readonly kind: "swap" }
  | { readonly kind: "boot" }
  | { readonly kind: "root" }
  | { readonly kind: "home" }
  /** `mount` is absolute; without it the file system is made and not mounted. */
  | { readonly kind: "data"; readonly mount?: string | undefined }
  /** Belongs to the volume group of that name. */
  | { readonly kind: "lvm-pv"; readonly group: string }
  /** Half of the mirror of that name. */
  | { readonly kind: "raid"; readonly array: string };

/** What is put on a partition, an array or a logical volume. */
export type Content = {
  readonly role: Role;
  readonly filesystem: FileSystem;
  readonly label?: string | undefined;
  readonly mountOptions: readonly string[];
  /** Arguments of `mkfs`, of a grammar of their own. */
  readonly mkfsOptions: readonly string[];
};

/** `name` is the GPT's, or for people only. */
export type PartitionSpec = Content & { readonly name: string; readonly size: Size };

/** A mirror over one partition of each of the two disks. */
export type ArraySpec = Content & { readonly name: string; readonly metadata: "1.0" | "1.2" };

export type VolumeSpec = Content & { readonly name: string; readonly size: Size };

export type VolumeGroupSpec = { readonly name: string; readonly volumes: readonly VolumeSpec[] };

export type Layout = {
  readonly name: string;
  readonly description: string;
  readonly table: "gpt" | "mbr";
  /** All disks are divided alike. */
  readonly disks: 1 | 2;
  /** The disk when the request names none. */
  readonly target?: DiskRule | undefined;
  /** In the order on the disk. */
  readonly partitions: readonly PartitionSpec[];
  readonly arrays: readonly ArraySpec[];
  readonly groups: readonly VolumeGroupSpec[];
};
