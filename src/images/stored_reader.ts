/** The {@link ImageReader} over the files: what a broadcast reads. */
import { totalmem } from "node:os";
import { join } from "node:path";
import { ByteLru } from "./byte_lru.ts";
import { chunkPath, loadChunkFile } from "./chunk_file.ts";
import { HotChunks, type StoredChunk } from "./hot_chunks.ts";
import { ManifestFiles, type ManifestRead } from "./manifest_files.ts";
import { type ImageReader, ImageUnreadable } from "./reader.ts";

const MIB = 2 ** 20;
/** Of the machine's memory, for the chunks that are being sent. Most images fit into the upper bound whole. */
const CACHE_PART = 1 / 8;
const CACHE_BYTES = { min: 48 * MIB, max: 1024 * MIB } as const;
/** Two of the four threads of the pool: the others sync leases meanwhile. */
const LOADS = 2;
/** What a decoded manifest of an ordinary image weighs; a few are kept. */
const MANIFEST_GUESS_BYTES = 2 * MIB;
const MANIFESTS_BYTES = 12 * MIB;

type GoodManifest = ManifestRead & { readonly ok: true };

export class StoredImageReader implements ImageReader {
  readonly #chunks: string;
  readonly #manifests: ManifestFiles;
  readonly #hot: HotChunks;
  readonly #hotManifests = new ByteLru<Promise<GoodManifest>>(MANIFESTS_BYTES);

  /** @param from.directory `DATA/images`, of which nothing is changed */
  constructor(from: { readonly directory: string; readonly cacheBytes?: number | undefined }) {
    this.#chunks = join(from.directory, "chunks");
    this.#manifests = new ManifestFiles(from.directory, join(from.directory, "incoming"));
    this.#hot = new HotChunks({
      limitBytes: from.cacheBytes ?? defaultCacheBytes(totalmem()),
      loads: LOADS,
      load: (chunk, into) => this.#loadChunk(chunk, into),
    });
  }

  async manifestBytes(digest: string): Promise<Buffer> {
    return (await this.#manifest(digest)).bytes;
  }

  async readChunk(digest: string, index: number, offsetBytes: number, into: Buffer): Promise<number> {
    const { manifest } = await this.#manifest(digest);
    const entry = manifest.entries[index];
    if (!entry) {
      throw new ImageUnreadable(
        `Image ${digest} has ${manifest.entries.length} chunks; number ${index} was asked for`,
      );
    }
    if (entry.storedBytes === 0) return 0;
    try {
      return await this.#hot.read(entry, offsetBytes, into);
    } catch (fault) {
      if (!(fault instanceof ChunkUnreadable)) throw fault;
      throw new ImageUnreadable(
        `Chunk ${index} of image ${digest}: ${fault.message}; import the image again to repair it`,
      );
    }
  }

  expectChunk(digest: string, index: number): void {
    const expect = ({ manifest }: GoodManifest): void => {
      const entry = manifest.entries[index];
      if (entry !== undefined && entry.storedBytes > 0) this.#hot.expect(entry);
    };
    // Whoever reads the chunk is told what is wrong.
    void this.#manifest(digest).then(expect, () => undefined);
  }

  /** Forgets everything that nobody reads just now, for instance when the last deployment has ended. */
  release(): void {
    this.#hot.clear();
    this.#hotManifests.clear();
  }

  async #manifest(digest: string): Promise<GoodManifest> {
    return await this.#hotManifests.take(digest, MANIFEST_GUESS_BYTES, async () => {
      const read = await this.#manifests.read(digest);
      if (!read.ok) throw new ImageUnreadable(`Image ${digest}: ${read.found}`);
      return read;
    });
  }

  async #loadChunk({ digest }: StoredChunk, into: Buffer<ArrayBuffer>): Promise<void> {
    const wrong = await loadChunkFile(chunkPath(this.#chunks, digest), digest, into);
    if (wrong !== undefined) throw new ChunkUnreadable(wrong);
  }
}

/** What is wrong with a chunk's file, before it is known who asked for it. */
class ChunkUnreadable extends Error {}

/** @param memoryBytes of the machine */
export const defaultCacheBytes = (memoryBytes: number): number =>
  Math.min(CACHE_BYTES.max, Math.max(CACHE_BYTES.min, memoryBytes * CACHE_PART));
