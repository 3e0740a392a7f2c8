/** Reads what a partition, an array or a logical volume holds. Pure. */
import type { DescriptionReader, Fields, Place } from "#src/images/description_reader.ts";
import { said } from "#src/images/description_reader.ts";
import { oneOf } from "#src/images/description_values.ts";
import { type Content, FILE_SYSTEMS, type FileSystem, type Role } from "./layout.ts";
import { labelFor, mkfsOptionsFor, readMount, readMountOptions, readVolumeName } from "./values.ts";

export const CONTENT_FIELDS = [
  "role",
  "filesystem",
  "label",
  "mount",
  "mountOptions",
  "mkfsOptions",
] as const;
const ROLES = ["bios-boot", "esp", "swap", "boot", "root", "home", "data", "lvm-pv", "raid"] as const;
type RoleKind = Role["kind"];

const DEFAULT_FILE_SYSTEM: Readonly<Record<RoleKind, FileSystem>> = {
  "bios-boot": "none",
  esp: "vfat",
  swap: "swap",
  boot: "ext4",
  root: "ext4",
  home: "ext4",
  data: "ext4",
  "lvm-pv": "none",
  raid: "none",
};
const SYSTEM_FILE_SYSTEMS = ["ext4", "xfs", "btrfs"] as const;
/** What else than the default a role may hold. */
const OTHER_FILE_SYSTEMS: Readonly<Partial<Record<RoleKind, readonly FileSystem[]>>> = {
  boot: SYSTEM_FILE_SYSTEMS,
  root: SYSTEM_FILE_SYSTEMS,
  home: SYSTEM_FILE_SYSTEMS,
  data: FILE_SYSTEMS.filter((one) => one !== "swap"),
};
const DEFAULT_LABEL: Readonly<Partial<Record<RoleKind, string>>> = {
  esp: "ESP",
  boot: "boot",
  root: "root",
  home: "home",
  swap: "swap",
};

export function readContent(reader: DescriptionReader, place: Place, fields: Fields): Content {
  const kind = reader.needed(place, fields, { name: "role", read: oneOf(...ROLES) }) ?? "data";
  const allowed = OTHER_FILE_SYSTEMS[kind] ?? [DEFAULT_FILE_SYSTEM[kind]];
  const filesystem = reader.value(fields.get("filesystem"), oneOf(...allowed)) ?? DEFAULT_FILE_SYSTEM[kind];
  return said({
    role: readRole(reader, place, { fields, kind }),
    filesystem,
    label: reader.value(fields.get("label"), labelFor(filesystem)) ?? DEFAULT_LABEL[kind],
    mountOptions: reader.value(fields.get("mountOptions"), readMountOptions) ?? [],
    mkfsOptions: reader.value(fields.get("mkfsOptions"), mkfsOptionsFor(filesystem)) ?? [],
  });
}

function readRole(
  reader: DescriptionReader,
  place: Place,
  { fields, kind }: { readonly fields: Fields; readonly kind: RoleKind },
): Role {
  onlyFor(reader, fields, { name: "mount", isFor: kind === "data", role: "data" });
  onlyFor(reader, fields, { name: "volumeGroup", isFor: kind === "lvm-pv", role: "lvm-pv" });
  onlyFor(reader, fields, { name: "array", isFor: kind === "raid", role: "raid" });
  if (kind === "data") return said({ kind, mount: reader.value(fields.get("mount"), readMount) });
  if (kind === "lvm-pv")
    return { kind, group: reader.needed(place, fields, { name: "volumeGroup", read: readVolumeName }) ?? "" };
  if (kind === "raid")
    return { kind, array: reader.needed(place, fields, { name: "array", read: readVolumeName }) ?? "" };
  return { kind };
}

function onlyFor(
  reader: DescriptionReader,
  fields: Fields,
  { name, isFor, role }: { readonly name: string; readonly isFor: boolean; readonly role: string },
): void {
  const place = fields.get(name);
  if (place && !isFor) reader.refuse(place, `it only beside role: ${role}`);
}
