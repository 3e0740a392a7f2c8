/** What kind of system a disk holds, by its partition table and the first bytes of its partitions. Pure. */
import { type PartitionTable, partitionTableOf, type TableEntry } from "./disk_partitions.ts";
import { FILE_SYSTEM_HEAD_BYTES, fileSystemOf } from "./file_system_magic.ts";
import type { DiskInspection, FoundPartition } from "./inspection.ts";
import { pieceBytes, type StreamPiece } from "./stream_piece.ts";

/** Of more, only the table is looked at. */
const MAX_HEADS = 16;
/** Up to the disk's signature; Windows and the partition table follow. */
const BOOT_CODE_BYTES = 440;
const ESP_TYPES: readonly string[] = ["C12A7328-F81F-11D2-BA4B-00A0C93EC93B", "ef"];

const TYPES: ReadonlyMap<string, string> = new Map([
  ["C12A7328-F81F-11D2-BA4B-00A0C93EC93B", "EFI system"],
  ["21686148-6449-6E6F-744E-656564454649", "BIOS boot"],
  ["0FC63DAF-8483-4772-8E79-3D69D8477DE4", "Linux"],
  ["4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709", "Linux root"],
  ["B921B045-1DF0-41C3-AF44-4C6F280D3FAE", "Linux root"],
  ["BC13C2FF-59E6-4262-A352-B275FD6F7172", "Linux boot"],
  ["0657FD6D-A4AB-43C4-84E5-0933C84B4F4F", "Linux swap"],
  ["E6D6D379-F507-44C2-A23C-238F2A3DF928", "Linux LVM"],
  ["A19D880F-05FC-4D3B-A006-743F0F84911E", "Linux RAID"],
  ["E3C9E316-0B5C-4DB8-817D-F92DF00215AE", "Microsoft reserved"],
  ["EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", "Microsoft data"],
  ["DE94BBA4-06D1-4D40-A16A-BFD50179D6AC", "Windows recovery"],
  ["83BD6B9D-7F41-11DC-BE0B-001560B84F0F", "FreeBSD boot"],
  ["516E7CB6-6ECF-11D6-8FF8-00022D09712B", "FreeBSD UFS"],
  ["516E7CB5-6ECF-11D6-8FF8-00022D09712B", "FreeBSD swap"],
  ["516E7CBA-6ECF-11D6-8FF8-00022D09712B", "FreeBSD ZFS"],
  ["824CC7A0-36A8-11E3-890A-952519AD3F61", "OpenBSD data"],
  ["49F48D5A-B10E-11DC-B99B-0019D1879648", "NetBSD FFS"],
  ["05", "extended"],
  ["0f", "extended"],
  ["07", "NTFS"],
  ["0b", "FAT"],
  ["0c", "FAT"],
  ["82", "Linux swap"],
  ["83", "Linux"],
  ["8e", "Linux LVM"],
  ["a5", "FreeBSD"],
  ["a6", "OpenBSD"],
  ["a9", "NetBSD"],
  ["ef", "EFI system"],
  ["fd", "Linux RAID"],
]);

const LINUX = /^(?:Linux|ext|XFS|btrfs|F2FS|LUKS|LVM|swap)/;
const WINDOWS = /^(?:NTFS|Microsoft reserved|Windows)/;
const BSD = /BSD|UFS|ZFS/;

/** Watches a disk stream by and keeps the first bytes of its partitions. */
export class PartitionHeads {
  readonly #heads = new Map<number, Buffer>();
  #table: PartitionTable | undefined;
  #offsetBytes = 0;

  /** What the first bytes of the disk said, to be told before any partition begins. */
  set table(table: PartitionTable | undefined) {
    this.#table = table;
    for (const { number } of this.#watched) this.#heads.set(number, Buffer.alloc(FILE_SYSTEM_HEAD_BYTES));
  }

  /** @param offsetBytes of the piece on the disk */
  feed(piece: StreamPiece): void {
    if (Buffer.isBuffer(piece)) for (const entry of this.#watched) this.#copy(entry, piece);
    this.#offsetBytes += pieceBytes(piece);
  }

  headOf(number: number): Buffer | undefined {
    return this.#heads.get(number);
  }

  get #watched(): readonly TableEntry[] {
    return this.#table?.entries.slice(0, MAX_HEADS) ?? [];
  }

  #copy({ number, startBytes }: TableEntry, piece: Buffer): void {
    const at = this.#offsetBytes - startBytes;
    if (at >= FILE_SYSTEM_HEAD_BYTES || at + piece.length <= 0) return;
    const head = this.#heads.get(number);
    if (head) piece.copy(head, Math.max(at, 0), Math.max(-at, 0));
  }
}

/** @param head first bytes of the disk */
export function inspectDisk(head: Buffer, heads: Pick<PartitionHeads, "headOf">): DiskInspection {
  const table = partitionTableOf(head);
  const fileSystem = table?.kind === "gpt" ? undefined : fileSystemOf(head);
  const partitions = table?.entries.map((entry) => foundPartition(entry, heads)) ?? [];
  return {
    table: table?.kind ?? "none",
    ...(fileSystem === undefined ? {} : { fileSystem }),
    partitions,
    bootCode: table !== undefined && head.subarray(0, BOOT_CODE_BYTES).some((byte) => byte !== 0),
    hasEsp: table?.entries.some(({ typeId }) => ESP_TYPES.includes(typeId)) ?? false,
    system: systemOf(partitions, fileSystem),
  };
}

function foundPartition(entry: TableEntry, heads: Pick<PartitionHeads, "headOf">): FoundPartition {
  const { number, startBytes, sizeBytes, typeId } = entry;
  const head = heads.headOf(number);
  const fileSystem = head && fileSystemOf(head);
  const named = { number, startBytes, sizeBytes, type: TYPES.get(typeId) ?? typeId };
  return fileSystem === undefined ? named : { ...named, fileSystem };
}

function systemOf(
  partitions: readonly FoundPartition[],
  fileSystem: string | undefined,
): DiskInspection["system"] {
  const words = [...partitions.flatMap((one) => [one.type, one.fileSystem ?? ""]), fileSystem ?? ""];
  if (words.some((word) => LINUX.test(word))) return "linux";
  if (words.some((word) => BSD.test(word))) return "bsd";
  return words.some((word) => WINDOWS.test(word)) ? "windows" : "unknown";
}
