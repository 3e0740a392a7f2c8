/**
 * Cuts a raw stream into chunks: a disk where its offset is a multiple of a chunk and around its zeros, so that equal
 * parts of two disks are equal chunks; an archive where its content says, see `archive_cuts.ts`.
 *
 * Where it cuts depends on the bytes alone, never on the pieces in which they come: equal streams give equal images.
 */
import { ARCHIVE_CHUNK, ArchiveCuts } from "./archive_cuts.ts";
import type { ImageKind } from "./catalogue.ts";
import { type ChunkSink, ChunkWriter } from "./chunk_writer.ts";
import type { Manifest } from "./manifest.ts";

export const DISK_CHUNK_BYTES = 4 * 1024 * 1024;
/** What is zero in a disk is left out in units of this size: a disk discards one large run sooner than many small ones. */
export const ZERO_UNIT_BYTES = 1024 * 1024;

/** So many bytes are looked at together; what a cut leaves of them is copied once more. */
const STEP_BYTES = 64 * 1024;
const ZEROS = Buffer.alloc(ZERO_UNIT_BYTES);

export class Chunker {
  readonly #kind: ImageKind;
  readonly #writer: ChunkWriter;
  readonly #cuts = new ArchiveCuts();
  #buffer: Uint8Array<SharedArrayBuffer> | undefined;
  #filledBytes = 0;

  /** @param parts.kind `disk`: runs of zeros become entries without data. `archive`: zeros are data. */
  constructor(parts: ChunkSink & { readonly kind: ImageKind }) {
    this.#kind = parts.kind;
    const bufferBytes = parts.kind === "disk" ? DISK_CHUNK_BYTES : ARCHIVE_CHUNK.mostBytes + STEP_BYTES;
    this.#writer = new ChunkWriter({ ...parts, bufferBytes });
  }

  get rawBytes(): number {
    return this.#writer.rawBytes + this.#filledBytes;
  }

  /** Compressed bytes so far, equal chunks counted once. */
  get storedBytes(): number {
    return this.#writer.storedBytes;
  }

  /** Takes the next bytes and copies them; waits while all threads are busy. Rejects with the store's error. */
  async add(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    while (rest.length > 0) rest = rest.subarray(await this.#take(rest));
  }

  /** Takes `zeroBytes` zeros, as {@link add} would, without anybody having to write them down. */
  async addZeros(zeroBytes: number): Promise<void> {
    let left = zeroBytes;
    while (left > 0) {
      const isWholeUnit = this.#kind === "disk" && left >= ZERO_UNIT_BYTES && this.#inUnitBytes() === 0;
      if (isWholeUnit) {
        await this.#cut(this.#filledBytes);
        const unitsBytes = left - (left % ZERO_UNIT_BYTES);
        this.#writer.addZeroRun(unitsBytes);
        left -= unitsBytes;
      } else left -= await this.#take(ZEROS.subarray(0, Math.min(left, ZERO_UNIT_BYTES)));
    }
  }

  /** After the last byte. Resolves when every chunk is stored. */
  async finish(): Promise<Manifest> {
    if (this.#kind === "disk" && this.#inUnitBytes() > 0) await this.#endUnit();
    await this.#cut(this.#filledBytes);
    const { rawDigest, entries } = await this.#writer.finish();
    return { kind: this.#kind, rawBytes: this.#writer.rawBytes, rawDigest, entries };
  }

  /** Waits until no chunk is being compressed or written, however that ends. */
  async settle(): Promise<void> {
    await this.#writer.settle();
  }

  /** @returns how many of `bytes` it took. */
  async #take(bytes: Uint8Array): Promise<number> {
    this.#buffer ??= new Uint8Array(await this.#writer.buffer());
    const mostBytes = this.#kind === "disk" ? ZERO_UNIT_BYTES - this.#inUnitBytes() : STEP_BYTES;
    const taken = bytes.subarray(0, Math.min(mostBytes, this.#buffer.length - this.#filledBytes));
    this.#buffer.set(taken, this.#filledBytes);
    this.#filledBytes += taken.length;
    if (this.#kind === "archive") await this.#cutArchive();
    else if (this.#inUnitBytes() === 0) await this.#endUnit();
    return taken.length;
  }

  async #cutArchive(): Promise<void> {
    while (this.#buffer) {
      const cut = this.#cuts.next(this.#buffer.subarray(0, this.#filledBytes));
      if (cut === undefined) return;
      await this.#cut(cut);
    }
  }

  #inUnitBytes(): number {
    return this.rawBytes % ZERO_UNIT_BYTES;
  }

  /** Leaves out the unit at the end of the buffer when it is all zero. */
  async #endUnit(): Promise<void> {
    const unitBytes = this.#inUnitBytes() || ZERO_UNIT_BYTES;
    const startBytes = this.#filledBytes - unitBytes;
    if (this.#buffer && isZero(this.#buffer.subarray(startBytes, this.#filledBytes))) {
      this.#filledBytes = startBytes;
      await this.#cut(startBytes);
      this.#writer.addZeroRun(unitBytes);
    } else if (this.rawBytes % DISK_CHUNK_BYTES === 0) await this.#cut(this.#filledBytes);
  }

  /** The first `bytes` of the buffer are a chunk. */
  async #cut(bytes: number): Promise<void> {
    if (!this.#buffer || bytes === 0) return;
    const tail = this.#buffer.subarray(bytes, this.#filledBytes);
    this.#writer.add({ buffer: this.#buffer.buffer, bytes });
    this.#buffer = undefined;
    this.#filledBytes = 0;
    if (tail.length === 0) return;
    // The threads only read the buffer that holds the tail, and it is copied before anybody may fill it anew.
    const copy = tail.slice();
    this.#buffer = new Uint8Array(await this.#writer.buffer());
    this.#buffer.set(copy);
    this.#filledBytes = copy.length;
  }
}

const isZero = (unit: Uint8Array): boolean =>
  Buffer.from(unit.buffer, unit.byteOffset, unit.length).equals(ZEROS.subarray(0, unit.length));
