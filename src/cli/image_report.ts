/** What is printed of images. Pure. */
import type { ImageView } from "#src/http/image_types.ts";
import { fields, size, table, time } from "./output.ts";

type Found = NonNullable<ImageView["found"]>;
type Disk = NonNullable<Found["disk"]>;
type Probe = NonNullable<ImageView["about"]["probe"]>;

export const imageTable = (images: readonly ImageView[]): string =>
  table(
    [
      "IMAGE",
      "VERSION",
      "VISIBILITY",
      "KIND",
      "ARCH",
      "SYSTEM",
      "SIZE",
      "STORED",
      "OWN",
      "IMPORTED",
      "DIGEST",
    ],
    images.map((view) => [
      nameOf(view),
      String(view.version),
      view.visibility,
      view.kind,
      view.architecture ?? "-",
      view.osName ?? view.layout ?? "-",
      size(view.rawBytes),
      size(view.storedBytes),
      ownSize(view),
      time(view.createdAtMs),
      view.digest.slice(0, 12),
    ]),
  );

/** As it must be typed. */
const nameOf = ({ label, version }: ImageView): string => label.slice(0, -`:${version}`.length);

/** What removing it frees. */
const ownSize = ({ ownBytes }: ImageView): string => (ownBytes === undefined ? "-" : size(ownBytes));

export function describeImage(view: ImageView): string {
  const { about, found } = view;
  return fields([
    ["name", nameOf(view)],
    ["version", String(view.version)],
    ["visibility", view.visibility],
    ["owner", view.owner],
    ["description", about.description],
    ["author", about.author],
    ["architecture", view.architecture],
    ["digest", view.digest],
    ["kind", view.kind],
    ["system", [view.osName, view.osVersion].filter(Boolean).join(" ")],
    ["kernel", view.kernel],
    ["initramfs", view.initramfs],
    ["kernel arguments", about.kernelArguments?.join(" ")],
    ["boot loader", about.bootLoader],
    ["partition layout", about.layout],
    ["probe", about.probe && probeWords(about.probe)],
    ["post-install", about.postInstall?.map(({ name }) => name).join(", ")],
    ["seed", about.seed],
    ["destructive", about.destructive ? "yes" : undefined],
    ["needs", needs(view)],
    ["layout", view.layout],
    ...(found ? foundFields(found) : []),
    ["size", view.kind === "disk" ? size(view.rawBytes) : archiveSize(view)],
    ["stored", `${size(view.storedBytes)} in ${view.chunkCount} chunks, ${ownSize(view)} for itself`],
    ["imported", time(view.createdAtMs)],
    ["used by", view.usedBy.join(", ")],
  ]);
}

function foundFields({
  kernels,
  init,
  bootFiles,
  seeds,
  sshServer,
  disk,
}: Found): readonly (readonly [string, string | undefined])[] {
  if (disk)
    return [
      ["found", `${disk.system === "unknown" ? "a system of unknown kind" : disk.system}; ${startOf(disk)}`],
      ["partitions", disk.partitions.map(partitionWords).join("; ")],
    ];
  const parts = [
    `${kernels.length} kernels`,
    init && `init ${init}`,
    ...bootFiles,
    ...seeds,
    sshServer ? "SSH server" : "no SSH server",
  ];
  return [["found", parts.filter(Boolean).join(", ")]];
}

function startOf({ bootCode, hasEsp }: Disk): string {
  const ways = [bootCode ? "BIOS" : "", hasEsp ? "UEFI" : ""].filter(Boolean);
  return ways.length > 0 ? `starts by ${ways.join(" and ")}` : "nothing that starts it";
}

const partitionWords = ({ number, type, sizeBytes, fileSystem }: Disk["partitions"][number]): string =>
  `${number}: ${type}${fileSystem === undefined || fileSystem === type ? "" : ` with ${fileSystem}`}, ${size(sizeBytes)}`;

function probeWords(probe: Probe): string {
  switch (probe.kind) {
    case "tcp":
      return `TCP port ${probe.port}`;
    case "http":
      return `HTTP port ${probe.port} ${probe.path}${probe.status === undefined ? "" : ` with status ${probe.status}`}`;
    case "ssh":
      return `SSH: ${probe.command}`;
    default:
      return probe.kind;
  }
}

function needs({ about: { minimumDiskBytes, minimumMemoryBytes } }: ImageView): string {
  const disk = minimumDiskBytes === undefined ? "" : `a disk of ${size(minimumDiskBytes)}`;
  const memory = minimumMemoryBytes === undefined ? "" : `${size(minimumMemoryBytes)} of memory`;
  return [disk, memory].filter(Boolean).join(", ");
}

const archiveSize = (view: ImageView): string =>
  `${size(view.rawBytes)}, ${view.entryCount} files, ${size(view.installedBytes)} on disk`;
