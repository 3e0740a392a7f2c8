import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ImageKind } from "#src/images/catalogue.ts";
import type { ChunkSession } from "#src/images/chunk_store.ts";
import { CHUNK_RAW_BYTES, Chunker, ZERO_UNIT_BYTES } from "#src/images/chunker.ts";
import type { CompressPool } from "#src/images/compress_pool.ts";
import { decodeManifest, encodeManifest, type Manifest } from "#src/images/manifest.ts";

type Part = Buffer | { readonly zeroBytes: number };
type Chunked = { readonly manifest: Manifest; readonly chunks: ReadonlyMap<string, Buffer> };

/** Chunks that are kept as they are: what is tested here is where they begin and end. */
async function chunked(kind: ImageKind, parts: readonly Part[]): Promise<Chunked> {
  const chunks = new Map<string, Buffer>();
  const pool: Pick<CompressPool, "threads" | "compress"> = {
    threads: 1,
    compress: async ({ buffer, bytes }) => {
      const stored = Buffer.from(Buffer.from(buffer, 0, bytes));
      return { buffer, stored, digest: createHash("sha256").update(stored).digest("hex") };
    },
  };
  const session: Pick<ChunkSession, "put"> = {
    put: async (digest, stored) => void chunks.set(digest, Buffer.from(stored)),
  };
  const chunker = new Chunker({ kind, pool: pool as CompressPool, session: session as ChunkSession });
  for (const part of parts) {
    if (Buffer.isBuffer(part)) await chunker.add(part);
    else await chunker.addZeros(part.zeroBytes);
  }
  await chunker.finish();
  return { manifest: chunker.manifest(), chunks };
}

/** `[raw offset, raw bytes, "zeros" or "data"]` in units of {@link ZERO_UNIT_BYTES}. */
const layout = ({ manifest }: Chunked): readonly (readonly [number, number, string])[] =>
  manifest.entries.map((entry) => [
    entry.rawOffset / ZERO_UNIT_BYTES,
    entry.rawBytes / ZERO_UNIT_BYTES,
    entry.storedBytes === 0 ? "zeros" : "data",
  ]);

const unit = (fill: number): Buffer => Buffer.alloc(ZERO_UNIT_BYTES, fill);

test("a disk is cut where its offset is a multiple of a chunk, and around units of zeros", async () => {
  const disk = [1, 0, 2, 3, 4, 4, 4, 4, 0, 0, 0, 0, 0, 5].map(unit);
  expect(layout(await chunked("disk", disk))).toEqual([
    [0, 1, "data"],
    [1, 1, "zeros"],
    [2, 2, "data"],
    [4, 4, "data"],
    [8, 5, "zeros"],
    [13, 1, "data"],
  ]);
});

test("zeros at the end of a disk are a run too, whatever their length", async () => {
  expect(layout(await chunked("disk", [unit(1), Buffer.alloc(ZERO_UNIT_BYTES / 2)]))).toEqual([
    [0, 1, "data"],
    [1, 0.5, "zeros"],
  ]);
  expect(layout(await chunked("disk", [{ zeroBytes: 1000 * ZERO_UNIT_BYTES }]))).toEqual([
    [0, 1000, "zeros"],
  ]);
});

test("zeros in an archive are data", async () => {
  const { manifest, chunks } = await chunked("archive", [{ zeroBytes: 2 * CHUNK_RAW_BYTES + 1 }]);
  expect(manifest.entries.every(({ storedBytes }) => storedBytes > 0)).toBe(true);
  expect(chunks.size).toBe(2);
});

const part = fc.oneof(
  fc.record({ fill: fc.nat(2), bytes: fc.integer({ min: 1, max: 2_500_000 }) }),
  fc.record({ fill: fc.constant(0), bytes: fc.integer({ min: 1, max: 6_000_000 }) }),
);

test("the raw bytes alone decide, not the pieces in which they come, and all of them come back", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<ImageKind>("archive", "disk"),
      fc.array(part, { maxLength: 5 }),
      fc.integer({ min: 100_000, max: 3_000_000 }),
      async (kind, parts, readBytes) => {
        const raw = Buffer.concat(parts.map(({ fill, bytes }) => Buffer.alloc(bytes, fill)));
        const reads: Buffer[] = [];
        for (let at = 0; at < raw.length; at += readBytes) reads.push(raw.subarray(at, at + readBytes));
        const named = parts.map(({ fill, bytes }) =>
          fill === 0 ? { zeroBytes: bytes } : Buffer.alloc(bytes, fill),
        );
        const [one, other] = [await chunked(kind, reads), await chunked(kind, named)];
        expect(other.manifest).toEqual(one.manifest);
        expect(decodeManifest(encodeManifest(one.manifest)).ok).toBe(true);
        expect(one.manifest.rawDigest).toBe(createHash("sha256").update(raw).digest("hex"));
        const back = one.manifest.entries.map(
          (entry) => one.chunks.get(entry.digest) ?? Buffer.alloc(entry.rawBytes),
        );
        expect(Buffer.concat(back).equals(raw)).toBe(true);
      },
    ),
    { numRuns: 20 },
  );
});
