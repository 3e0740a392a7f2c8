/**
 * Where a tar stream is cut into chunks: by what the bytes are, not by where they are. A file more or less then changes
 * the chunk around it, and all others stay as they were, so that two versions of an image share them.
 *
 * A tar is made of blocks of 512 bytes, and whatever moves in it moves by whole blocks. So the look goes to block
 * starts only, a twentieth of the work of looking at each byte: a block begins a chunk when the hash of its first bytes,
 * which in a header are name, size, time and checksum, is small. Deep inside a large file, where a changed file may have
 * moved the rest by single bytes, each byte is looked at with a gear hash (Xia et al., "FastCDC", USENIX ATC 2016).
 *
 * As there, fewer places count before the wanted size than after it, which keeps sizes close together.
 *
 * Pure. Equal bytes are cut equally, whatever the pieces in which they come.
 */
import { TAR_BLOCK_BYTES } from "./tar_header.ts";

const MIB = 1024 * 1024;

export const ARCHIVE_CHUNK = { leastBytes: MIB, wantedBytes: 3 * MIB, mostBytes: 8 * MIB } as const;

/** A header this far back: a large file, in which every byte is looked at. */
export const DEEP_BYTES = 8 * MIB;

/** Of 2^32 hashes, how many make a cut: one block in 16,384 and one in 2,048, which is one byte in 8 MiB and in 1 MiB. */
const BLOCK_LIMIT = { early: 2 ** 32 / 16_384, late: 2 ** 32 / 2048 } as const;
const BYTE_MASK = { early: ~0 << (32 - 23), late: ~0 << (32 - 20) } as const;

export class ArchiveCuts {
  /** Bytes of the chunk at hand that were looked at. */
  #seenBytes = 0;
  /** The chunk's start, as bytes after the start of its block. */
  #startInBlock = 0;
  #sinceHeaderBytes = 0;
  #gear = 0;

  /**
   * Looks on from where it stopped.
   *
   * @param chunk The chunk at hand from its first byte, {@link ARCHIVE_CHUNK.mostBytes} and one block at most.
   * @returns the bytes that belong to it, when it ends; the next call is about the chunk that begins there.
   */
  next(chunk: Uint8Array): number | undefined {
    for (;;) {
      const inBlock = (this.#startInBlock + this.#seenBytes) % TAR_BLOCK_BYTES;
      const end = this.#seenBytes + TAR_BLOCK_BYTES - inBlock;
      if (end > chunk.length) return undefined;
      const cut = inBlock === 0 ? this.#cutIn(chunk, end) : undefined;
      if (cut !== undefined) return this.#restart(cut);
      this.#sinceHeaderBytes += end - this.#seenBytes;
      this.#seenBytes = end;
    }
  }

  /** The cut before or inside the whole block that ends at `end`. */
  #cutIn(chunk: Uint8Array, end: number): number | undefined {
    const at = this.#seenBytes;
    if (isTarHeader(chunk, at)) this.#sinceHeaderBytes = 0;
    if (at < ARCHIVE_CHUNK.leastBytes) return undefined;
    const isEarly = at < ARCHIVE_CHUNK.wantedBytes;
    if (this.#sinceHeaderBytes >= DEEP_BYTES) {
      const cut = this.#cutAtByte(chunk, end, isEarly ? BYTE_MASK.early : BYTE_MASK.late);
      if (cut !== undefined) return cut;
    } else if (hashOfBlock(chunk, at) < (isEarly ? BLOCK_LIMIT.early : BLOCK_LIMIT.late)) return at;
    return end > ARCHIVE_CHUNK.mostBytes ? at : undefined;
  }

  #cutAtByte(chunk: Uint8Array, end: number, mask: number): number | undefined {
    let hash = this.#gear;
    for (let at = this.#seenBytes; at < end; at++) {
      hash = ((hash << 1) + (GEAR[chunk[at] ?? 0] ?? 0)) | 0;
      if ((hash & mask) === 0 && at < ARCHIVE_CHUNK.mostBytes) return at + 1;
    }
    this.#gear = hash;
    return undefined;
  }

  #restart(cut: number): number {
    // A cut inside a block leaves its rest to the next chunk, which counts on from there.
    this.#sinceHeaderBytes += cut - this.#seenBytes;
    this.#startInBlock = (this.#startInBlock + cut) % TAR_BLOCK_BYTES;
    this.#seenBytes = 0;
    this.#gear = 0;
    return cut;
  }
}

/** `ustar` at byte 257 of a block, as every tar of the last decades has it. */
function isTarHeader(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at + 257] === 0x75 &&
    bytes[at + 258] === 0x73 &&
    bytes[at + 259] === 0x74 &&
    bytes[at + 260] === 0x61 &&
    bytes[at + 261] === 0x72
  );
}

const HASHED_BYTES = 160;

/** Murmur-like over the first bytes of a block, 0 to 2^32. */
function hashOfBlock(bytes: Uint8Array, start: number): number {
  let hash = 0x5bd1e995;
  for (let at = start; at < start + HASHED_BYTES; at += 4) {
    const word =
      (bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24);
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** One random number a byte value. Part of the format of nothing, but a change makes images share no chunks with older ones. */
const GEAR: Int32Array = gearTable();

function gearTable(): Int32Array {
  // xorshift32 (Marsaglia 2003).
  let state = 0x2545f491;
  return Int32Array.from({ length: 256 }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state;
  });
}
