/** Looks for damage at rest: a manifest or chunks that are gone, cut short or changed. */
import { stat } from "node:fs/promises";
import type { Image } from "./catalogue.ts";
import type { ChunkStore } from "./chunk_store.ts";
import type { Manifest } from "./manifest.ts";
import type { ManifestFiles } from "./manifest_files.ts";

export type ImageDamage = {
  /** The first chunk of the image that needs the file; none: it is the manifest. */
  readonly chunk: number | undefined;
  /** Names the file, and what is wrong with it. */
  readonly found: string;
};

export type VerifyResult =
  | { readonly ok: true; readonly chunks: number; readonly bytes: number }
  | { readonly ok: false; readonly damage: readonly ImageDamage[] };

type Files = { readonly chunks: ChunkStore; readonly manifests: ManifestFiles };
type Found = { readonly bytes: number } | { readonly found: string };

/** Reads every chunk and checks it. Rejects only when `signal` says stop. */
export const verifyImage = (image: Image, files: Files, signal?: AbortSignal): Promise<VerifyResult> =>
  lookAt(image, files, async (digest) => {
    signal?.throwIfAborted();
    const read = await files.chunks.read(digest);
    return read.ok ? { bytes: read.stored.length } : { found: read.found };
  });

/** Looks whether every chunk is there in its full length: finds what a crash or a hand did, for the price of a look. */
export const skimImage = (image: Image, files: Files): Promise<VerifyResult> =>
  lookAt(image, files, async (digest, storedBytes) => {
    const path = files.chunks.pathOf(digest);
    try {
      const { size } = await stat(path);
      return size === storedBytes
        ? { bytes: size }
        : { found: `${path} is damaged: it has ${size} bytes of ${storedBytes}` };
    } catch (error) {
      return { found: `${path} cannot be read: ${(error as Error).message}` };
    }
  });

async function lookAt(
  image: Image,
  files: Files,
  look: (digest: string, storedBytes: number) => Promise<Found>,
): Promise<VerifyResult> {
  const read = await files.manifests.read(image.digest);
  if (!read.ok) return { ok: false, damage: [{ chunk: undefined, found: read.found }] };
  const damage: ImageDamage[] = [];
  let bytes = 0;
  const chunks = distinct(read.manifest);
  for (const [digest, { index, storedBytes }] of chunks) {
    const result = await look(digest, storedBytes);
    if ("bytes" in result) bytes += result.bytes;
    else damage.push({ chunk: index, found: result.found });
  }
  return damage.length > 0 ? { ok: false, damage } : { ok: true, chunks: chunks.size, bytes };
}

type Chunk = { readonly index: number; readonly storedBytes: number };

/** Each stored chunk once, by digest, in order. */
export function distinct(manifest: Manifest): ReadonlyMap<string, Chunk> {
  const chunks = new Map<string, Chunk>();
  for (const [index, { digest, storedBytes }] of manifest.entries.entries())
    if (storedBytes > 0 && !chunks.has(digest)) chunks.set(digest, { index, storedBytes });
  return chunks;
}

/** One line for a person. */
export const describeDamage = (image: string, { chunk, found }: ImageDamage): string =>
  `Image "${image}" is damaged: ${chunk === undefined ? "" : `chunk ${chunk}: `}${found}; import it again with --replace`;
