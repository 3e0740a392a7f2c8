/** Which disk the partition step would take, as far as the last inventory of the node tells. Pure. */

export type SeenDisk = {
  /** `/dev/vda`. */
  readonly name: string;
  readonly bytes: number;
  readonly removable: boolean;
};

export type ExpectedDisk =
  | { readonly kind: "disk"; readonly name: string; readonly bytes: number }
  /** `why` is a clause. */
  | { readonly kind: "none"; readonly why: string };

export type AskedOfDisk = {
  readonly disk?: string | undefined;
  readonly imageRawBytes: number;
  /** It is a disk image. */
  readonly wholeDisk?: boolean | undefined;
};

/** The unpacked files take more than their archive, and a system without free space does not start. */
const neededBytes = ({ imageRawBytes, wholeDisk }: AskedOfDisk): number =>
  wholeDisk ? imageRawBytes : Math.floor(imageRawBytes * 1.3) + 600_000_000;
const NEVER = /^\/dev\/(?:loop|ram|zram|sr|fd|dm-|md|nbd|mmcblk\d+(?:boot|rpmb))/;

/** The same choice as `node_scripts/partition.ts` makes on the node, which sees more: its word counts. */
export function expectedDisk(disks: readonly SeenDisk[], asked: AskedOfDisk): ExpectedDisk {
  const { disk } = asked;
  const needed = neededBytes(asked);
  const candidates =
    disk === undefined
      ? disks.filter(({ name, removable, bytes }) => !removable && bytes > 0 && !NEVER.test(name))
      : disks.filter(({ name }) => name === disk);
  const [smallest] = candidates
    .filter(({ bytes }) => bytes >= needed)
    .toSorted((left, right) => left.bytes - right.bytes);
  if (smallest) return { kind: "disk", name: smallest.name, bytes: smallest.bytes };
  if (candidates.length > 0)
    return { kind: "none", why: `no disk has the ${needed} bytes that the image needs` };
  return { kind: "none", why: disk === undefined ? "it has no disk" : `it has shown no disk ${disk}` };
}
