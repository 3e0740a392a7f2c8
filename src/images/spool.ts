/**
 * A file without a name for sources that must be read here and there. However its process ends, its space is free again.
 */
import { randomUUID } from "node:crypto";
import { type FileHandle, open, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { type RandomAccess, readExactly } from "./random_access.ts";

/** Small pieces are written together. */
const WRITE_BYTES = 1024 * 1024;
const CHECK_EVERY_BYTES = 64 * 1024 * 1024;
/** Leases and deployments are kept on the same disk: a spool leaves them this part of it, and no more than so much. */
const RESERVED_PART = 0.02;
const MAX_RESERVED_BYTES = 1024 ** 3;

export class Spool implements RandomAccess {
  readonly #handle: FileHandle;
  readonly #directory: string;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #writtenBytes = 0;
  #checkedBytes = Number.NEGATIVE_INFINITY;

  private constructor(handle: FileHandle, directory: string) {
    this.#handle = handle;
    this.#directory = directory;
  }

  /** @param directory a folder that is emptied at start, for the moment until the name is gone */
  static async open(directory: string): Promise<Spool> {
    const path = join(directory, `spool-${randomUUID()}`);
    const handle = await open(path, "wx+", 0o600);
    await rm(path);
    return new Spool(handle, directory);
  }

  get sizeBytes(): number {
    return this.#writtenBytes + this.#waitingBytes;
  }

  /** Keeps `bytes`, which must not change any more. Rejects with the file system's error; `ENOSPC` also before the disk is full. */
  async append(bytes: Buffer): Promise<void> {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes >= WRITE_BYTES) await this.#flush();
  }

  async read(offsetBytes: number, lengthBytes: number): Promise<Buffer> {
    await this.#flush();
    return await readExactly(this.#handle, offsetBytes, lengthBytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }

  async #flush(): Promise<void> {
    if (this.#waitingBytes === 0) return;
    await this.#checkRoom();
    const waiting = this.#waiting;
    this.#waiting = [];
    await writeAll(this.#handle, waiting, this.#writtenBytes);
    this.#writtenBytes += this.#waitingBytes;
    this.#waitingBytes = 0;
  }

  async #checkRoom(): Promise<void> {
    if (this.#writtenBytes - this.#checkedBytes < CHECK_EVERY_BYTES) return;
    this.#checkedBytes = this.#writtenBytes;
    const { bavail, blocks, bsize } = await statfs(this.#directory);
    const reservedBytes = Math.min(blocks * bsize * RESERVED_PART, MAX_RESERVED_BYTES);
    if (bavail * bsize >= reservedBytes) return;
    throw Object.assign(new Error(`Less than ${reservedBytes} bytes free in ${this.#directory}`), {
      code: "ENOSPC",
    });
  }
}

async function writeAll(handle: FileHandle, pieces: readonly Buffer[], offsetBytes: number): Promise<void> {
  const { bytesWritten } = await handle.writev([...pieces], offsetBytes);
  const wanted = pieces.reduce((sum, { length }) => sum + length, 0);
  if (bytesWritten === wanted) return;
  // A nearly full disk takes a part first and fails at the rest.
  const rest = Buffer.concat(pieces).subarray(bytesWritten);
  if (bytesWritten === 0) throw Object.assign(new Error("The disk took no byte"), { code: "ENOSPC" });
  await writeAll(handle, [rest], offsetBytes + bytesWritten);
}
