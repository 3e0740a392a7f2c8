/**
 * From what a node says of its disks, and what was asked for, to the plan of its disk. Decided in the appliance, from a
 * look at the disks in this boot of the ramdisk: what an inventory of last week says may have been pulled out since.
 *
 * Pure.
 */

import { chooseDisks, type DiskSeen, listDisks, usableDisks } from "./choose_disk.ts";
import { DEFAULT_DISK_RULE, type DiskRule } from "./disk_rule.ts";
import type { Content, Layout } from "./layout/layout.ts";
import { planDisk, whyNotFirmware } from "./layout/plan_disk.ts";
import { mountLine, planText } from "./layout/plan_text.ts";
import type { NodeLook, PartitionSeen } from "./look_text.ts";
import { gigabytes } from "./size_text.ts";

/** What a request says about the disk. */
export type TargetWish = {
  readonly layout: Layout;
  readonly disk?: string | undefined;
  readonly diskRule?: DiskRule | undefined;
  readonly partition?: string | undefined;
  readonly imageRawBytes: number;
  /** Of the whole disk. */
  readonly minimumDiskBytes?: number | undefined;
};

export type Target =
  | { readonly kind: "disk" | "partition"; readonly plan: string }
  /** A clause about the node: `has no disk`. No other attempt can help. */
  | { readonly kind: "refused"; readonly why: string };

/** The unpacked files take more than their archive, and a system without free space does not start. */
export const rootBytesFor = (imageRawBytes: number): number => Math.ceil(imageRawBytes * 1.3) + 600_000_000;

/** @returns a clause about the disk */
export const whySmaller = (
  { bytes }: Pick<DiskSeen, "bytes">,
  neededBytes: number | undefined = 0,
): string | undefined =>
  bytes < neededBytes ? `has ${gigabytes(bytes)}, the image needs ${gigabytes(neededBytes)}` : undefined;

const refused = (why: string): Target => ({ kind: "refused", why });

export function chooseTarget(look: NodeLook, wish: TargetWish): Target {
  return wish.partition === undefined ? wholeDisks(look, wish) : onePartition(look, wish, wish.partition);
}

/** The disks that the rule of the request, of the layout or the default means. */
export const ruleOf = ({ diskRule, layout }: Pick<TargetWish, "diskRule" | "layout">): DiskRule =>
  diskRule ?? layout.target ?? DEFAULT_DISK_RULE;

function wholeDisks(look: NodeLook, wish: TargetWish): Target {
  const { layout } = wish;
  const whyNot = whyNotFirmware(layout, look.firmware);
  if (whyNot !== undefined) return refused(`cannot start from layout ${layout.name}: it ${whyNot}`);
  const needs = { rootBytes: rootBytesFor(wish.imageRawBytes) };
  const why = (disk: DiskSeen): string | undefined => {
    const small = whySmaller(disk, wish.minimumDiskBytes);
    if (small !== undefined) return small;
    const planned = planDisk(layout, disk, needs);
    return planned.ok ? undefined : planned.why;
  };
  const among = amongWhich(look, wish);
  if ("why" in among) return refused(among.why);
  const chosen = chooseDisks(among.disks, { rule: among.rule, count: layout.disks, whyNot: why });
  if (!chosen.ok) return refused(chosen.refusal.why);
  const [first, second = first] = chosen.disks;
  if (!first || !second) return refused("has no disk");
  if (first.sectorBytes !== second.sectorBytes)
    return refused(
      `has disks with different sectors, ${first.name} and ${second.name}: no mirror of them starts`,
    );
  const smaller = first.bytes <= second.bytes ? first : second;
  const planned = planDisk(layout, smaller, needs);
  return planned.ok
    ? {
        kind: "disk",
        plan: planText(
          planned.plan,
          chosen.disks.map(({ name }) => name),
        ),
      }
    : refused(`disk ${smaller.name} ${planned.why}`);
}

/** Layouts are about what is made on a disk: a disk image brings that itself. */
const NO_LAYOUT: Layout = {
  ...{ name: "none", description: "", table: "gpt", disks: 1 },
  ...{ partitions: [], arrays: [], groups: [] },
};

/** The disk that takes a disk image: the one that was named, or that the rule of the request or the default means. */
export function chooseForImage(
  look: NodeLook,
  wish: Pick<TargetWish, "disk" | "diskRule" | "imageRawBytes" | "minimumDiskBytes">,
): { readonly kind: "disk"; readonly name: string } | Extract<Target, { kind: "refused" }> {
  const { disk, diskRule, imageRawBytes, minimumDiskBytes = 0 } = wish;
  const among = amongWhich(look, { disk, diskRule, imageRawBytes, layout: NO_LAYOUT });
  if ("why" in among) return { kind: "refused", why: among.why };
  const whyNot = (one: DiskSeen): string | undefined =>
    whySmaller(one, Math.max(imageRawBytes, minimumDiskBytes));
  const chosen = chooseDisks(among.disks, { rule: among.rule, count: 1, whyNot });
  if (!chosen.ok) return { kind: "refused", why: chosen.refusal.why };
  const [first] = chosen.disks;
  return first ? { kind: "disk", name: first.name } : { kind: "refused", why: "has no disk" };
}

type Among = { readonly disks: readonly DiskSeen[]; readonly rule: DiskRule } | { readonly why: string };

/** One that is named is taken whatever it is, but a removable one only when the rule allows it. */
function amongWhich({ disks, wanted }: NodeLook, wish: TargetWish): Among {
  const rule = ruleOf(wish);
  if (wish.disk === undefined) return { disks, rule };
  const disk = disks.find(({ name }) => name === wanted);
  if (!disk)
    return {
      why: wanted === undefined ? `has no disk ${wish.disk}` : `has ${wish.disk}, which is not a whole disk`,
    };
  if (wish.layout.disks > 1)
    return { why: `needs two disks for layout ${wish.layout.name}, and ${wish.disk} is one` };
  if (disk.readOnly) return { why: `cannot write to ${wish.disk}: it is read-only` };
  if (disk.removable && wish.diskRule?.removable !== true)
    return {
      why: `has ${wish.disk}, which is removable: say --disk-rule path=…,removable when that is meant`,
    };
  return { disks: [disk], rule: { pick: "only", ...(disk.removable ? { removable: true } : {}) } };
}

const ESP_TYPES = ["C12A7328-F81F-11D2-BA4B-00A0C93EC93B", "EF"];
/** What cannot be a root: an MBR's extended partitions and what firmware and boot loaders need. */
const SYSTEM_TYPES = [...ESP_TYPES, "21686148-6449-6E6F-744E-656564454649", "5", "F", "85"];

const ROOT: Content = { role: { kind: "root" }, filesystem: "ext4", mountOptions: [], mkfsOptions: [] };
const ESP: Content = { role: { kind: "esp" }, filesystem: "vfat", mountOptions: [], mkfsOptions: [] };

function onePartition(look: NodeLook, wish: TargetWish, text: string): Target {
  const found = choosePartition(look, wish, text);
  if ("why" in found) return refused(found.why);
  const { disk, part } = found;
  if (SYSTEM_TYPES.includes(part.type.toUpperCase()))
    return refused(`has a partition ${text} that holds a boot loader or other partitions, and no system`);
  const bytes = part.sectors * disk.sectorBytes;
  const needed = rootBytesFor(wish.imageRawBytes);
  if (bytes < needed)
    return refused(
      `partition ${text} of ${disk.name} has ${gigabytes(bytes)}, the image needs ${gigabytes(needed)}`,
    );
  const esp = look.partitions.find(
    (one) => one.disk === disk.name && ESP_TYPES.includes(one.type.toUpperCase()),
  );
  if (look.firmware === "uefi" && !esp)
    return refused(`has no EFI system partition on ${disk.name}, but boots by UEFI`);
  const root = `part:1.${part.number}`;
  const lines = [
    `disk 1 ${disk.name}`,
    `fs ${root} ext4 - -O ^metadata_csum_seed,^orphan_file -E nodiscard`,
    mountLine(ROOT, root, "/"),
    ...(esp ? [mountLine(ESP, `part:1.${esp.number}`, "/boot/efi")] : []),
  ];
  return { kind: "partition", plan: `${lines.join("\n")}\n` };
}

type Found = { readonly disk: DiskSeen; readonly part: PartitionSeen } | { readonly why: string };

/** The rule says on which disk; without one, a label or PARTUUID is looked for on all. */
function choosePartition(look: NodeLook, wish: TargetWish, text: string): Found {
  const among = disksOfPartition(look, wish, text);
  if ("why" in among) return among;
  const isMeant = ({ number, uuid, name, label }: PartitionSeen): boolean =>
    isNumber(text)
      ? number === Number(text)
      : uuid.toLowerCase() === text.toLowerCase() || name === text || label === text;
  const found = among.disks.flatMap((disk) =>
    look.partitions
      .filter((part) => part.disk === disk.name && isMeant(part))
      .map((part) => ({ disk, part })),
  );
  const [first, ...more] = found;
  if (!first) return { why: `has no partition ${text}` };
  if (more.length === 0) return first;
  const list = found.map(({ disk, part }) => `${part.number} of ${disk.name}`).join(", ");
  return { why: `has several partitions ${text}: ${list}; say --disk too` };
}

const isNumber = (text: string): boolean => /^\d+$/.test(text);

/** Nearly every disk has a partition 2: which disk it is must not hang on which of them happen to have one. */
function disksOfPartition(
  look: NodeLook,
  wish: TargetWish,
  text: string,
): { readonly disks: readonly DiskSeen[] } | { readonly why: string } {
  const diskRule: DiskRule = wish.diskRule ?? { pick: "only" };
  const among = amongWhich(look, { ...wish, diskRule, layout: NO_LAYOUT });
  if ("why" in among) return among;
  if (wish.disk === undefined && wish.diskRule === undefined) {
    const disks = usableDisks(among.disks, diskRule);
    return isNumber(text) && disks.length > 1
      ? { why: `has several disks, and partition ${text} may be of any: ${listDisks(disks)}; say --disk too` }
      : { disks };
  }
  const chosen = chooseDisks(among.disks, { rule: among.rule, count: 1, whyNot: () => undefined });
  return chosen.ok ? chosen : { why: chosen.refusal.why };
}
