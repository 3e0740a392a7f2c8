/** The far side of a chunker, in memory: chunks are kept as they are, for what is looked at is where they begin and end. */
import { createHash } from "node:crypto";
import type { ImageKind } from "#src/images/catalogue.ts";
import type { ChunkSink } from "#src/images/chunk_writer.ts";
import { Chunker } from "#src/images/chunker.ts";
import type { Manifest } from "#src/images/manifest.ts";

export type Part = Buffer | { readonly zeroBytes: number };
export type Chunked = { readonly manifest: Manifest; readonly chunks: ReadonlyMap<string, Buffer> };

export async function chunked(kind: ImageKind, parts: readonly Part[]): Promise<Chunked> {
  const chunks = new Map<string, Buffer>();
  const chunker = new Chunker({ kind, ...memorySink(chunks) });
  for (const part of parts) {
    if (Buffer.isBuffer(part)) await chunker.add(part);
    else await chunker.addZeros(part.zeroBytes);
  }
  return { manifest: await chunker.finish(), chunks };
}

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Every byte of the raw stream, put together again from chunks and runs of zeros. */
export const restored = ({ manifest, chunks }: Chunked): Buffer =>
  Buffer.concat(manifest.entries.map(({ digest, rawBytes }) => chunks.get(digest) ?? Buffer.alloc(rawBytes)));

function memorySink(chunks: Map<string, Buffer>): ChunkSink {
  const rawHash = createHash("sha256");
  return {
    threads: {
      compressors: 1,
      compress: async ({ buffer, bytes }) => {
        const stored = new Uint8Array(new Uint8Array(buffer, 0, bytes));
        return { stored, digest: sha256(stored) };
      },
      hash: async ({ buffer, bytes }, repeat = 1) => {
        for (let count = 0; count < repeat; count++) rawHash.update(new Uint8Array(buffer, 0, bytes));
      },
      rawDigest: async () => rawHash.digest("hex"),
    },
    session: { put: async (digest, stored) => void chunks.set(digest, Buffer.from(stored)) },
  };
}
