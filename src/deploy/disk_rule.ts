/**
 * Which disk of a node is the target. Every condition must hold; `pick` says which one it is when several disks are left.
 *
 * Pure.
 */

/** How a disk is attached. */
export const TRANSPORTS = ["nvme", "sata", "sas", "scsi", "virtio", "mmc", "usb"] as const;
export type Transport = (typeof TRANSPORTS)[number];

export type DiskRule = {
  /** `only` refuses when several disks match. */
  readonly pick: "smallest" | "largest" | "only";
  /** The least size. */
  readonly minBytes?: number | undefined;
  /** World Wide Name, compared without `0x`, `naa.`, `eui.` and case. */
  readonly wwn?: string | undefined;
  /** The whole serial number. */
  readonly serial?: string | undefined;
  /** Part of the model's name, whatever the case. */
  readonly model?: string | undefined;
  /** Shell pattern of the place on the bus, for example `pci-0000:3b:00.0-*`. */
  readonly path?: string | undefined;
  readonly transport?: Transport | undefined;
};
