/** Finds what is zero in the pieces of a disk. Pure. */
import type { StreamPiece } from "./stream_piece.ts";

const BLOCK_BYTES = 64 * 1024;
const ZEROS = Buffer.alloc(BLOCK_BYTES);

/** The same bytes: whole blocks of zeros as such, everything else as views of `piece`. */
export function* withoutZeros(piece: Buffer): Generator<StreamPiece> {
  let start = 0;
  let isZero = false;
  for (let at = 0; at < piece.length; at += BLOCK_BYTES) {
    const block = piece.subarray(at, at + BLOCK_BYTES);
    const blockIsZero = block.equals(ZEROS.subarray(0, block.length));
    if (blockIsZero === isZero) continue;
    if (at > start) yield runOf(piece.subarray(start, at), isZero);
    start = at;
    isZero = blockIsZero;
  }
  if (start < piece.length) yield runOf(piece.subarray(start), isZero);
}

const runOf = (bytes: Buffer, isZero: boolean): StreamPiece => (isZero ? { zeroBytes: bytes.length } : bytes);
