/**
 * The images of an appliance: import, look up, verify, remove. What a broadcast reads of them: `stored_reader.ts`.
 *
 * Files in one folder (`chunks/`, `manifests/`, `incoming/`), entries in the catalogue. The catalogue has the last
 * word: files that it does not lead to are orphans of a killed import and go at start.
 */
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import type { Image, ImageCatalogue, ImageKey, ImageTerms } from "./catalogue.ts";
import { type ChunkSession, ChunkStore } from "./chunk_store.ts";
import { giveBackMemory } from "./give_back_memory.ts";
import { rawStreamOf } from "./image_export.ts";
import { imageLabel, isSameImage } from "./image_reference.ts";
import { withTerms } from "./image_terms.ts";
import { chunkImage } from "./import.ts";
import { DEFAULT_IMPORT_LIMITS } from "./import_limits.ts";
import { type ImportProblem, ImportRefused } from "./import_problem.ts";
import { type ImportRequest, type ImportResult, keyFor, newImage } from "./import_request.ts";
import type { ReachPoint } from "./library_points.ts";
import { encodeManifest } from "./manifest.ts";
import { ManifestFiles } from "./manifest_files.ts";
import { ImageUnreadable } from "./reader.ts";
import { countOwnBytes } from "./sharing.ts";
import { skimImage, type VerifyResult, verifyImage } from "./verify.ts";

export type CollectedGarbage = {
  readonly manifests: number;
  readonly chunks: number;
  readonly bytes: number;
  /**
   * Images whose manifest is damaged. While there is one, no chunk is removed: it may be theirs. While the catalogue has
   * entries that cannot be read, nothing at all is.
   */
  readonly unreadable: readonly string[];
};

export class ImageLibrary {
  readonly #directory: string;
  readonly #catalogue: ImageCatalogue;
  readonly #nowMs: () => number;
  readonly #inUse: () => Iterable<string>;
  readonly #reach: ReachPoint;
  readonly #chunks: ChunkStore;
  readonly #manifests: ManifestFiles;
  /** Images that are read at this moment, by digest, with the number of readers. */
  readonly #held = new Map<string, number>();
  #own: { readonly key: string; readonly bytes: Promise<ReadonlyMap<string, number>> } | undefined;
  /** Changes of the catalogue and removals come one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * @param from.directory `DATA/images`, made when missing. One process at a time may have it open.
   * @param from.nowMs Unix time, for the catalogue's dates and the rate of progress.
   * @param from.inUse Digests of images that running deployments still need, even when they are removed or replaced.
   */
  constructor(from: {
    readonly directory: string;
    readonly catalogue: ImageCatalogue;
    readonly nowMs: () => number;
    readonly inUse?: (() => Iterable<string>) | undefined;
    readonly reach?: ReachPoint | undefined;
  }) {
    this.#directory = from.directory;
    this.#catalogue = from.catalogue;
    this.#nowMs = from.nowMs;
    this.#inUse = from.inUse ?? (() => []);
    this.#reach = from.reach ?? (() => {});
    this.#chunks = new ChunkStore(from.directory, this.#reach);
    this.#manifests = new ManifestFiles(from.directory, this.#chunks.incoming);
  }

  /** Imports a root archive or disk. After a refusal nothing of it is left: no chunk, no manifest, no entry. */
  async import(request: ImportRequest): Promise<ImportResult> {
    const refused = keyFor(request, this.#catalogue.all());
    if ("kind" in refused) return { ok: false, problem: refused };
    const session = this.#chunks.begin();
    try {
      const image = await this.#importInto(session, request);
      session.keep();
      // What this one replaced may go. When that fails the import has succeeded all the same; the next start tries again.
      if (request.replace) await this.collectGarbage().catch(() => undefined);
      return { ok: true, image };
    } catch (error) {
      session.discard();
      return { ok: false, problem: this.#problemOf(error) };
    } finally {
      giveBackMemory();
    }
  }

  /**
   * Removes an image and the chunks that no other image and no running deployment needs.
   *
   * @returns false when there is no such image.
   */
  async remove(key: ImageKey): Promise<boolean> {
    return await this.#inTurn(async () => {
      const removed = await this.#catalogue.remove(key);
      this.#reach("imageRemoved");
      if (removed) await this.#collect();
      return removed;
    });
  }

  /**
   * Changes what is said of an image.
   *
   * @returns the image as it is now; nothing when there is no such image any more
   */
  async set(key: ImageKey, terms: ImageTerms): Promise<Image | undefined> {
    return await this.#inTurn(async () => {
      const image = this.#catalogue.all().find((one) => isSameImage(one, key));
      if (!image) return undefined;
      const changed = withTerms(image, terms);
      await this.#catalogue.put(changed);
      return changed;
    });
  }

  /** Removes images that came with a deployment and that none uses any more. Also once at start. @returns how many */
  async removeTemporary(): Promise<number> {
    return await this.#inTurn(async () => {
      const used = new Set(this.#inUse());
      const idle = this.#catalogue.all().filter((image) => image.isTemporary && !used.has(image.digest));
      for (const image of idle) await this.#catalogue.remove(image);
      if (idle.length > 0) await this.#collect();
      return idle.length;
    });
  }

  /** To be called once at start, when the running deployments are known: removes what nobody leads to. */
  async collectGarbage(): Promise<CollectedGarbage> {
    return await this.#inTurn(() => this.#collect());
  }

  /** Reads every chunk of an image and checks it. Rejects only when `signal` says stop. */
  async verify(image: Image, signal?: AbortSignal): Promise<VerifyResult> {
    const release = this.#hold(image.digest);
    try {
      return await verifyImage(image, this.#files, signal);
    } finally {
      release();
    }
  }

  /** Looks whether every chunk is there in its full length. Quick: reads manifests and sizes only. */
  async skim(image: Image): Promise<VerifyResult> {
    const release = this.#hold(image.digest);
    try {
      return await skimImage(image, this.#files);
    } finally {
      release();
    }
  }

  /**
   * The raw stream of an image, byte for byte what was imported. The image may be removed meanwhile.
   *
   * @returns ends with {@link ImageUnreadable} at a chunk that is damaged; destroy it to stop.
   * @throws {ImageUnreadable} its manifest cannot be read
   */
  async export(image: Image): Promise<Readable> {
    const release = this.#hold(image.digest);
    const read = await this.#manifests.read(image.digest);
    if (!read.ok) {
      release();
      throw new ImageUnreadable(`Image "${imageLabel(image)}": ${read.found}`);
    }
    const pieces = rawStreamOf(read.manifest, { chunks: this.#chunks, name: imageLabel(image) });
    return Readable.from(pieces, { objectMode: false, highWaterMark: READ_BYTES }).once("close", release);
  }

  /** Compressed bytes that each image has for itself, by label. Without those whose manifest cannot be read. */
  async ownBytes(): Promise<ReadonlyMap<string, number>> {
    const images = this.#catalogue.all();
    const key = images.map((image) => `${imageLabel(image)} ${image.digest}`).join("\n");
    if (this.#own?.key !== key) this.#own = { key, bytes: countOwnBytes(images, this.#manifests) };
    return await this.#own.bytes;
  }

  /** Keeps an image's files until the result is called, whatever becomes of its entry. */
  #hold(digest: string): () => void {
    this.#held.set(digest, (this.#held.get(digest) ?? 0) + 1);
    return () => {
      const left = (this.#held.get(digest) ?? 1) - 1;
      if (left > 0) {
        this.#held.set(digest, left);
        return;
      }
      this.#held.delete(digest);
      // It was removed meanwhile: now it may go. What fails here is tried again at the next start.
      if (!this.#isNeeded(digest)) void this.collectGarbage().catch(() => undefined);
    };
  }

  async #importInto(session: ChunkSession, request: ImportRequest): Promise<Image> {
    const source =
      typeof request.source === "string"
        ? createReadStream(request.source, { highWaterMark: READ_BYTES })
        : request.source;
    const chunked = await chunkImage({
      source,
      kind: request.kind,
      architecture: request.architecture,
      sha256: request.sha256,
      about: request.about ?? {},
      spoolDirectory: this.#chunks.incoming,
      session,
      allowUnbootable: request.allowUnbootable ?? false,
      limits: { ...DEFAULT_IMPORT_LIMITS, ...request.limits },
      signal: request.signal,
      onProgress: request.onProgress,
      nowMs: this.#nowMs,
    });
    await session.flush();
    this.#reach("chunksStored");
    return await this.#inTurn(async () => {
      // Somebody may have taken the version while this import ran; nobody cancels from here on.
      const key = keyFor(request, this.#catalogue.all());
      if ("kind" in key) throw new ImportRefused(key);
      if (request.signal?.aborted) throw new ImportRefused({ kind: "cancelled" });
      const digest = await this.#manifests.write(encodeManifest(chunked.manifest));
      this.#reach("manifestStored");
      const image = newImage(request, chunked, { ...key, digest, createdAtMs: this.#nowMs() });
      await this.#enter(image);
      this.#reach("imageEntered");
      return image;
    });
  }

  /** The catalogue entry is the moment at which an image begins to exist. */
  async #enter(image: Image): Promise<void> {
    try {
      await this.#catalogue.put(image);
    } catch (error) {
      if (!this.#hasUnread && !this.#isNeeded(image.digest)) this.#manifests.remove(image.digest);
      throw error;
    }
  }

  async #collect(): Promise<CollectedGarbage> {
    const needed = new Map(this.#catalogue.all().map((image) => [image.digest, imageLabel(image)]));
    for (const digest of this.#used()) if (!needed.has(digest)) needed.set(digest, digest);
    const orphans = this.#hasUnread ? [] : this.#manifests.list().filter((digest) => !needed.has(digest));
    for (const digest of orphans) {
      this.#manifests.remove(digest);
      this.#reach("manifestCollected");
    }
    const wanted = new Set<string>();
    const unreadable: string[] = [];
    for (const [digest, name] of needed) {
      const read = await this.#manifests.read(digest);
      if (!read.ok) unreadable.push(name);
      else for (const entry of read.manifest.entries) wanted.add(entry.digest);
    }
    const isSure = unreadable.length === 0 && !this.#hasUnread;
    const removed = isSure ? this.#chunks.collect(wanted) : { chunks: 0, bytes: 0 };
    return { manifests: orphans.length, ...removed, unreadable };
  }

  /** Nobody knows which files those entries lead to. */
  get #hasUnread(): boolean {
    return (this.#catalogue.unreadCount ?? 0) > 0;
  }

  #isNeeded(digest: string): boolean {
    const needed = [...this.#catalogue.all().map((image) => image.digest), ...this.#used()];
    return needed.includes(digest);
  }

  /** Without an entry perhaps, and needed all the same. */
  #used(): readonly string[] {
    return [...this.#inUse(), ...this.#held.keys()];
  }

  get #files(): { readonly chunks: ChunkStore; readonly manifests: ManifestFiles } {
    return { chunks: this.#chunks, manifests: this.#manifests };
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(act, act);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** Ordinary failures as values; a bug goes on being thrown. */
  #problemOf(error: unknown): ImportProblem {
    if (error instanceof ImportRefused) return error.problem;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOSPC" || code === "EDQUOT") return { kind: "diskFull", directory: this.#directory };
    if (typeof code === "string") return { kind: "storeFailed", detail: message };
    throw error;
  }
}

const READ_BYTES = 1024 * 1024;
