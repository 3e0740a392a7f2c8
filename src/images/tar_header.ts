/**
 * One 512-byte block of a tar: POSIX.1-2017 `pax` "ustar Interchange Format", with the GNU ways to write large
 * numbers (base 256).
 *
 * Pure. Never throws on bytes. Only the fields that an import looks at.
 */

export const TAR_BLOCK_BYTES = 512;

export type TarHeader = {
  /** `prefix` and `name` joined, as written: it may be absolute or hold `..`. */
  readonly path: string;
  readonly linkPath: string;
  /** One character; NUL is given as `0` (regular file). */
  readonly type: string;
  /** Size of the data that follows, without padding. */
  readonly dataBytes: number;
  /** Old GNU sparse file (type `S`) whose map goes on in further blocks before the data. */
  readonly sparseMapContinues: boolean;
};

export type TarBlock =
  | { readonly kind: "entry"; readonly header: TarHeader }
  /** All 512 bytes are zero: two of them end the archive. */
  | { readonly kind: "zero" }
  | { readonly kind: "bad"; readonly detail: string };

const ZERO_BLOCK = Buffer.alloc(TAR_BLOCK_BYTES);
const CHECKSUM = { at: 148, bytes: 8 } as const;

/** Reads one block. `block` has exactly {@link TAR_BLOCK_BYTES} bytes. */
export function decodeTarBlock(block: Buffer): TarBlock {
  if (block.equals(ZERO_BLOCK)) return { kind: "zero" };
  const wanted = tarNumber(block, CHECKSUM.at, CHECKSUM.bytes);
  if (wanted === undefined || !checksumsOf(block).includes(wanted)) {
    return { kind: "bad", detail: "the checksum of the header is wrong" };
  }
  const size = tarNumber(block, 124, 12);
  if (size === undefined) return { kind: "bad", detail: "the size field is not a number" };
  const type = text(block, 156, 1) || "0";
  return {
    kind: "entry",
    header: {
      path: isPosix(block) ? joined(text(block, 345, 155), text(block, 0, 100)) : text(block, 0, 100),
      linkPath: text(block, 157, 100),
      type,
      // A hard link has no data, whatever its size field says (GNU tar reads it so, and GNU tar unpacks it).
      dataBytes: type === "1" ? 0 : size,
      sparseMapContinues: type === "S" && block[482] === 1,
    },
  };
}

/** GNU archives keep times and the sparse map where ustar has the prefix. */
const isPosix = (block: Buffer): boolean => block.toString("latin1", 257, 263) === "ustar\0";

const joined = (prefix: string, name: string): string => (prefix ? `${prefix}/${name}` : name);

function text(block: Buffer, at: number, bytes: number): string {
  const field = block.subarray(at, at + bytes);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end < 0 ? bytes : end);
}

/** Octal text, or base 256 when the first bit is set. `undefined` when it is neither, negative or too large to count. */
export function tarNumber(block: Buffer, at: number, bytes: number): number | undefined {
  const first = block[at] ?? 0;
  if (first & 0x80) {
    let value = BigInt(first & 0x7f);
    for (const byte of block.subarray(at + 1, at + bytes)) value = (value << 8n) | BigInt(byte);
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined;
  }
  const digits = text(block, at, bytes).trim();
  if (!/^[0-7]*$/.test(digits)) return undefined;
  return digits === "" ? 0 : Number.parseInt(digits, 8);
}

/** The sum over the block with the checksum field as spaces; old writers summed signed bytes. */
function checksumsOf(block: Buffer): readonly number[] {
  let unsigned = 0;
  let signed = 0;
  for (let at = 0; at < TAR_BLOCK_BYTES; at++) {
    const isOwn = at >= CHECKSUM.at && at < CHECKSUM.at + CHECKSUM.bytes;
    const byte = isOwn ? 0x20 : (block[at] ?? 0);
    unsigned += byte;
    signed += byte > 0x7f ? byte - 0x100 : byte;
  }
  return [unsigned, signed];
}

/**
 * Reads the records of a pax extended header (`LENGTH KEY=VALUE\n`).
 *
 * @param encoding `latin1` keeps values that are no text: one character a byte
 * @returns the keys, or `undefined` when the records do not fit together.
 */
export function decodePaxRecords(
  bytes: Buffer,
  encoding: "utf8" | "latin1" = "utf8",
): ReadonlyMap<string, string> | undefined {
  const records = new Map<string, string>();
  let at = 0;
  while (at < bytes.length) {
    const space = bytes.indexOf(0x20, at);
    if (space < 0 || space - at > 10) return undefined;
    const length = Number(bytes.toString("latin1", at, space));
    const equals = bytes.indexOf(0x3d, space);
    const end = at + length;
    if (!Number.isInteger(length) || end > bytes.length || end <= space || bytes[end - 1] !== 0x0a)
      return undefined;
    if (equals < 0 || equals >= end) return undefined;
    records.set(bytes.toString(encoding, space + 1, equals), bytes.toString(encoding, equals + 1, end - 1));
    at = end;
  }
  return records;
}
