/**
 * A file that only grows, and whose every byte up to `sizeBytes` is on the disk for good.
 *
 * Writes and syncs run on the thread pool, so a slow disk holds up nobody but those who wait for it.
 * Knows nothing of what it stores.
 */
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** What of a file can fail, so that a test can make it fail. */
export type SyncedHandle = Pick<FileHandle, "write" | "datasync" | "truncate" | "close">;

export class JournalFile {
  readonly #handle: SyncedHandle;
  #path: string;
  #sizeBytes: number;
  /** Bytes may be behind `sizeBytes`. */
  #hasTail = true;
  #isDoubtful = false;

  /** @param sizeBytes of the handle's file that are known to be good; what is behind them is cut off */
  constructor(handle: SyncedHandle, path: string, sizeBytes: number) {
    this.#handle = handle;
    this.#path = path;
    this.#sizeBytes = sizeBytes;
  }

  static async open(path: string, sizeBytes: number): Promise<JournalFile> {
    return new JournalFile(await open(path, "r+"), path, sizeBytes);
  }

  /** A new file with these bytes, synced. Nothing is left of it when that fails. */
  static async create(path: string, bytes: Uint8Array): Promise<JournalFile> {
    const file = new JournalFile(await open(path, "w", 0o600), path, 0);
    try {
      await file.append(bytes);
      return file;
    } catch (fault) {
      await file.discard();
      throw fault;
    }
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /**
   * A sync failed: the kernel may have dropped what it could not write, and a later sync would not say so.
   * Nothing is appended any more; the file has to be replaced.
   */
  get isDoubtful(): boolean {
    return this.#isDoubtful;
  }

  /** Resolves when the bytes survive a loss of power; when it rejects, the file is as it was. */
  async append(bytes: Uint8Array): Promise<void> {
    if (this.#isDoubtful) throw new Error("an earlier sync failed");
    // A write that failed half way, whose rest could not be cut off then, must not end up in the middle.
    if (this.#hasTail) await this.#cut();
    this.#hasTail = true;
    try {
      await this.#writeAll(bytes);
    } catch (fault) {
      await this.#cut().catch(() => undefined);
      throw fault;
    }
    await this.#sync();
    this.#sizeBytes += bytes.length;
    this.#hasTail = false;
  }

  /** Takes the name `path` from whoever had it. Nothing may be acknowledged from this file before {@link syncName}. */
  async rename(path: string): Promise<void> {
    await rename(this.#path, path);
    this.#path = path;
    this.#isDoubtful = true;
  }

  /** Resolves when a loss of power would not bring the file back that had the name before. */
  async syncName(): Promise<void> {
    const folder = await open(dirname(this.#path), "r");
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
    this.#isDoubtful = false;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** Closes and deletes it. */
  async discard(): Promise<void> {
    await this.close();
    await rm(this.#path, { force: true });
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, at, bytes.length - at, this.#sizeBytes + at);
      at += bytesWritten;
    }
  }

  async #sync(): Promise<void> {
    try {
      await this.#handle.datasync();
    } catch (fault) {
      this.#isDoubtful = true;
      throw fault;
    }
  }

  async #cut(): Promise<void> {
    await this.#handle.truncate(this.#sizeBytes);
    this.#hasTail = false;
  }
}
