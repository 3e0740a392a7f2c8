/**
 * Takes the chunks of a raw stream in order, compresses and stores several at once, and keeps the manifest's entries.
 *
 *     piece ─┬─► compress (threads) ─► chunk file
 *            └─► digest of the raw stream (thread)
 *
 * Memory is bounded: a few pieces on their way to the threads, and some MiB on their way to the disk.
 */
import type { ChunkSession } from "./chunk_store.ts";
import type { ImportThreads, RawPiece } from "./import_threads.ts";
import { type ManifestEntry, ZERO_DIGEST } from "./manifest.ts";

/** Compressed bytes on their way to the disk. A slow one then has several chunks to make durable at a time. */
const MAX_WRITING_BYTES = 32 * 1024 * 1024;
const ZERO_BYTES = 1024 * 1024;

/** What is behind a chunker; tests give an object that keeps chunks in memory. */
export type ChunkSink = {
  readonly threads: ImportThreads;
  readonly session: Pick<ChunkSession, "put">;
};

export class ChunkWriter {
  readonly #threads: ImportThreads;
  readonly #session: Pick<ChunkSession, "put">;
  readonly #bufferBytes: number;
  readonly #entries: ManifestEntry[] = [];
  readonly #counted = new Set<string>();
  readonly #zeros = new SharedArrayBuffer(ZERO_BYTES);
  readonly #free: SharedArrayBuffer[] = [];
  #buffersLeft: number;
  readonly #running = new Set<Promise<void>>();
  readonly #writing = new Set<Promise<void>>();
  #writingBytes = 0;
  /** Zeros at the end that have no entry yet. */
  #zeroRunBytes = 0;
  #count = 0;
  #failure: { readonly error: unknown } | undefined;
  rawBytes = 0;
  storedBytes = 0;

  constructor(parts: ChunkSink & { readonly bufferBytes: number }) {
    this.#threads = parts.threads;
    this.#session = parts.session;
    this.#bufferBytes = parts.bufferBytes;
    // One for each thread, one that waits for a thread, one that is being filled.
    this.#buffersLeft = parts.threads.compressors + 2;
  }

  /** Memory for the next piece. Waits while all of it is in use. Rejects when a chunk could not be stored. */
  async buffer(): Promise<SharedArrayBuffer> {
    while (this.#free.length === 0 && this.#buffersLeft === 0 && !this.#failure)
      await Promise.race(this.#running);
    this.#throwFailure();
    const free = this.#free.pop();
    if (free) return free;
    this.#buffersLeft--;
    return new SharedArrayBuffer(this.#bufferBytes);
  }

  /** The next chunk. Its buffer, one of {@link buffer}, is the writer's from now on. */
  add(piece: RawPiece): void {
    this.#endZeroRun();
    const at = { index: this.#count++, rawOffset: this.rawBytes };
    this.rawBytes += piece.bytes;
    this.#track(this.#running, this.#compress(piece, at));
  }

  /** A run of zeros without data comes next; runs in a row become one entry. */
  addZeroRun(zeroBytes: number): void {
    const buffer = this.#zeros;
    const rest = zeroBytes % ZERO_BYTES;
    const repeat = (zeroBytes - rest) / ZERO_BYTES;
    if (repeat > 0) this.#track(this.#running, this.#threads.hash({ buffer, bytes: ZERO_BYTES }, repeat));
    if (rest > 0) this.#track(this.#running, this.#threads.hash({ buffer, bytes: rest }));
    this.#zeroRunBytes += zeroBytes;
    this.rawBytes += zeroBytes;
  }

  /** Waits until every chunk is stored. Rejects when one could not be. */
  async finish(): Promise<{ readonly rawDigest: string; readonly entries: readonly ManifestEntry[] }> {
    this.#endZeroRun();
    await this.settle();
    this.#throwFailure();
    return { rawDigest: await this.#threads.rawDigest(), entries: this.#entries };
  }

  /** Waits until no chunk is being compressed or written, however that ends. */
  async settle(): Promise<void> {
    await Promise.all(this.#running);
    await Promise.all(this.#writing);
  }

  async #compress(
    piece: RawPiece,
    at: { readonly index: number; readonly rawOffset: number },
  ): Promise<void> {
    const [{ stored, digest }] = await Promise.all([
      this.#threads.compress(piece),
      this.#threads.hash(piece),
    ]);
    this.#entries[at.index] = {
      rawOffset: at.rawOffset,
      rawBytes: piece.bytes,
      storedBytes: stored.length,
      digest,
    };
    if (!this.#counted.has(digest)) await this.#store(digest, stored);
    this.#free.push(piece.buffer);
  }

  /** Resolves when there is room for more, not when this one is on the disk. */
  async #store(digest: string, stored: Uint8Array): Promise<void> {
    this.#counted.add(digest);
    this.storedBytes += stored.length;
    while (this.#writingBytes >= MAX_WRITING_BYTES) await Promise.race(this.#writing);
    this.#writingBytes += stored.length;
    const written = this.#session.put(digest, stored).finally(() => {
      this.#writingBytes -= stored.length;
    });
    this.#track(this.#writing, written);
  }

  #endZeroRun(): void {
    if (this.#zeroRunBytes === 0) return;
    this.#entries[this.#count++] = {
      rawOffset: this.rawBytes - this.#zeroRunBytes,
      rawBytes: this.#zeroRunBytes,
      storedBytes: 0,
      digest: ZERO_DIGEST,
    };
    this.#zeroRunBytes = 0;
  }

  #track(set: Set<Promise<void>>, work: Promise<void>): void {
    const tracked: Promise<void> = work
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => set.delete(tracked));
    set.add(tracked);
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
