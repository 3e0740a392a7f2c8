/** Which disk the partition step would take, as far as the last inventory of the node tells. Pure. */
import type { DiskSeen } from "./choose_disk.ts";
import { chooseDisks } from "./choose_disk.ts";
import type { DiskRule, Transport } from "./disk_rule.ts";
import type { Layout } from "./layout/layout.ts";
import { planDisk } from "./layout/plan_disk.ts";
import { rootBytesFor, ruleOf, whySmaller } from "./target.ts";

/** As an inventory says it, which knows nothing of places on the bus. */
export type SeenDisk = {
  /** `/dev/vda`. */
  readonly name: string;
  readonly bytes: number;
  readonly sectorBytes: number;
  readonly model: string;
  readonly serial: string;
  readonly wwn: string;
  readonly removable: boolean;
};

export type ExpectedDisk =
  | { readonly kind: "disk"; readonly name: string; readonly bytes: number }
  /** `why` is a clause. */
  | { readonly kind: "none"; readonly why: string }
  /** Only the node itself can tell. */
  | { readonly kind: "unknown"; readonly why: string };

export type ExpectedWish = {
  readonly layout: Layout;
  readonly disk?: string | undefined;
  readonly diskRule?: DiskRule | undefined;
  readonly partition?: string | undefined;
  readonly imageRawBytes: number;
  readonly minimumDiskBytes?: number | undefined;
  /** It is a disk image. */
  readonly wholeDisk?: boolean | undefined;
};

const NEVER = /^\/dev\/(?:loop|ram|zram|sr|fd|dm-|md|nbd|mmcblk\d+(?:boot|rpmb))/;

/** The same choice as at the partition step, when the node sees more: its word counts. */
export function expectedDisk(disks: readonly SeenDisk[], wish: ExpectedWish): ExpectedDisk {
  const { layout, disk, partition, wholeDisk } = wish;
  const named = disks.find(({ name }) => name === disk);
  if (disk !== undefined) return named ? taken(named) : { kind: "none", why: `it has shown no disk ${disk}` };
  if (partition !== undefined)
    return { kind: "unknown", why: "which disk has the partition is seen in the ramdisk" };
  const rule = ruleOf(wish);
  if (rule.path !== undefined || rule.transport !== undefined)
    return { kind: "unknown", why: "how its disks are attached is seen in the ramdisk" };
  const usable = disks.filter(({ name, bytes }) => bytes > 0 && !NEVER.test(name)).map(asSeen);
  const whyNot = (one: DiskSeen): string | undefined => whyTooSmall(one, wish);
  const chosen = chooseDisks(usable, { rule, count: wholeDisk ? 1 : layout.disks, whyNot });
  if (!chosen.ok) return { kind: "none", why: `it ${chosen.refusal.why}`.replace(/^it disk /, "its disk ") };
  const [first] = chosen.disks;
  return first ? taken(first) : { kind: "none", why: "it has no disk" };
}

function whyTooSmall(disk: DiskSeen, wish: ExpectedWish): string | undefined {
  const { layout, imageRawBytes, minimumDiskBytes = 0, wholeDisk } = wish;
  const small = whySmaller(disk, wholeDisk ? Math.max(imageRawBytes, minimumDiskBytes) : minimumDiskBytes);
  if (wholeDisk || small !== undefined) return small;
  const planned = planDisk(layout, disk, { rootBytes: rootBytesFor(imageRawBytes) });
  return planned.ok ? undefined : planned.why;
}

const taken = ({ name, bytes }: { readonly name: string; readonly bytes: number }): ExpectedDisk => ({
  kind: "disk",
  ...{ name, bytes },
});

const asSeen = (disk: SeenDisk): DiskSeen => ({
  ...disk,
  ...transportOf(disk.name),
  removable: disk.removable || /^\/dev\/mmcblk/.test(disk.name),
  readOnly: false,
  paths: [],
});

/** As far as the kernel's names tell. */
function transportOf(name: string): { readonly transport?: Transport } {
  if (/^\/dev\/nvme/.test(name)) return { transport: "nvme" };
  return /^\/dev\/vd/.test(name) ? { transport: "virtio" } : {};
}
