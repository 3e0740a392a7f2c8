/** Reads many small parts that lie near each other with few reads of the file. */
import type { RandomAccess } from "./random_access.ts";

const WINDOW_BYTES = 1024 * 1024;
const WINDOWS = 16;

export class WindowCache {
  readonly #file: RandomAccess;
  /** In the order of last use. */
  readonly #windows = new Map<number, Promise<Buffer>>();

  constructor(file: RandomAccess) {
    this.#file = file;
  }

  /** The bytes in pieces, views that stay as they are. */
  async *read(offsetBytes: number, lengthBytes: number): AsyncGenerator<Buffer> {
    const end = offsetBytes + lengthBytes;
    let at = offsetBytes;
    while (at < end) {
      const start = at - (at % WINDOW_BYTES);
      const window = await this.#window(start);
      const piece = window.subarray(at - start, Math.min(end - start, window.length));
      yield piece;
      at += piece.length;
    }
  }

  #window(start: number): Promise<Buffer> {
    const cached = this.#windows.get(start);
    this.#windows.delete(start);
    const lengthBytes = Math.min(WINDOW_BYTES, this.#file.sizeBytes - start);
    const window = cached ?? this.#file.read(start, lengthBytes);
    this.#windows.set(start, window);
    const [oldest] = this.#windows.keys();
    if (this.#windows.size > WINDOWS && oldest !== undefined) this.#windows.delete(oldest);
    return window;
  }
}
