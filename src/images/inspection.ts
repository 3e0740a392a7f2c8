/** What an import found in an image, as data. Pure. */
import type { Architecture } from "./description.ts";

/** Files that a boot loader is installed from. `grub-bios` is the package grub-pc. */
export type BootFiles = "grub-bios" | "grub-efi" | "systemd-boot";

export type FoundKernel = {
  /** In the image, without leading slash. */
  readonly path: string;
  /** The one that belongs to it. */
  readonly initramfs?: string | undefined;
};

export type Inspection = {
  readonly architecture?: Architecture | undefined;
  /** In /boot, newest first; none of a disk. */
  readonly kernels: readonly FoundKernel[];
  readonly init?: "systemd" | "other" | undefined;
  readonly bootFiles: readonly BootFiles[];
  readonly seeds: readonly ("cloud-init" | "ignition")[];
  readonly sshServer: boolean;
  readonly disk?: DiskInspection | undefined;
};

export type FoundPartition = {
  /** From 1, as the kernel counts. */
  readonly number: number;
  readonly startBytes: number;
  readonly sizeBytes: number;
  /** Of the partition table, in words: `EFI system`, `Linux`, …; else the raw type. */
  readonly type: string;
  readonly fileSystem?: string | undefined;
};

export type DiskInspection = {
  readonly table: "gpt" | "mbr" | "none";
  /** Over the whole disk. */
  readonly fileSystem?: string | undefined;
  readonly partitions: readonly FoundPartition[];
  /** The first sector holds code that BIOS firmware starts. */
  readonly bootCode: boolean;
  /** UEFI firmware finds a partition to start from. */
  readonly hasEsp: boolean;
  /** A guess by partition types and file systems. */
  readonly system: "linux" | "windows" | "bsd" | "unknown";
};
