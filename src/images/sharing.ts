/** What images share, and what each has for itself. */
import type { Image } from "./catalogue.ts";
import { imageLabel } from "./image_reference.ts";
import type { ManifestFiles } from "./manifest_files.ts";
import { distinct } from "./verify.ts";

/** An image and its stored chunks: digest to compressed bytes. */
export type ImageChunks = { readonly label: string; readonly chunks: ReadonlyMap<string, number> };

/** Compressed bytes of the chunks that no other image has: what removing it frees. By label. */
export function ownBytesOf(images: readonly ImageChunks[]): ReadonlyMap<string, number> {
  const users = new Map<string, number>();
  for (const { chunks } of images)
    for (const digest of chunks.keys()) users.set(digest, (users.get(digest) ?? 0) + 1);
  return new Map(
    images.map(({ label, chunks }) => {
      let bytes = 0;
      for (const [digest, storedBytes] of chunks) if (users.get(digest) === 1) bytes += storedBytes;
      return [label, bytes];
    }),
  );
}

/** The same of stored images. Without those whose manifest cannot be read. */
export async function countOwnBytes(
  images: readonly Image[],
  manifests: Pick<ManifestFiles, "read">,
): Promise<ReadonlyMap<string, number>> {
  const counted: ImageChunks[] = [];
  for (const image of images) {
    const read = await manifests.read(image.digest);
    if (!read.ok) continue;
    const chunks = [...distinct(read.manifest)].map(([key, { storedBytes }]) => [key, storedBytes] as const);
    counted.push({ label: imageLabel(image), chunks: new Map(chunks) });
  }
  return ownBytesOf(counted);
}
