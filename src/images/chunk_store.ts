/**
 * Compressed chunks as files, named by the SHA-256 of their bytes: `chunks/ab/cdef…`. Equal chunks are one file.
 *
 * A file appears under its name only when all of its bytes are on the disk, so what is there after a crash is whole.
 * Each import writes through a session; what only a failed import made is taken away again.
 */
import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, unlinkSync } from "node:fs";
import { open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { chunkPath } from "./chunk_file.ts";
import type { ReachPoint } from "./library_points.ts";

const DIGEST = /^[0-9a-f]{64}$/;

/** What was read under a digest: the bytes that belong to it, or what is wrong with them. */
export type ChunkRead =
  | { readonly ok: true; readonly stored: Buffer }
  | { readonly ok: false; readonly found: string };

export class ChunkStore {
  readonly #chunks: string;
  readonly #incoming: string;
  /** Sessions that rely on a chunk now. Counted before the file is looked for, so no removal comes between. */
  readonly #pins = new Map<string, number>();
  /** Chunks that no image owns yet: made by sessions that are still open. */
  readonly #unowned = new Set<string>();
  /** Chunks that an image came to own while sessions had them pinned. Two sessions may write one file at a time. */
  readonly #kept = new Set<string>();

  readonly #reach: ReachPoint;

  /** Opens the store in `directory`, which is made when missing. Removes what a crash left half-written. */
  constructor(directory: string, reach: ReachPoint = () => {}) {
    this.#reach = reach;
    this.#chunks = join(directory, "chunks");
    this.#incoming = join(directory, "incoming");
    rmSync(this.#incoming, { recursive: true, force: true });
    for (const path of [this.#chunks, this.#incoming]) mkdirSync(path, { recursive: true, mode: 0o750 });
  }

  begin(): ChunkSession {
    return new ChunkSession(this);
  }

  /** Reads a chunk and checks its digest: damaged bytes never leave the store. */
  async read(digest: string): Promise<ChunkRead> {
    const path = this.pathOf(digest);
    try {
      const stored = await readFile(path);
      if (createHash("sha256").update(stored).digest("hex") === digest) return { ok: true, stored };
      return { ok: false, found: `${path} is damaged: its ${stored.length} bytes do not match its digest` };
    } catch (error) {
      return { ok: false, found: `${path} cannot be read: ${messageOf(error)}` };
    }
  }

  /**
   * Removes every chunk that is neither in `wanted` nor in use by an open session.
   *
   * Synchronous on purpose: between the look at the pins and the removal nobody else runs.
   */
  collect(wanted: ReadonlySet<string>): { readonly chunks: number; readonly bytes: number } {
    let chunks = 0;
    let bytes = 0;
    for (const digest of this.#stored()) {
      if (wanted.has(digest) || this.#pins.has(digest)) continue;
      const path = this.pathOf(digest);
      bytes += statSync(path).size;
      unlinkSync(path);
      chunks++;
      this.#reach("chunkCollected");
    }
    return { chunks, bytes };
  }

  *#stored(): Generator<string> {
    for (const prefix of readdirSync(this.#chunks)) {
      if (!/^[0-9a-f]{2}$/.test(prefix)) continue;
      for (const rest of readdirSync(join(this.#chunks, prefix))) {
        if (DIGEST.test(prefix + rest)) yield prefix + rest;
      }
    }
  }

  pathOf(digest: string): string {
    return chunkPath(this.#chunks, digest);
  }

  /** For {@link ChunkSession}. @returns true when there was no file before, damaged or not. */
  async write(digest: string, stored: Uint8Array): Promise<boolean> {
    // An existing file is read, not believed: importing an image again repairs it.
    if ((await this.read(digest)).ok) return false;
    const path = this.pathOf(digest);
    const isNew = !existsSync(path);
    mkdirSync(join(path, ".."), { recursive: true, mode: 0o750 });
    await writeDurably({ path, incoming: this.#incoming, bytes: stored });
    this.#reach("chunkStored");
    return isNew;
  }

  pin(digest: string): void {
    this.#pins.set(digest, (this.#pins.get(digest) ?? 0) + 1);
  }

  /** A session that has it pinned made the file. An image that came to own it meanwhile goes on to. */
  made(digest: string): void {
    if (!this.#kept.has(digest)) this.#unowned.add(digest);
  }

  /** An image owns it from now on. */
  keep(digest: string): void {
    this.#unowned.delete(digest);
    this.#kept.add(digest);
  }

  /** Gives up one pin. A chunk that nobody owns and nobody uses any more goes. */
  unpin(digest: string): void {
    const left = (this.#pins.get(digest) ?? 1) - 1;
    if (left > 0) {
      this.#pins.set(digest, left);
      return;
    }
    this.#pins.delete(digest);
    this.#kept.delete(digest);
    if (this.#unowned.delete(digest)) rmSync(this.pathOf(digest), { force: true });
  }

  get incoming(): string {
    return this.#incoming;
  }

  get root(): string {
    return this.#chunks;
  }
}

/** The chunks of one import. End it with `keep` or `discard`, exactly once. */
export class ChunkSession {
  readonly #store: ChunkStore;
  readonly #digests = new Set<string>();

  constructor(store: ChunkStore) {
    this.#store = store;
  }

  /** Stores a chunk. Durable only after {@link flush}. Rejects with the file system's error. */
  async put(digest: string, stored: Uint8Array): Promise<void> {
    if (!this.#digests.has(digest)) {
      this.#digests.add(digest);
      this.#store.pin(digest);
    }
    if (await this.#store.write(digest, stored)) this.#store.made(digest);
  }

  /** Makes the names durable; the bytes already are. */
  async flush(): Promise<void> {
    const folders = new Set([...this.#digests].map((digest) => join(this.#store.pathOf(digest), "..")));
    for (const folder of [...folders, this.#store.root]) await syncFolder(folder);
  }

  /** An image owns the chunks now. */
  keep(): void {
    for (const digest of this.#digests) this.#store.keep(digest);
    this.#end();
  }

  /** The import failed: what only it made goes. */
  discard(): void {
    this.#end();
  }

  #end(): void {
    for (const digest of this.#digests) this.#store.unpin(digest);
    this.#digests.clear();
  }
}

/** Writes a file so that after a crash it is there whole or not at all. The folder's entry is durable after `syncFolder`. */
export async function writeDurably(file: {
  readonly path: string;
  /** A folder of the same file system for the unfinished file. */
  readonly incoming: string;
  readonly bytes: Uint8Array;
}): Promise<void> {
  const unfinished = join(file.incoming, randomUUID());
  try {
    const handle = await open(unfinished, "wx", 0o640);
    try {
      await handle.writeFile(file.bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, file.path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
