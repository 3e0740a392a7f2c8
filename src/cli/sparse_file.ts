/** Writes a file whose zeros take no space, and that appears under its name only when it is whole. */
import { type FileHandle, open, rename, rm } from "node:fs/promises";

const BLOCK_BYTES = 64 * 1024;
const ZEROS = Buffer.alloc(BLOCK_BYTES);

export class SparseFile {
  readonly #path: string;
  readonly #unfinished: string;
  readonly #handle: FileHandle;
  #offset = 0;

  private constructor(path: string, unfinished: string, handle: FileHandle) {
    this.#path = path;
    this.#unfinished = unfinished;
    this.#handle = handle;
  }

  /** Makes `PATH.part-…` beside the file. Rejects with the file system's error. */
  static async begin(path: string): Promise<SparseFile> {
    const unfinished = `${path}.part-${process.pid}`;
    return new SparseFile(path, unfinished, await open(unfinished, "w"));
  }

  /** Appends `bytes`; whole blocks of zeros become holes. */
  async write(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(at + BLOCK_BYTES - (this.#offset % BLOCK_BYTES), bytes.length);
      const part = bytes.subarray(at, end);
      if (!part.equals(ZEROS.subarray(0, part.length))) await this.#writeAll(part);
      this.#offset += part.length;
      at = end;
    }
  }

  /** Makes it durable and gives it its name. */
  async finish(): Promise<void> {
    await this.#handle.truncate(this.#offset);
    await this.#handle.sync();
    await this.#handle.close();
    await rename(this.#unfinished, this.#path);
  }

  /** Leaves nothing. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    await rm(this.#unfinished, { force: true });
  }

  async #writeAll(part: Buffer): Promise<void> {
    let done = 0;
    while (done < part.length) {
      const { bytesWritten } = await this.#handle.write(part, done, part.length - done, this.#offset + done);
      done += bytesWritten;
    }
  }
}
