/** Gives an image back: its raw stream, byte by byte, from the chunks. The inverse of an import. */
import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import type { ChunkStore } from "./chunk_store.ts";
import type { Manifest, ManifestEntry } from "./manifest.ts";
import { ImageUnreadable } from "./reader.ts";

const unpack = promisify(zstdDecompress);

/** Chunks that are read and unpacked while the one before them is sent. */
const AHEAD = 2;
/** The least that zlib takes as the size of an output buffer. */
const MIN_CHUNK_SIZE = 64;
const ZEROS = Buffer.alloc(1024 * 1024);

/**
 * Pieces of any size, in order; together `manifest.rawBytes`. Zeros come as shared memory: do not write to it.
 *
 * @throws {ImageUnreadable} a chunk is missing or damaged. No byte of it was given then.
 */
export async function* rawStreamOf(
  manifest: Manifest,
  from: { readonly chunks: Pick<ChunkStore, "read">; readonly name: string },
): AsyncGenerator<Buffer> {
  const coming: Promise<Buffer | undefined>[] = [];
  let next = 0;
  for (const entry of manifest.entries) {
    while (next < manifest.entries.length && coming.length <= AHEAD) {
      const index = next++;
      const loading = load(manifest.entries[index], { ...from, index });
      // Whoever stops listening does not hear of its failure.
      loading.catch(() => undefined);
      coming.push(loading);
    }
    const raw = await coming.shift();
    if (raw) yield raw;
    else yield* zeros(entry.rawBytes);
  }
}

/** `undefined`: a run of zeros. */
async function load(
  entry: ManifestEntry | undefined,
  from: { readonly chunks: Pick<ChunkStore, "read">; readonly name: string; readonly index: number },
): Promise<Buffer | undefined> {
  if (!entry || entry.storedBytes === 0) return undefined;
  const what = `Image "${from.name}" is damaged: chunk ${from.index}`;
  const read = await from.chunks.read(entry.digest);
  if (!read.ok) throw new ImageUnreadable(`${what}: ${read.found}`);
  const options = { maxOutputLength: entry.rawBytes, chunkSize: Math.max(entry.rawBytes, MIN_CHUNK_SIZE) };
  const raw = await unpack(read.stored, options).catch((error: unknown) => {
    throw new ImageUnreadable(`${what} cannot be unpacked: ${(error as Error).message}`);
  });
  if (raw.length === entry.rawBytes) return raw;
  throw new ImageUnreadable(`${what} unpacks to ${raw.length} bytes, the manifest says ${entry.rawBytes}`);
}

function* zeros(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= ZEROS.length)
    yield ZEROS.subarray(0, Math.min(left, ZEROS.length));
}
