/**
 * Cuts a raw stream into chunks, compresses and stores them, a few at once, and keeps the manifest's entries.
 *
 * Where it cuts depends on the bytes alone, never on the pieces in which they come: equal streams give equal images.
 */
import { createHash } from "node:crypto";
import type { ImageKind } from "./catalogue.ts";
import type { ChunkSession } from "./chunk_store.ts";
import type { CompressPool, RawPiece } from "./compress_pool.ts";
import { type Manifest, type ManifestEntry, ZERO_DIGEST } from "./manifest.ts";

export const CHUNK_RAW_BYTES = 4 * 1024 * 1024;
/** What is zero in a disk is left out in units of this size: a disk discards them faster than it reads a list of small ones. */
export const ZERO_UNIT_BYTES = 1024 * 1024;

const ZEROS = Buffer.alloc(ZERO_UNIT_BYTES);

export class Chunker {
  readonly #kind: ImageKind;
  readonly #pool: CompressPool;
  readonly #session: ChunkSession;
  readonly #rawHash = createHash("sha256");
  readonly #entries: ManifestEntry[] = [];
  readonly #counted = new Set<string>();
  readonly #free: ArrayBuffer[] = [];
  readonly #running = new Set<Promise<void>>();
  #buffer: Buffer<ArrayBuffer>;
  #filledBytes = 0;
  /** Where the bytes in the buffer begin in the raw stream. */
  #bufferOffset = 0;
  /** Zeros before the bytes in the buffer that have no entry yet. `disk` only. */
  #zeroRunBytes = 0;
  #count = 0;
  #failure: unknown;
  #rawDigest = "";
  storedBytes = 0;

  /** @param parts.kind `disk`: aligned chunks, and runs of zeros are entries without data. `archive`: zeros are data. */
  constructor(parts: {
    readonly kind: ImageKind;
    readonly pool: CompressPool;
    readonly session: ChunkSession;
  }) {
    this.#kind = parts.kind;
    this.#pool = parts.pool;
    this.#session = parts.session;
    this.#buffer = this.#freeBuffer();
  }

  get rawBytes(): number {
    return this.#bufferOffset + this.#filledBytes;
  }

  /** Takes the next bytes and copies them; waits while all threads are busy. Rejects with the store's error. */
  async add(bytes: Uint8Array): Promise<void> {
    this.#rawHash.update(bytes);
    await this.#take(bytes);
  }

  /** Takes `zeroBytes` zeros, as {@link add} would, without anybody having to write them down. */
  async addZeros(zeroBytes: number): Promise<void> {
    for (let left = zeroBytes; left > 0; left -= ZERO_UNIT_BYTES)
      this.#rawHash.update(ZEROS.subarray(0, Math.min(left, ZERO_UNIT_BYTES)));
    let left = zeroBytes;
    while (left > 0) {
      const isWholeUnit = this.#kind === "disk" && this.#unitLeftBytes() === ZERO_UNIT_BYTES;
      if (isWholeUnit && left >= ZERO_UNIT_BYTES) {
        if (this.#filledBytes > 0) await this.#cut();
        const unitsBytes = left - (left % ZERO_UNIT_BYTES);
        this.#skip(unitsBytes);
        left -= unitsBytes;
      } else {
        const bytes = Math.min(left, this.#unitLeftBytes());
        await this.#take(ZEROS.subarray(0, bytes));
        left -= bytes;
      }
    }
  }

  async finish(): Promise<void> {
    if (this.#kind === "disk" && this.#unitLeftBytes() < ZERO_UNIT_BYTES) await this.#endUnit();
    if (this.#filledBytes > 0) await this.#cut();
    this.#endZeroRun();
    await Promise.all(this.#running);
    this.#throwFailure();
    this.#rawDigest = this.#rawHash.digest("hex");
  }

  /** Waits until no chunk is being compressed or written, however that ends. */
  async settle(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** After {@link finish}. */
  manifest(): Manifest {
    return {
      kind: this.#kind,
      rawBytes: this.rawBytes,
      rawDigest: this.#rawDigest,
      entries: this.#entries,
    };
  }

  async #take(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    while (rest.length > 0) {
      const taken = rest.subarray(0, Math.min(this.#unitLeftBytes(), rest.length));
      this.#buffer.set(taken, this.#filledBytes);
      this.#filledBytes += taken.length;
      rest = rest.subarray(taken.length);
      if (this.#kind === "disk" && this.#unitLeftBytes() === ZERO_UNIT_BYTES) await this.#endUnit();
      if (this.#filledBytes > 0 && this.rawBytes % CHUNK_RAW_BYTES === 0) await this.#cut();
    }
  }

  #unitLeftBytes(): number {
    return ZERO_UNIT_BYTES - (this.rawBytes % ZERO_UNIT_BYTES);
  }

  /** Leaves out the unit at the end of the buffer when it is all zero. */
  async #endUnit(): Promise<void> {
    const unitBytes = this.rawBytes % ZERO_UNIT_BYTES || ZERO_UNIT_BYTES;
    const unit = this.#buffer.subarray(this.#filledBytes - unitBytes, this.#filledBytes);
    if (!unit.equals(ZEROS.subarray(0, unitBytes))) return;
    this.#filledBytes -= unitBytes;
    if (this.#filledBytes > 0) await this.#cut();
    this.#skip(unitBytes);
  }

  /** The buffer is empty. */
  #skip(zeroBytes: number): void {
    this.#zeroRunBytes += zeroBytes;
    this.#bufferOffset += zeroBytes;
  }

  #endZeroRun(): void {
    if (this.#zeroRunBytes === 0) return;
    this.#entries[this.#count++] = {
      rawOffset: this.#bufferOffset - this.#zeroRunBytes,
      rawBytes: this.#zeroRunBytes,
      storedBytes: 0,
      digest: ZERO_DIGEST,
    };
    this.#zeroRunBytes = 0;
  }

  async #cut(): Promise<void> {
    this.#endZeroRun();
    const piece = { buffer: this.#buffer.buffer, bytes: this.#filledBytes };
    const at = { index: this.#count++, rawOffset: this.#bufferOffset };
    const running: Promise<void> = this.#store(piece, at)
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
    // One piece more than threads, so that none of them waits for this one to be filled.
    if (this.#running.size > this.#pool.threads) await Promise.race(this.#running);
    this.#throwFailure();
    this.#bufferOffset += this.#filledBytes;
    this.#filledBytes = 0;
    this.#buffer = this.#freeBuffer();
  }

  async #store(piece: RawPiece, at: { readonly index: number; readonly rawOffset: number }): Promise<void> {
    const { buffer, stored, digest } = await this.#pool.compress(piece);
    this.#free.push(buffer);
    this.#entries[at.index] = {
      rawOffset: at.rawOffset,
      rawBytes: piece.bytes,
      storedBytes: stored.length,
      digest,
    };
    if (this.#counted.has(digest)) return;
    this.#counted.add(digest);
    this.storedBytes += stored.length;
    await this.#session.put(digest, stored);
  }

  #freeBuffer(): Buffer<ArrayBuffer> {
    return Buffer.from(this.#free.pop() ?? new ArrayBuffer(CHUNK_RAW_BYTES));
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure;
  }
}
