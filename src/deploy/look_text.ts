/** Reads what `node_scripts/look.ts` says of a node's disks. A node may be anybody's: lines that are not of that form are left out. Pure. */
import type { DiskSeen } from "./choose_disk.ts";
import { TRANSPORTS } from "./disk_rule.ts";

export type PartitionSeen = {
  readonly disk: string;
  readonly number: number;
  /** In 512 bytes or the disk's own sectors, as its table counts. */
  readonly sectors: number;
  /** GUID, or two hex digits. */
  readonly type: string;
  readonly uuid: string;
  /** In the table (GPT). */
  readonly name: string;
  /** Of the file system. */
  readonly label: string;
  readonly content: string;
};

export type NodeLook = {
  readonly firmware: "bios" | "uefi";
  readonly disks: readonly DiskSeen[];
  /** What the device that was asked for really is; absent when there is none. */
  readonly wanted?: string | undefined;
  readonly partitions: readonly PartitionSeen[];
};

const MAX_LINES = 4096;
const DEVICE = /^\/dev\/(?!.*\.\.)[A-Za-z0-9._/!-]{1,100}$/;

/** @returns undefined when the script did not get to its end or somebody else wrote this */
export function readLook(text: string): NodeLook | undefined {
  const lines = text.split("\n", MAX_LINES).map((line) => line.split("\t"));
  const said = (word: string): string | undefined => lines.find(([first]) => first === word)?.[1];
  const firmware = said("firmware");
  if (firmware !== "bios" && firmware !== "uefi") return undefined;
  const wanted = said("wanted");
  return {
    firmware,
    disks: lines.flatMap(readDisk),
    ...(wanted !== undefined && DEVICE.test(wanted) ? { wanted } : {}),
    partitions: lines.flatMap(readPartition),
  };
}

function readDisk(words: readonly string[]): readonly DiskSeen[] {
  const [
    kind,
    name = "",
    bytes,
    sectorBytes,
    removable,
    readOnly,
    bus,
    wwn = "",
    serial = "",
    model = "",
    path = "",
  ] = words;
  if (kind !== "disk" || !DEVICE.test(name) || !isCount(bytes) || !isCount(sectorBytes)) return [];
  const transport = TRANSPORTS.find((one) => one === bus);
  return [
    {
      ...{ name, bytes: Number(bytes), sectorBytes: Number(sectorBytes), wwn, serial, model },
      removable: removable !== "0" || transport === "usb" || transport === "mmc",
      readOnly: readOnly !== "0",
      ...(transport ? { transport } : {}),
      paths: path === "" ? [] : [path],
    },
  ];
}

function readPartition(words: readonly string[]): readonly PartitionSeen[] {
  const [kind, disk = "", number, , sectors, type = "", uuid = "", name = "", label = "", content = ""] =
    words;
  if (kind !== "part" || !DEVICE.test(disk) || !isCount(number) || !isCount(sectors)) return [];
  return [
    { ...{ disk, type, uuid, name, label, content }, number: Number(number), sectors: Number(sectors) },
  ];
}

const isCount = (text: string | undefined): boolean => /^[1-9]\d{0,15}$/.test(text ?? "");
