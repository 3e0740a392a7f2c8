/**
 * How long a zstd frame is: RFC 8878 section 3.1.1. For compressed data that is followed by something else.
 *
 * Pure. Never throws on bytes.
 */

const MAGIC = 0xfd2fb528;
const BLOCK_HEADER_BYTES = 3;
const CHECKSUM_BYTES = 4;
const RLE_BLOCK = 1;

/** @returns the bytes of the frame that `bytes` begin with, or `undefined` when it does not end within them. */
export function zstdFrameBytes(bytes: Buffer): number | undefined {
  if (bytes.length < 6 || bytes.readUInt32LE(0) !== MAGIC) return undefined;
  const descriptor = bytes.readUInt8(4);
  let at = 4 + headerBytes(descriptor);
  for (;;) {
    if (at + BLOCK_HEADER_BYTES > bytes.length) return undefined;
    const header = bytes.readUIntLE(at, BLOCK_HEADER_BYTES);
    // A run-length block holds one byte, whatever it stands for.
    at += BLOCK_HEADER_BYTES + (((header >> 1) & 3) === RLE_BLOCK ? 1 : header >> 3);
    if (header & 1) break;
  }
  const end = at + (descriptor & 4 ? CHECKSUM_BYTES : 0);
  return end <= bytes.length ? end : undefined;
}

/** Descriptor, window, dictionary and content size fields (section 3.1.1.1). */
function headerBytes(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  return 1 + (isSingleSegment ? 0 : 1) + dictionary + contentSize;
}
