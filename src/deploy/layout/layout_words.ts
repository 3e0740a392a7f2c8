/** What a layout says, part by part, for people. Pure. */
import type { Content, Layout, Size } from "./layout.ts";
import { mountOf } from "./layout_check.ts";

/** `esp vfat 260 MiB on /boot/efi`, … in the order on the disk, then what is on top. */
export const layoutParts = ({ partitions, arrays, groups }: Layout): readonly string[] => [
  ...partitions.map((part) => words(part, part.size)),
  ...arrays.map((array) => `mirror ${array.name}: ${words(array)}`),
  ...groups.flatMap(({ name, volumes }) =>
    volumes.map((volume) => `volume ${name}/${volume.name}: ${words(volume, volume.size)}`),
  ),
];

function words(content: Content, size?: Size): string {
  const { role, filesystem } = content;
  const mount = mountOf(content);
  const of = role.kind === "lvm-pv" ? `of ${role.group}` : role.kind === "raid" ? `of ${role.array}` : "";
  const kind = filesystem === "none" || filesystem === role.kind ? "" : filesystem;
  const place = mount === undefined ? "" : `on ${mount}`;
  return [role.kind, of, kind, size ? sizeText(size) : "", place].filter((word) => word !== "").join(" ");
}

function sizeText(size: Size): string {
  if (size.kind === "rest") return "rest";
  return size.kind === "percent" ? `${size.percent}%` : `${Math.round(size.bytes / 2 ** 20)} MiB`;
}
