/** An image in memory: what an import makes, for tests of what comes after. */
import { createHash, type Hash, hash } from "node:crypto";
import { zstdCompressSync } from "node:zlib";
import { encodeManifest, type ManifestEntry, ZERO_DIGEST } from "#src/images/manifest.ts";
import { type ImageReader, ImageUnreadable } from "#src/images/reader.ts";

const sha256 = (bytes: Uint8Array): string => hash("sha256", bytes);

export type MemoryImage = {
  readonly digest: string;
  readonly manifest: Buffer;
  /** Compressed, by chunk number. */
  readonly chunks: readonly Buffer[];
  readonly storedBytes: number;
  readonly rawDigest: string;
};

/** Makes an image of `raw`, cut every `chunkRawBytes`. */
export function makeImage(
  raw: Uint8Array,
  { kind = "archive" as "archive" | "disk", chunkRawBytes = 1 << 20 } = {},
): MemoryImage {
  const entries: ManifestEntry[] = [];
  const chunks: Buffer[] = [];
  const whole: Hash = createHash("sha256").update(raw);
  for (let rawOffset = 0; rawOffset < raw.length; rawOffset += chunkRawBytes) {
    const piece = raw.subarray(rawOffset, rawOffset + chunkRawBytes);
    const isZero = kind === "disk" && piece.every((byte) => byte === 0);
    const chunk = isZero ? Buffer.alloc(0) : zstdCompressSync(piece);
    const digest = isZero ? ZERO_DIGEST : sha256(chunk);
    chunks.push(chunk);
    entries.push({ rawOffset, rawBytes: piece.length, storedBytes: chunk.length, digest });
  }
  const rawDigest = whole.digest("hex");
  const manifest = encodeManifest({ kind, rawBytes: raw.length, rawDigest, entries });
  const storedBytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return { digest: sha256(manifest), manifest, chunks, storedBytes, rawDigest };
}

/** Reads images as the chunk store does. */
export function memoryReader(...images: readonly MemoryImage[]): ImageReader {
  const byDigest = new Map(images.map((image) => [image.digest, image]));
  const find = (digest: string): MemoryImage => {
    const image = byDigest.get(digest);
    if (!image) throw new ImageUnreadable(`Cannot read image ${digest}: not there`);
    return image;
  };
  return {
    manifestBytes: async (digest) => find(digest).manifest,
    readChunk: async (digest, index, offsetBytes, into) => {
      const chunk = find(digest).chunks[index];
      if (!chunk) throw new ImageUnreadable(`Cannot read chunk ${index} of image ${digest}: not there`);
      return offsetBytes < chunk.length ? chunk.copy(into, 0, offsetBytes) : 0;
    },
    expectChunk: () => {},
  };
}
