/**
 * From a layout and the facts of a disk to exact partitions in sectors, or a refusal. Everything begins and ends at a
 * full MiB: sectors of 512 and of 4096 bytes, pages of flash and stripes of RAID controllers all go into it.
 *
 * Pure.
 */
import { gigabytes } from "../size_text.ts";
import type { Layout, PartitionSpec, Size, VolumeGroupSpec, VolumeSpec } from "./layout.ts";
import { contentsOf } from "./layout_check.ts";

export type DiskShape = {
  readonly bytes: number;
  readonly sectorBytes: number;
};

export type PlanNeeds = {
  readonly firmware: "bios" | "uefi";
  /** What the root file system must have room for. */
  readonly rootBytes: number;
};

export type PlannedPartition = {
  /** From 1. */
  readonly number: number;
  readonly startSector: number;
  readonly sectors: number;
  readonly spec: PartitionSpec;
};

export type PlannedVolume = {
  readonly group: string;
  /** In extents of `EXTENT_BYTES`. */
  readonly extents: number;
  readonly spec: VolumeSpec;
};

export type DiskPlan = {
  readonly layout: Layout;
  readonly sectorBytes: number;
  readonly partitions: readonly PlannedPartition[];
  readonly volumes: readonly PlannedVolume[];
};

export type Planned =
  | { readonly ok: true; readonly plan: DiskPlan }
  /** A clause about the disk: `has 2 GB, layout lvm needs 4 GB`. */
  | { readonly ok: false; readonly why: string };

const MIB = 2 ** 20;
/** LVM's default. */
export const EXTENT_BYTES = 4 * MIB;
/** LVM's own records at the start of a physical volume. */
const PV_HEAD_MIB = 1;
/** What `mdadm` keeps at the start (1.2) or the end (1.0) for itself: its record, a bitmap and room to grow. */
const ARRAY_OWN_MIB = 132;
/** UEFI 2.10 section 5.3: 128 entries of 128 bytes and a header, a second time at the end. */
const GPT_TAIL_BYTES = 128 * 128;
const MBR_MAX_SECTORS = 2 ** 32 - 1;
/** The least that `mkfs` makes without a word against it. */
const LEAST_MIB = { ext4: 8, xfs: 300, btrfs: 128, vfat: 34, swap: 1, none: 1 } as const;
/** FAT32 needs 65,525 clusters, and a cluster is at least a sector. */
const LEAST_FAT_4K_MIB = 260;
const MOST_BYTES = 2 ** 60;

/** Why machines with this firmware cannot start from the layout, as a clause about the layout. */
export function whyNotFirmware(layout: Layout, firmware: PlanNeeds["firmware"]): string | undefined {
  const has = (kind: string): boolean => layout.partitions.some(({ role }) => role.kind === kind);
  if (firmware === "uefi" && layout.table === "mbr")
    return "has an MBR, but it boots by UEFI, which needs a GPT";
  if (firmware === "uefi" && !has("esp")) return "has no EFI system partition, but it boots by UEFI";
  if (firmware === "bios" && layout.table === "gpt" && !has("bios-boot"))
    return "has no BIOS boot partition, but it boots by BIOS";
  return undefined;
}

/** What a disk, or each of two, is divided into. Says nothing about firmware. */
export function planDisk(
  layout: Layout,
  disk: DiskShape,
  { rootBytes }: Pick<PlanNeeds, "rootBytes">,
): Planned {
  const { bytes, sectorBytes } = disk;
  if (sectorBytes !== 512 && sectorBytes !== 4096)
    return { ok: false, why: `has sectors of ${sectorBytes} bytes, wanted 512 or 4096` };
  const found = divide(layout, disk, rootBytes);
  if (found) return { ok: true, plan: found };
  const least = leastBytes((size) => divide(layout, { ...disk, bytes: size }, rootBytes) !== undefined);
  const words = least === undefined ? "cannot be made on any disk" : `needs ${gigabytes(least)}`;
  return { ok: false, why: `has ${gigabytes(bytes)}, the image with layout ${layout.name} ${words}` };
}

/** The smallest disk that would do, to a MiB. */
function leastBytes(fits: (bytes: number) => boolean): number | undefined {
  let high = 1;
  while (!fits(high * MIB)) {
    high *= 2;
    if (high * MIB > MOST_BYTES) return undefined;
  }
  let low = high / 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle * MIB)) high = middle;
    else low = middle;
  }
  return high * MIB;
}

function divide(layout: Layout, { bytes, sectorBytes }: DiskShape, rootBytes: number): DiskPlan | undefined {
  const endMib = endOf(layout, { bytes, sectorBytes });
  const sizes = share(
    layout.partitions.map(({ size }) => size),
    { units: endMib - 1, unitBytes: MIB },
  );
  if (!sizes) return undefined;
  let startMib = 1;
  const partitions = layout.partitions.map((spec, index) => {
    const sizeMib = sizes[index] ?? 0;
    const startSector = (startMib * MIB) / sectorBytes;
    startMib += sizeMib;
    return { number: index + 1, startSector, sectors: (sizeMib * MIB) / sectorBytes, spec };
  });
  const volumes = layout.groups.map((group) =>
    shareGroup(
      layout,
      group,
      partitions.map(({ spec }, i) => ({ spec, mib: sizes[i] ?? 0 })),
    ),
  );
  if (volumes.some((one) => one === undefined)) return undefined;
  const plan = { layout, sectorBytes, partitions, volumes: volumes.flatMap((one) => one ?? []) };
  return hasRoom(plan, rootBytes) ? plan : undefined;
}

/** First MiB behind what may be used. The first MiB is the table's and the boot loader's. */
function endOf({ table }: Layout, { bytes, sectorBytes }: DiskShape): number {
  if (table === "gpt") return Math.floor((bytes - GPT_TAIL_BYTES - sectorBytes) / MIB);
  return Math.floor(Math.min(bytes, MBR_MAX_SECTORS * sectorBytes) / MIB);
}

/** @returns how many units each gets, each at least one; undefined when there are not enough */
function share(
  sizes: readonly Size[],
  { units, unitBytes }: { readonly units: number; readonly unitBytes: number },
): readonly number[] | undefined {
  const taken = sizes.map((size) => {
    if (size.kind === "bytes") return Math.ceil(size.bytes / unitBytes);
    return size.kind === "percent" ? Math.floor((units * size.percent) / 100) : 0;
  });
  const left = units - taken.reduce((sum, one) => sum + one, 0);
  const shares = sizes.map((size, index) => (size.kind === "rest" ? left : (taken[index] ?? 0)));
  return left >= 0 && shares.every((one) => one >= 1) ? shares : undefined;
}

type Measured = { readonly spec: PartitionSpec; readonly mib: number };

function shareGroup(
  layout: Layout,
  group: VolumeGroupSpec,
  partitions: readonly Measured[],
): readonly PlannedVolume[] | undefined {
  const extents = physicalMib(layout, group.name, partitions)
    .map((mib) => Math.max(0, Math.floor(((mib - PV_HEAD_MIB) * MIB) / EXTENT_BYTES)))
    .reduce((sum, one) => sum + one, 0);
  const shares = share(
    group.volumes.map(({ size }) => size),
    { units: extents, unitBytes: EXTENT_BYTES },
  );
  return (
    shares && group.volumes.map((spec, index) => ({ group: group.name, extents: shares[index] ?? 0, spec }))
  );
}

/** What each physical volume of the group has. */
function physicalMib(layout: Layout, group: string, partitions: readonly Measured[]): readonly number[] {
  const isIn = (role: PartitionSpec["role"]): boolean => role.kind === "lvm-pv" && role.group === group;
  const arrays = layout.arrays.filter(({ role }) => isIn(role)).map(({ name }) => name);
  return partitions.flatMap(({ spec, mib }) => {
    if (isIn(spec.role)) return [mib];
    return spec.role.kind === "raid" && arrays.includes(spec.role.array) ? [mib - ARRAY_OWN_MIB] : [];
  });
}

function hasRoom(plan: DiskPlan, rootBytes: number): boolean {
  return bytesOf(plan).every(({ content, bytes }) => {
    const least =
      content.filesystem === "vfat" && plan.sectorBytes === 4096
        ? LEAST_FAT_4K_MIB
        : LEAST_MIB[content.filesystem];
    return bytes >= Math.max(least * MIB, content.role.kind === "root" ? rootBytes : 0);
  });
}

/** What everything that holds something has room for, the least that it may be. */
function bytesOf({ layout, sectorBytes, partitions, volumes }: DiskPlan) {
  const sizes = new Map<object, number>();
  for (const { spec, sectors } of partitions) sizes.set(spec, sectors * sectorBytes);
  for (const { spec, extents } of volumes) sizes.set(spec, extents * EXTENT_BYTES);
  for (const array of layout.arrays) {
    const half = partitions.find(({ spec }) => spec.role.kind === "raid" && spec.role.array === array.name);
    sizes.set(array, (half ? half.sectors * sectorBytes : 0) - ARRAY_OWN_MIB * MIB);
  }
  return contentsOf(layout).map((content) => ({ content, bytes: sizes.get(content) ?? 0 }));
}
