/** What a file is, by its first bytes. Its name is never asked. Pure. */
import type { ImageKind } from "./catalogue.ts";
import { holdsContainer } from "./container_names.ts";
import { diskLayoutOf, LAYOUT_BYTES } from "./disk_layout.ts";
import { QCOW2_MAGIC } from "./qcow2_header.ts";
import { decodeTarBlock, TAR_BLOCK_BYTES } from "./tar_header.ts";

/** What may be around the image. */
export type Packing = "gzip" | "bzip2" | "xz" | "zstd" | "lzma" | "lzip" | "lz4";
/** `container`: the layers of a container image (`docker save`, OCI layout) in one tar. */
export type Content = "tar" | "container" | "disk" | "qcow2";

export type SniffedContent =
  | { readonly ok: true; readonly content: Content }
  | { readonly ok: false; readonly found: string };

/** Enough for every signature below and for the names at the start of a tar, when the file has so many. */
export const SNIFF_BYTES = LAYOUT_BYTES;

const PACKED: readonly (readonly [signature: string, packing: Packing])[] = [
  ["1f8b", "gzip"],
  ["425a68", "bzip2"],
  ["fd377a585a00", "xz"],
  ["28b52ffd", "zstd"],
  ["4c5a4950", "lzip"],
  ["04224d18", "lz4"],
];

/** zstd and lz4 files may begin with a skippable frame (RFC 8878 section 3.1.2); only zstd's tools write one. */
const SKIPPABLE_FRAME = /^5.2a4d18/;

/** Things that people take for an image. They are named, never guessed at. */
const KNOWN: readonly (readonly [signature: string, atBytes: number, what: string])[] = [
  ["504b0304", 0, "a zip archive"],
  ["68737173", 0, "a squashfs file system"],
  ["7f454c46", 0, "an ELF program"],
  ["213c617263683e0a", 0, "a Debian package or ar archive"],
  ["303730373031", 0, "a cpio archive"],
  ["4b444d56", 0, "a VMDK disk image"],
  ["636f6e6563746978", 0, "a VHD disk image"],
  ["7668647866696c65", 0, "a VHDX disk image"],
  ["3c3c3c20", 0, "a VDI disk image"],
  ["02214c18", 0, "lz4 data of the legacy kind"],
  ["894c5a4f000d0a1a0a", 0, "lzop data"],
  ["1f9d", 0, "compress (.Z) data"],
  ["377abcaf271c", 0, "a 7z archive"],
];

const TEXTS: typeof KNOWN = [
  ["3c", 0, "text that looks like HTML or XML"],
  ["7b", 0, "text that looks like JSON"],
];

/** The packing that the first {@link SNIFF_BYTES} bytes of a file show. */
export function sniffPacking(head: Buffer): Packing | undefined {
  const packed = PACKED.find(([signature]) => startsWith(head, signature));
  if (packed) return packed[1];
  if (SKIPPABLE_FRAME.test(head.toString("hex", 0, 4))) return "zstd";
  return isLzma(head) ? "lzma" : undefined;
}

/**
 * Judges the first {@link SNIFF_BYTES} bytes behind the packing, or all of them when there are fewer.
 *
 * @param wanted what somebody says it is; a disk need not look like one then
 */
export function sniffContent(head: Buffer, wanted?: ImageKind): SniffedContent {
  if (head.length === 0) return { ok: false, found: "nothing: it is empty" };
  if (wanted !== "archive" && startsWith(head, QCOW2_MAGIC)) return { ok: true, content: "qcow2" };
  if (wanted === "disk") return { ok: true, content: "disk" };
  if (isTar(head)) return { ok: true, content: holdsContainer(head) ? "container" : "tar" };
  const isDisk = wanted === undefined && !knownAs(head, KNOWN) && diskLayoutOf(head) !== undefined;
  return isDisk ? { ok: true, content: "disk" } : { ok: false, found: whatIs(head) };
}

/** Names what begins with `head`, which is nothing that an import takes. */
function whatIs(head: Buffer): string {
  const packing = sniffPacking(head);
  if (packing) return `${packing} data`;
  const known = knownAs(head, KNOWN);
  if (known) return known;
  if (startsWith(head, QCOW2_MAGIC)) return "a qcow2 disk image";
  if (diskLayoutOf(head)) return "a disk image or boot sector";
  if (head.subarray(0, TAR_BLOCK_BYTES).every((byte) => byte === 0))
    return "zeros instead of a tar header or boot sector";
  return (
    knownAs(head, TEXTS) ??
    `no known archive or disk (it starts with the bytes ${head.toString("hex", 0, 8)})`
  );
}

const knownAs = (head: Buffer, table: typeof KNOWN): string | undefined =>
  table.find(([signature, at]) => startsWith(head.subarray(at), signature))?.[2];

const isTar = (head: Buffer): boolean =>
  head.length >= TAR_BLOCK_BYTES && decodeTarBlock(head.subarray(0, TAR_BLOCK_BYTES)).kind === "entry";

const startsWith = (head: Buffer, hex: string): boolean => head.toString("hex", 0, hex.length / 2) === hex;

const LZMA_HEADER_BYTES = 13;
const UNKNOWN_SIZE = 0xffff_ffff_ffff_ffffn;
const MAX_LZMA_BYTES = 1n << 40n;

/** `.lzma` has no magic: the usual settings, a dictionary of a size that encoders choose, a size that may be. */
function isLzma(head: Buffer): boolean {
  if (head.length < LZMA_HEADER_BYTES || head[0] !== 0x5d) return false;
  const dictionary = head.readUInt32LE(1);
  const isRound = /^(?:1|11)0{12,}$/.test(dictionary.toString(2));
  const size = head.readBigUInt64LE(5);
  return isRound && (size === UNKNOWN_SIZE || size < MAX_LZMA_BYTES);
}
