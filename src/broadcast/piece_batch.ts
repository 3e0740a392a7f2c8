/** Pieces of a chunk as they go over the wire, several to one write. Pure. */
import { encodeDataMessage, PIECE_MAX_BYTES, pieceHeader } from "./data_frame.ts";

/** Copies bytes from an offset of the chunk to the start of `into`; fewer than fit only at the chunk's end. */
export type ReadPart = (offset: number, into: Buffer) => number | Promise<number>;

export type Filled = {
  /** Bytes of the chunk among those to write. */
  readonly imageBytes: number;
  /** The chunk is through, and `verified` follows it. */
  readonly isLast: boolean;
};

/** A write of this size costs little more than the copying; a larger one would only take more memory. */
const PIECES = 4;
const PIECE_HEADER_BYTES = pieceHeader({ chunk: 0, offset: 0 }, 1).length;
const VERIFIED_BYTES = encodeDataMessage({ kind: "verified", chunk: 0 }).length;

/** The bytes that one node gets next. Used again and again: nobody may hold `bytes` when `fill` is called. */
export class PieceBatch {
  readonly #room = Buffer.allocUnsafeSlow(PIECES * (PIECE_HEADER_BYTES + PIECE_MAX_BYTES) + VERIFIED_BYTES);
  #used = 0;

  /** Whole frames, to be written as they are. */
  get bytes(): Buffer {
    return this.#room.subarray(0, this.#used);
  }

  /** Takes the next pieces of a chunk from `offset` on. Rejects when they cannot be read; nothing is to be written then. */
  async fill(chunk: number, offset: number, read: ReadPart): Promise<Filled> {
    this.#used = 0;
    let imageBytes = 0;
    for (let piece = 0; piece < PIECES; piece++) {
      const at = this.#used + PIECE_HEADER_BYTES;
      const room = this.#room.subarray(at, at + PIECE_MAX_BYTES);
      const pieceBytes = await read(offset + imageBytes, room);
      if (pieceBytes > 0) {
        this.#put(pieceHeader({ chunk, offset: offset + imageBytes }, pieceBytes));
        this.#used += pieceBytes;
        imageBytes += pieceBytes;
      }
      if (pieceBytes === PIECE_MAX_BYTES) continue;
      this.#put(encodeDataMessage({ kind: "verified", chunk }));
      return { imageBytes, isLast: true };
    }
    return { imageBytes, isLast: false };
  }

  #put(frame: Buffer): void {
    this.#used += frame.copy(this.#room, this.#used);
  }
}
