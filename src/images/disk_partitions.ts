/** The partition table of a disk: MBR, or GPT of UEFI 2.10 section 5.3. Logical partitions are not looked for. Pure; never throws on bytes. */

export type TableEntry = {
  /** From 1, as the kernel counts. */
  readonly number: number;
  readonly startBytes: number;
  readonly sizeBytes: number;
  /** GUID in capitals, or two hex digits. */
  readonly typeId: string;
};

export type PartitionTable = {
  readonly kind: "gpt" | "mbr";
  readonly entries: readonly TableEntry[];
  /** What the disk must have at least: its GPT names its last sector. */
  readonly leastBytes: number;
};

const GPT_SIGNATURE = "4546492050415254";
const GPT_HEADER_BYTES = 92;
const MAX_GPT_ENTRIES = 128;
const MIN_GPT_ENTRY_BYTES = 128;
const MBR_SIGNATURE = { at: 510, hex: "55aa" } as const;
const MBR_TABLE = { at: 446, entries: 4, entryBytes: 16, typeAt: 4, startAt: 8, sizeAt: 12 } as const;
const SECTOR_BYTES = 512;

/** @param head first bytes of the disk; what lies further on is not seen */
export function partitionTableOf(head: Buffer): PartitionTable | undefined {
  for (const sectorBytes of [512, 4096])
    if (has(head, GPT_SIGNATURE, sectorBytes)) return gptAt(head, sectorBytes);
  return has(head, MBR_SIGNATURE.hex, MBR_SIGNATURE.at) ? mbrAt(head) : undefined;
}

function gptAt(head: Buffer, sectorBytes: number): PartitionTable {
  const header = head.subarray(sectorBytes, sectorBytes + GPT_HEADER_BYTES);
  if (header.length < GPT_HEADER_BYTES) return { kind: "gpt", entries: [], leastBytes: 0 };
  const lastSector = Number(header.readBigUInt64LE(32));
  const entriesAt = Number(header.readBigUInt64LE(72)) * sectorBytes;
  const count = Math.min(header.readUInt32LE(80), MAX_GPT_ENTRIES);
  const entryBytes = Math.max(header.readUInt32LE(84), MIN_GPT_ENTRY_BYTES);
  const entries: TableEntry[] = [];
  for (let index = 0; index < count; index++) {
    const at = entriesAt + index * entryBytes;
    const entry = head.subarray(at, at + MIN_GPT_ENTRY_BYTES);
    if (entry.length < 48 || entry.subarray(0, 16).every((byte) => byte === 0)) continue;
    const first = Number(entry.readBigUInt64LE(32));
    const last = Number(entry.readBigUInt64LE(40));
    const sizeBytes = Math.max(0, last + 1 - first) * sectorBytes;
    entries.push({ number: index + 1, startBytes: first * sectorBytes, sizeBytes, typeId: guidOf(entry) });
  }
  return { kind: "gpt", entries, leastBytes: (lastSector + 1) * sectorBytes };
}

function mbrAt(head: Buffer): PartitionTable {
  const entries: TableEntry[] = [];
  for (let index = 0; index < MBR_TABLE.entries; index++) {
    const at = MBR_TABLE.at + index * MBR_TABLE.entryBytes;
    const type = head[at + MBR_TABLE.typeAt];
    if (!type) continue;
    entries.push({
      number: index + 1,
      startBytes: head.readUInt32LE(at + MBR_TABLE.startAt) * SECTOR_BYTES,
      sizeBytes: head.readUInt32LE(at + MBR_TABLE.sizeAt) * SECTOR_BYTES,
      typeId: type.toString(16).padStart(2, "0"),
    });
  }
  return { kind: "mbr", entries, leastBytes: 0 };
}

/** The first three groups are little-endian. */
function guidOf(bytes: Buffer): string {
  const hex = (from: number, to: number): string => bytes.toString("hex", from, to);
  const swapped = (from: number, to: number): string =>
    Buffer.from(bytes.subarray(from, to)).reverse().toString("hex");
  return [swapped(0, 4), swapped(4, 6), swapped(6, 8), hex(8, 10), hex(10, 16)].join("-").toUpperCase();
}

const has = (head: Buffer, hex: string, at: number): boolean =>
  head.toString("hex", at, at + hex.length / 2) === hex;
