/**
 * A plan as the node's scripts read it: one line a fact, words with spaces between, the last words of a line may be
 * several. Every value is of a grammar without white space; `-` stands for nothing. The scripts only execute.
 *
 *     table gpt
 *     disk 1 /dev/vda
 *     part 1 START SECTORS TYPE NAME           on each disk alike
 *     array root 1.2 3                         a mirror of partition 3 of all disks
 *     group system part:1.4                    or array:root; one line for each physical volume
 *     volume system root 512                   extents, or `rest`
 *     fs part:1.2 vfat ESP -F 32               device, file system, label, options of mkfs
 *     mount part:1.2 /boot/efi vfat umask=0077 0 2
 *     swap volume:system/swap
 *     esp part:2.2                             each place for firmware
 *
 * Pure.
 */
import type { ArraySpec, Content, FileSystem, Layout, PartitionSpec } from "./layout.ts";
import { mountOf } from "./layout_check.ts";
import type { DiskPlan } from "./plan_disk.ts";

/** GPT: Discoverable Partitions Specification and UEFI 2.10 table 5-7. MBR: the old bytes. */
const TYPES: Readonly<Record<string, { readonly gpt: string; readonly mbr: string }>> = {
  "bios-boot": { gpt: "21686148-6449-6E6F-744E-656564454649", mbr: "-" },
  esp: { gpt: "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", mbr: "ef" },
  swap: { gpt: "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F", mbr: "82" },
  "lvm-pv": { gpt: "E6D6D379-F507-44C2-A23C-238F2A3DF928", mbr: "8e" },
  raid: { gpt: "A19D880F-05FC-4D3B-A006-743F0F84911E", mbr: "fd" },
};
const LINUX = { gpt: "0FC63DAF-8483-4772-8E79-3D69D8477DE4", mbr: "83" };

/**
 * Features that GRUB 2.06 and older kernels cannot read are left out, and nothing is discarded, which takes minutes on
 * some RAID controllers.
 */
const MKFS_DEFAULTS: Readonly<Record<FileSystem, readonly string[]>> = {
  ext4: ["-O", "^metadata_csum_seed,^orphan_file", "-E", "nodiscard"],
  xfs: ["-K", "-i", "nrext64=0"],
  btrfs: ["-K"],
  vfat: ["-F", "32"],
  swap: [],
  none: [],
};

/** @param disks device paths, as many as the layout has */
export function planText(plan: DiskPlan, disks: readonly string[]): string {
  const { layout } = plan;
  const places = placesOf(plan, disks.length);
  const lines = [
    `table ${layout.table}`,
    ...disks.map((disk, index) => `disk ${index + 1} ${disk}`),
    ...plan.partitions.map(
      ({ number, startSector, sectors, spec }) =>
        `part ${number} ${startSector} ${sectors} ${(TYPES[spec.role.kind] ?? LINUX)[layout.table]} ${spec.name}`,
    ),
    ...layout.arrays.map(
      (array) => `array ${array.name} ${array.metadata} ${halfOf(plan, array)?.number ?? "-"}`,
    ),
    ...groupLines(plan),
    ...plan.volumes.map(
      ({ group, extents, spec }) =>
        `volume ${group} ${spec.name} ${spec.size.kind === "rest" ? "rest" : extents}`,
    ),
    ...places.flatMap(contentLines),
    ...mountLines(places),
  ];
  return `${lines.join("\n")}\n`;
}

const halfOf = ({ partitions }: DiskPlan, { name }: ArraySpec) =>
  partitions.find(({ spec }) => spec.role.kind === "raid" && spec.role.array === name);

function groupLines({ layout, partitions }: DiskPlan): readonly string[] {
  const line = ({ role }: Content, device: string): readonly string[] =>
    role.kind === "lvm-pv" ? [`group ${role.group} ${device}`] : [];
  return [
    ...partitions.flatMap(({ spec, number }) => line(spec, `part:1.${number}`)),
    ...layout.arrays.flatMap((array) => line(array, `array:${array.name}`)),
  ];
}

/** Something that holds a file system, and on which of the disks it is. */
type Holder = { readonly content: Content; readonly device: string; readonly disk: number };

function placesOf({ layout, partitions, volumes }: DiskPlan, diskCount: number): readonly Holder[] {
  const onDisks = Array.from({ length: diskCount }, (_, index) => index + 1).flatMap((disk) =>
    partitions.map(({ spec, number }) => ({
      content: spec as PartitionSpec,
      device: `part:${disk}.${number}`,
      disk,
    })),
  );
  return [
    ...onDisks,
    ...layout.arrays.map((array) => ({ content: array, device: `array:${array.name}`, disk: 1 })),
    ...volumes.map(({ group, spec }) => ({ content: spec, device: `volume:${group}/${spec.name}`, disk: 1 })),
  ];
}

function contentLines({ content, device, disk }: Holder): readonly string[] {
  const { filesystem, label = "-", mkfsOptions } = content;
  if (filesystem === "none") return [];
  const named = disk > 1 && label !== "-" ? `${label}${disk}` : label;
  const options = [...MKFS_DEFAULTS[filesystem], ...mkfsOptions].join(" ");
  const lines = [
    `fs ${device} ${filesystem} ${named} ${options}`.trimEnd(),
    ...(content.role.kind === "esp" ? [`esp ${device}`] : []),
  ];
  return filesystem === "swap" ? [...lines, `swap ${device}`] : lines;
}

/** What is above before what is below. The second ESP is a copy for firmware: the system sees the first. */
const mountLines = (places: readonly Holder[]): readonly string[] =>
  places
    .flatMap(({ content, device, disk }) => {
      const path = mountOf(content);
      return path === undefined || disk > 1 ? [] : [{ path, line: mountLine(content, device, path) }];
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map(({ line }) => line);

export function mountLine({ filesystem, mountOptions, role }: Content, device: string, path: string): string {
  const pass = path === "/" ? 1 : 2;
  const options = mountOptions.length > 0 ? mountOptions : (DEFAULT_MOUNT_OPTIONS[role.kind] ?? ["defaults"]);
  const checked = filesystem === "ext4" || filesystem === "vfat" ? pass : 0;
  const withErrors = path === "/" && filesystem === "ext4" ? ["errors=remount-ro", ...mountOptions] : options;
  return `mount ${device} ${path} ${filesystem} ${withErrors.join(",")} ${checked}`;
}

const DEFAULT_MOUNT_OPTIONS: Readonly<
  Partial<Record<Layout["partitions"][number]["role"]["kind"], readonly string[]>>
> = {
  esp: ["umask=0077", "nofail"],
  data: ["defaults", "nofail"],
};
