/**
 * The {@link ImageReader} over the files: what a broadcast reads.
 *
 * Chunks that are being sent stay in a cache of bounded size, so that several chains at different places of the
 * image, each reading 256 KiB at a time, cost one checked read of a chunk.
 */

import { ByteLru } from "./byte_lru.ts";
import type { ChunkStore } from "./chunk_store.ts";
import type { ManifestFiles, ManifestRead } from "./manifest_files.ts";
import { type ImageReader, ImageUnreadable } from "./reader.ts";

export const DEFAULT_CACHE_BYTES = 48 * 1024 * 1024;

type GoodManifest = ManifestRead & { readonly ok: true };

export class StoredImageReader implements ImageReader {
  readonly #chunks: ChunkStore;
  readonly #manifests: ManifestFiles;
  readonly #hotChunks: ByteLru<Promise<Buffer>>;
  readonly #hotManifests: ByteLru<Promise<GoodManifest>>;

  constructor(from: {
    readonly chunks: ChunkStore;
    readonly manifests: ManifestFiles;
    readonly cacheBytes?: number | undefined;
  }) {
    this.#chunks = from.chunks;
    this.#manifests = from.manifests;
    const cacheBytes = from.cacheBytes ?? DEFAULT_CACHE_BYTES;
    this.#hotChunks = new ByteLru(cacheBytes);
    this.#hotManifests = new ByteLru(cacheBytes / 4);
  }

  async manifestBytes(digest: string): Promise<Buffer> {
    return (await this.#manifest(digest)).bytes;
  }

  async readChunk(digest: string, index: number, offsetBytes: number, lengthBytes: number): Promise<Buffer> {
    const { manifest } = await this.#manifest(digest);
    const entry = manifest.entries[index];
    if (!entry) {
      throw new ImageUnreadable(
        `Image ${digest} has ${manifest.entries.length} chunks; number ${index} was asked for`,
      );
    }
    if (entry.storedBytes === 0) return Buffer.alloc(0);
    const chunk = await this.#hotChunks.take(entry.digest, entry.storedBytes, () =>
      this.#loadChunk(entry.digest, `Chunk ${index} of image ${digest}`),
    );
    return chunk.subarray(offsetBytes, offsetBytes + lengthBytes);
  }

  /** Forgets everything, for instance when the last deployment has ended. */
  release(): void {
    this.#hotChunks.clear();
    this.#hotManifests.clear();
  }

  async #manifest(digest: string): Promise<GoodManifest> {
    return await this.#hotManifests.take(digest, MANIFEST_GUESS_BYTES, async () => {
      const read = await this.#manifests.read(digest);
      if (!read.ok) throw new ImageUnreadable(`Image ${digest}: ${read.found}`);
      return read;
    });
  }

  async #loadChunk(digest: string, what: string): Promise<Buffer> {
    const read = await this.#chunks.read(digest);
    if (!read.ok) throw new ImageUnreadable(`${what}: ${read.found}; import the image again to repair it`);
    return read.stored;
  }
}

/** What a decoded manifest of an ordinary image weighs; a few are kept. */
const MANIFEST_GUESS_BYTES = 2 * 1024 * 1024;
