/** Which file system, or what else, begins with these bytes. Pure; never throws on bytes. */

/** As far as the signatures below reach. */
export const FILE_SYSTEM_HEAD_BYTES = 68 * 1024;

const SIGNATURES: readonly (readonly [hex: string, atBytes: number, name: string])[] = [
  ["58465342", 0, "XFS"],
  ["4c554b53babe", 0, "LUKS"],
  ["4c4142454c4f4e45", 512, "LVM"],
  ["53ef", 1080, "ext"],
  ["4e54465320202020", 3, "NTFS"],
  ["4d53444f53", 3, "FAT"],
  ["4641543332", 82, "FAT"],
  ["4641543136", 54, "FAT"],
  ["4641543132", 54, "FAT"],
  ["455846415420", 3, "exFAT"],
  ["53574150535041434532", 4086, "swap"],
  ["fc4e2ba9", 4096, "Linux RAID"],
  ["1020f5f2", 1024, "F2FS"],
  ["4344303031", 32_769, "ISO 9660"],
  ["19015419", 66_908, "UFS"],
  ["54190100", 9564, "UFS"],
  ["0cb1ba0000000000", 16_384, "ZFS"],
  ["5f42485266535f4d", 65_600, "btrfs"],
];

export const fileSystemOf = (head: Buffer): string | undefined =>
  SIGNATURES.find(([hex, at]) => has(head, hex, at))?.[2];

const has = (head: Buffer, hex: string, at: number): boolean =>
  head.toString("hex", at, at + hex.length / 2) === hex;
