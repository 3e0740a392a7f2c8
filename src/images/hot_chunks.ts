/**
 * Chunks that are being sent, each in memory once however many read it.
 *
 * Readers get copies of small parts and never a view: a node that takes nothing for a minute holds none of this, and
 * the buffer of a chunk that is no longer wanted takes the next one without a new page from the system. Pure.
 */

/** A chunk of the store: SHA-256 of its compressed bytes, and how many they are. */
export type StoredChunk = { readonly digest: string; readonly storedBytes: number };

/** Fills `into` with the whole chunk, checked. Rejects when it cannot; another call may try again. */
export type LoadChunk = (chunk: StoredChunk, into: Buffer<ArrayBuffer>) => Promise<void>;

export type HotChunksOptions = {
  /** Of all chunks together; what is being loaded may be above it. */
  readonly limitBytes: number;
  /** Loads at once; others wait their turn. */
  readonly loads: number;
  readonly load: LoadChunk;
};

type Slot = {
  readonly chunk: StoredChunk;
  readonly ready: Promise<Buffer<ArrayBuffer>>;
  /** Ready and in memory. */
  buffer: Buffer<ArrayBuffer> | undefined;
  /** Reads that wait for it or copy from it. */
  readers: number;
};

/** Sizes differ a little: a buffer that is larger by less than this takes the place of an exact one. */
const GRAIN_BYTES = 256 * 1024;

export class HotChunks {
  readonly #options: HotChunksOptions;
  /** By digest, the one that was used last at the end. */
  readonly #slots = new Map<string, Slot>();
  /** What starts the loads that wait their turn. */
  readonly #waiting: (() => void)[] = [];
  #loading = 0;
  #heldBytes = 0;

  constructor(options: HotChunksOptions) {
    this.#options = options;
  }

  /** Memory of the chunks that are here or on their way. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * Copies bytes of a chunk from `offsetBytes` on.
   *
   * @returns how many: as many as fit into `into`, fewer at the chunk's end, none after it
   * @throws what loading it said
   */
  async read(chunk: StoredChunk, offsetBytes: number, into: Buffer): Promise<number> {
    const slot = this.#slotOf(chunk);
    slot.readers++;
    try {
      const buffer = await slot.ready;
      return offsetBytes < chunk.storedBytes ? buffer.copy(into, 0, offsetBytes, chunk.storedBytes) : 0;
    } finally {
      slot.readers--;
    }
  }

  /** Loads a chunk that will be read soon. Does nothing while others wait to be loaded: those are wanted now. */
  expect(chunk: StoredChunk): void {
    if (!this.#slots.has(chunk.digest) && this.#waiting.length === 0) this.#slotOf(chunk);
  }

  /** Forgets everything that nobody reads just now. */
  clear(): void {
    for (const slot of this.#slots.values()) if (isIdle(slot)) this.#drop(slot);
  }

  #slotOf(chunk: StoredChunk): Slot {
    const known = this.#slots.get(chunk.digest);
    if (known) {
      this.#slots.delete(chunk.digest);
      this.#slots.set(chunk.digest, known);
      return known;
    }
    const { promise, resolve, reject } = Promise.withResolvers<Buffer<ArrayBuffer>>();
    const slot: Slot = { chunk, ready: promise, buffer: undefined, readers: 0 };
    this.#slots.set(chunk.digest, slot);
    promise.catch(() => this.#slots.delete(chunk.digest)); // the next who asks tries again
    this.#waiting.push(() => void this.#load(slot).then(resolve, reject));
    this.#next();
    return slot;
  }

  #next(): void {
    while (this.#loading < this.#options.loads) {
      const start = this.#waiting.shift();
      if (!start) return;
      start();
    }
  }

  async #load(slot: Slot): Promise<Buffer<ArrayBuffer>> {
    this.#loading++;
    const buffer = this.#bufferFor(roomFor(slot.chunk));
    try {
      await this.#options.load(slot.chunk, buffer.subarray(0, slot.chunk.storedBytes));
      slot.buffer = buffer;
      return buffer;
    } catch (fault) {
      this.#heldBytes -= buffer.length;
      throw fault;
    } finally {
      this.#loading--;
      this.#next();
    }
  }

  /** A buffer of that size, from a chunk that was not used for longest when there is no room for another. */
  #bufferFor(sizeBytes: number): Buffer<ArrayBuffer> {
    for (const slot of this.#slots.values()) {
      if (this.#heldBytes + sizeBytes <= this.#options.limitBytes) break;
      const { buffer } = slot;
      if (!buffer || !isIdle(slot)) continue;
      if (buffer.length === sizeBytes) {
        this.#slots.delete(slot.chunk.digest);
        return buffer;
      }
      this.#drop(slot);
    }
    this.#heldBytes += sizeBytes;
    return Buffer.allocUnsafeSlow(sizeBytes);
  }

  #drop({ chunk, buffer }: Slot): void {
    this.#slots.delete(chunk.digest);
    if (!buffer) return;
    this.#heldBytes -= buffer.length;
    // Its memory goes back now, and not when the next collection of garbage comes, which may be hours away.
    buffer.buffer.transfer(0);
  }
}

/** Nobody waits for its bytes, so they can go. */
const isIdle = ({ buffer, readers }: Slot): boolean => buffer !== undefined && readers === 0;

const roomFor = ({ storedBytes }: StoredChunk): number => Math.ceil(storedBytes / GRAIN_BYTES) * GRAIN_BYTES;
