/**
 * Reads a tar as it streams by and tells each member with all that a file system keeps of it, and where its data lies.
 *
 * POSIX.1-2017 `pax`, with GNU's long names. Pure. Names and values are byte strings (one character a byte), so what is
 * no UTF-8 survives. Memory is bounded by {@link MAX_EXTENSION_BYTES}.
 */
import type { SourceFault } from "./source_fault.ts";
import { decodePaxRecords, decodeTarBlock, TAR_BLOCK_BYTES, tarNumber } from "./tar_header.ts";

export type TarMember = {
  /** As written, one character a byte. */
  readonly path: string;
  readonly linkPath: string;
  /** `0` file, `1` hard link, `2` symbolic link, `3` and `4` devices, `5` folder, `6` pipe; others as written. */
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970 as decimal text, with a fraction where the archive has one. */
  readonly mtime: string;
  readonly devMajor: number;
  readonly devMinor: number;
  readonly dataBytes: number;
  /** Where the data begins in the tar. */
  readonly dataOffsetBytes: number;
  /** Extended attributes and ACLs as pax records, in the order of their keys. */
  readonly attributes: readonly (readonly [key: string, value: string])[];
};

const MAX_EXTENSION_BYTES = 1024 * 1024;
const LONG_NAMES = new Set(["L", "K"]);
const EXTENSIONS = new Set(["x", "g", "L", "K"]);
const KEPT_RECORDS = /^(?:SCHILY\.(?:xattr|acl)\.|RHT\.)/;
const MTIME = /^-?\d{1,15}(?:\.\d{1,30})?$/;

type OnMember = (member: TarMember) => SourceFault | undefined;

export class TarMembers {
  readonly #onMember: OnMember;
  #offsetBytes = 0;
  #block: Buffer = Buffer.alloc(0);
  /** Bytes until the next header. */
  #skipBytes = 0;
  #extension:
    | { readonly type: string; readonly bytes: number; parts: Buffer[]; haveBytes: number }
    | undefined;
  #pending = new Map<string, string>();
  #zeroBlocks = 0;

  constructor(onMember: OnMember) {
    this.#onMember = onMember;
  }

  /** Takes the next bytes. After a fault it is over. */
  feed(bytes: Buffer): SourceFault | undefined {
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#skipBytes > 0) {
        rest = this.#skip(rest);
        continue;
      }
      const wanted = TAR_BLOCK_BYTES - this.#block.length;
      // Copied when it is cut, because it may outlive the caller's buffer.
      const block = this.#block.length > 0 ? Buffer.concat([this.#block, rest.subarray(0, wanted)]) : rest;
      this.#offsetBytes += Math.min(wanted, rest.length);
      rest = rest.subarray(wanted);
      if (block.length < TAR_BLOCK_BYTES) {
        this.#block = Buffer.from(block);
        return undefined;
      }
      this.#block = Buffer.alloc(0);
      const fault = this.#takeBlock(block.subarray(0, TAR_BLOCK_BYTES));
      if (fault) return fault;
    }
    return undefined;
  }

  /** Says whether the stream may end here. The two zero blocks may be missing: digests tell a cut. */
  finish(): SourceFault | undefined {
    if (this.#skipBytes === 0 && this.#block.length === 0) return undefined;
    return { offsetBytes: this.#offsetBytes, found: "the end of a tar in the midst of a member" };
  }

  #skip(bytes: Buffer): Buffer {
    const taken = Math.min(this.#skipBytes, bytes.length);
    const extension = this.#extension;
    if (extension && extension.haveBytes < extension.bytes) {
      const part = bytes.subarray(0, Math.min(taken, extension.bytes - extension.haveBytes));
      extension.parts.push(Buffer.from(part));
      extension.haveBytes += part.length;
    }
    this.#skipBytes -= taken;
    this.#offsetBytes += taken;
    return bytes.subarray(taken);
  }

  #takeBlock(block: Buffer): SourceFault | undefined {
    const offsetBytes = this.#offsetBytes - TAR_BLOCK_BYTES;
    const endFault = this.#endExtension(offsetBytes);
    if (endFault) return endFault;
    const decoded = decodeTarBlock(block);
    if (decoded.kind === "zero") {
      this.#zeroBlocks++;
      return undefined;
    }
    if (decoded.kind === "bad") return { offsetBytes, found: `no tar header (${decoded.detail})` };
    if (this.#zeroBlocks > 0) return { offsetBytes, found: "a header after the end of the tar" };
    const { type, dataBytes } = decoded.header;
    if (EXTENSIONS.has(type)) return this.#startExtension(type, dataBytes);
    return this.#takeMember(block, type, dataBytes);
  }

  #startExtension(type: string, bytes: number): SourceFault | undefined {
    if (bytes > MAX_EXTENSION_BYTES)
      return { offsetBytes: this.#offsetBytes, found: `a name or attribute of ${bytes} bytes` };
    this.#extension = { type, bytes, parts: [], haveBytes: 0 };
    this.#skipBytes = padded(bytes);
    return undefined;
  }

  #endExtension(offsetBytes: number): SourceFault | undefined {
    const extension = this.#extension;
    if (!extension) return undefined;
    this.#extension = undefined;
    const content = Buffer.concat(extension.parts);
    if (LONG_NAMES.has(extension.type)) {
      const name = content.toString("latin1").replace(/\0.*$/s, "");
      this.#pending.set(extension.type === "L" ? "path" : "linkpath", name);
      return undefined;
    }
    const records = decodePaxRecords(content, "latin1");
    if (!records) return { offsetBytes, found: "pax records that do not fit together" };
    // Records for all members hold comments and times of the archive's making.
    if (extension.type === "x") for (const [key, value] of records) this.#pending.set(key, value);
    return undefined;
  }

  #takeMember(block: Buffer, type: string, headerBytes: number): SourceFault | undefined {
    const records = this.#pending;
    this.#pending = new Map();
    const dataBytes = type === "1" ? 0 : numberOf(records.get("size"), headerBytes);
    const isSparse = type === "S" || [...records.keys()].some((key) => key.startsWith("GNU.sparse."));
    if (isSparse) return { offsetBytes: this.#offsetBytes, found: "a sparse file, which layers do not hold" };
    const member: TarMember = {
      ...fixedFields(block, records),
      type,
      dataBytes,
      dataOffsetBytes: this.#offsetBytes,
      attributes: [...records].filter(([key]) => KEPT_RECORDS.test(key)).sort(byKey),
    };
    this.#skipBytes = padded(dataBytes);
    return this.#onMember(member);
  }
}

type FixedFields = Omit<TarMember, "type" | "dataBytes" | "dataOffsetBytes" | "attributes">;

function fixedFields(block: Buffer, records: ReadonlyMap<string, string>): FixedFields {
  const mtime = records.get("mtime") ?? "";
  const isPosix = block.toString("latin1", 257, 263) === "ustar\0";
  const prefix = isPosix ? field(block, 345, 155) : "";
  const name = field(block, 0, 100);
  return {
    path: records.get("path") ?? (prefix ? `${prefix}/${name}` : name),
    linkPath: records.get("linkpath") ?? field(block, 157, 100),
    mode: (tarNumber(block, 100, 8) ?? 0) & 0o7777,
    uid: numberOf(records.get("uid"), tarNumber(block, 108, 8) ?? 0),
    gid: numberOf(records.get("gid"), tarNumber(block, 116, 8) ?? 0),
    mtime: MTIME.test(mtime) ? mtime : String(tarNumber(block, 136, 12) ?? 0),
    devMajor: tarNumber(block, 329, 8) ?? 0,
    devMinor: tarNumber(block, 337, 8) ?? 0,
  };
}

function field(block: Buffer, at: number, bytes: number): string {
  const text = block.toString("latin1", at, at + bytes);
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

function numberOf(record: string | undefined, otherwise: number): number {
  const value = record === undefined || record === "" ? Number.NaN : Number(record);
  return Number.isSafeInteger(value) && value >= 0 ? value : otherwise;
}

const padded = (bytes: number): number => Math.ceil(bytes / TAR_BLOCK_BYTES) * TAR_BLOCK_BYTES;
const byKey = ([a]: readonly [string, string], [b]: readonly [string, string]): number => (a < b ? -1 : 1);
