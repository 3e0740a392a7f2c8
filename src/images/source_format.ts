/** What a file is, by its first bytes. Its name is never asked. Pure. */
import { decodeTarBlock, TAR_BLOCK_BYTES } from "./tar_header.ts";

export type SourceFormat = "tar" | "gzip" | "bzip2" | "xz" | "zstd";

export type SniffedSource =
  | { readonly ok: true; readonly format: SourceFormat }
  | { readonly ok: false; readonly found: string };

/** Enough for every signature below, when the file has so many. */
export const SNIFF_BYTES = TAR_BLOCK_BYTES;

const PACKED: readonly (readonly [signature: string, format: SourceFormat])[] = [
  ["1f8b", "gzip"],
  ["425a68", "bzip2"],
  ["fd377a585a00", "xz"],
  ["28b52ffd", "zstd"],
];

/** zstd files of several threads may begin with a skippable frame (RFC 8878 section 3.1.2). */
const SKIPPABLE_FRAME = /^5.2a4d18/;

/** Things that people take for a root archive. A disk image in disguise is named, never guessed at. */
const KNOWN: readonly (readonly [signature: string, atBytes: number, what: string])[] = [
  ["514649fb", 0, "a qcow2 disk image"],
  ["504b0304", 0, "a zip archive"],
  ["68737173", 0, "a squashfs file system"],
  ["7f454c46", 0, "an ELF program"],
  ["213c617263683e0a", 0, "a Debian package or ar archive"],
  ["303730373031", 0, "a cpio archive"],
  ["4b444d56", 0, "a VMDK disk image"],
  ["636f6e6563746978", 0, "a VHD disk image"],
  ["7668647866696c65", 0, "a VHDX disk image"],
  ["04224d18", 0, "lz4 data"],
  ["1f9d", 0, "compress (.Z) data"],
  ["377abcaf271c", 0, "a 7z archive"],
  ["3c", 0, "text that looks like HTML or XML"],
  ["7b", 0, "text that looks like JSON"],
  ["55aa", 510, "a disk image or boot sector"],
];

/** Judges the first {@link SNIFF_BYTES} bytes of a file, or all of them when it is shorter. */
export function sniffSource(head: Buffer): SniffedSource {
  if (head.length === 0) return { ok: false, found: "nothing: it is empty" };
  const packed = PACKED.find(([signature]) => startsWith(head, signature));
  if (packed) return { ok: true, format: packed[1] };
  if (SKIPPABLE_FRAME.test(head.toString("hex", 0, 4))) return { ok: true, format: "zstd" };
  if (head.length === TAR_BLOCK_BYTES && decodeTarBlock(head).kind === "entry")
    return { ok: true, format: "tar" };
  return { ok: false, found: whatIs(head) };
}

/** Names what begins with `head`, which is no tar. */
export function whatIs(head: Buffer): string {
  const packed = PACKED.find(([signature]) => startsWith(head, signature));
  if (packed) return `${packed[1]} data`;
  const known = KNOWN.find(([signature, at]) => startsWith(head.subarray(at), signature));
  if (known) return known[2];
  if (head.every((byte) => byte === 0)) return "zeros instead of a tar header";
  return `no known archive (it starts with the bytes ${head.toString("hex", 0, 8)})`;
}

const startsWith = (head: Buffer, hex: string): boolean => head.toString("hex", 0, hex.length / 2) === hex;
