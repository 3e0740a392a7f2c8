/** What the parts of a layout must be together. Pure. */
import type { ArraySpec, Content, Layout, PartitionSpec, Size, VolumeSpec } from "./layout.ts";

/** `part` is the object that the words are about; absent: the layout. */
export type LayoutFault = { readonly part?: object | undefined; readonly wanted: string };

type Sized = { readonly size: Size };

const MBR_PRIMARIES = 4;

export function checkLayout(layout: Layout): readonly LayoutFault[] {
  return [
    ...checkTable(layout),
    ...checkSystem(layout),
    ...checkSizes(layout.partitions),
    ...checkArrays(layout),
    ...checkGroups(layout),
    ...twice(
      [...contentsOf(layout)].filter(({ role }) => isOnce(role.kind)),
      ({ role }) => role.kind,
    ),
    ...twice([...contentsOf(layout)], (part) => mountOf(part)),
    ...twice([...contentsOf(layout)], ({ label, role }) => (role.kind === "esp" ? undefined : label)),
  ];
}

/** Everything that may hold a file system. */
export const contentsOf = ({ partitions, arrays, groups }: Layout): readonly Content[] => [
  ...partitions,
  ...arrays,
  ...groups.flatMap(({ volumes }) => volumes),
];

const FIXED_MOUNTS: Readonly<Record<string, string>> = {
  root: "/",
  boot: "/boot",
  home: "/home",
  esp: "/boot/efi",
};

/** Where the new system mounts it. */
export const mountOf = ({ role, filesystem }: Content): string | undefined =>
  filesystem === "none" ? undefined : role.kind === "data" ? role.mount : FIXED_MOUNTS[role.kind];

const isOnce = (kind: string): boolean => ["root", "boot", "home", "esp", "bios-boot"].includes(kind);

function checkTable({ table, partitions, arrays, groups }: Layout): readonly LayoutFault[] {
  const faults: LayoutFault[] = [];
  if (partitions.length === 0) faults.push({ wanted: "partitions: at least one" });
  if (table === "mbr") {
    if (partitions.length > MBR_PRIMARIES)
      faults.push({ wanted: `at most ${MBR_PRIMARIES} partitions in an MBR, or table: gpt` });
    for (const part of partitions.filter(({ role }) => role.kind === "bios-boot" || role.kind === "esp"))
      faults.push({ part, wanted: `no ${part.role.kind} in an MBR, or table: gpt` });
  }
  const above = [...arrays, ...groups.flatMap(({ volumes }) => volumes)];
  for (const part of above.filter(({ role }) => ["bios-boot", "esp", "raid"].includes(role.kind)))
    faults.push({
      part,
      wanted: `${part.role.kind} to be a partition: firmware and kernel look for it there`,
    });
  return faults;
}

function checkSystem(layout: Layout): readonly LayoutFault[] {
  const contents = contentsOf(layout);
  const roots = contents.filter(({ role }) => role.kind === "root");
  if (roots.length !== 1) return [{ wanted: `one part with role: root, found ${roots.length}` }];
  const early =
    layout.table === "gpt" && !contents.some(({ role }) => role.kind === "bios-boot" || role.kind === "esp");
  return early
    ? [{ wanted: "a partition with role: bios-boot or role: esp: no firmware could start from it" }]
    : [];
}

/** Of a disk or of a volume group. */
function checkSizes(parts: readonly Sized[]): readonly LayoutFault[] {
  const rests = parts.filter(({ size }) => size.kind === "rest");
  const percent = parts.reduce((sum, { size }) => sum + (size.kind === "percent" ? size.percent : 0), 0);
  const faults: LayoutFault[] = rests
    .slice(1)
    .map((part) => ({ part, wanted: "one size: rest and no second" }));
  if (percent > 100) faults.push({ part: parts.at(-1), wanted: `at most 100% in all, found ${percent}%` });
  return faults;
}

function checkArrays({ disks, partitions, arrays }: Layout): readonly LayoutFault[] {
  const faults: LayoutFault[] = [];
  const halves = partitions.filter(({ role }) => role.kind === "raid");
  if (disks === 1 && (arrays.length > 0 || halves.length > 0))
    faults.push({ part: arrays[0] ?? halves[0], wanted: "disks: 2, for a mirror has two halves" });
  for (const array of arrays) {
    if (membersOf(array, partitions).length !== 1)
      faults.push({ part: array, wanted: `one partition with role: raid and array: ${array.name}` });
  }
  for (const part of halves) {
    if (!arrays.some((array) => membersOf(array, [part]).length > 0))
      faults.push({ part, wanted: "an array of that name under arrays" });
  }
  if (disks === 2)
    for (const part of partitions.filter(
      ({ role }) => !["bios-boot", "esp", "raid", "swap"].includes(role.kind),
    ))
      faults.push({ part, wanted: "role bios-boot, esp, swap or raid, for it is on both disks" });
  return [...faults, ...twice(arrays, ({ name }) => name)];
}

const membersOf = (array: ArraySpec, partitions: readonly PartitionSpec[]): readonly PartitionSpec[] =>
  partitions.filter(({ role }) => role.kind === "raid" && role.array === array.name);

function checkGroups(layout: Layout): readonly LayoutFault[] {
  const { groups } = layout;
  const faults: LayoutFault[] = [];
  const below = [...layout.partitions, ...layout.arrays];
  for (const group of groups) {
    if (group.volumes.length === 0) faults.push({ part: group, wanted: "volumes: at least one" });
    if (!below.some(({ role }) => role.kind === "lvm-pv" && role.group === group.name))
      faults.push({ part: group, wanted: `something with role: lvm-pv and volumeGroup: ${group.name}` });
    faults.push(...checkSizes(group.volumes), ...twice<VolumeSpec>(group.volumes, ({ name }) => name));
  }
  for (const part of below) {
    const { role } = part;
    if (role.kind === "lvm-pv" && !groups.some(({ name }) => name === role.group))
      faults.push({ part, wanted: "a group of that name under volumeGroups" });
  }
  for (const part of groups.flatMap(({ volumes }) => volumes).filter(({ role }) => role.kind === "lvm-pv"))
    faults.push({ part, wanted: "no volume group inside a volume" });
  return [...faults, ...twice(groups, ({ name }) => name)];
}

function twice<T extends object>(parts: readonly T[], keyOf: (part: T) => string | undefined): LayoutFault[] {
  const seen = new Set<string>();
  return parts.flatMap((part) => {
    const key = keyOf(part);
    if (key === undefined) return [];
    if (seen.has(key)) return [{ part, wanted: `another than ${key}, which is there already` }];
    seen.add(key);
    return [];
  });
}
