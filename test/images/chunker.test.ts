import fc from "fast-check";
import { expect, test } from "vitest";
import type { ImageKind } from "#src/images/catalogue.ts";
import { ZERO_UNIT_BYTES } from "#src/images/chunker.ts";
import { decodeManifest, encodeManifest } from "#src/images/manifest.ts";
import { type Chunked, chunked, restored, sha256 } from "./memory_sink.ts";

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
  const { manifest, chunks } = await chunked("archive", [{ zeroBytes: 9 * ZERO_UNIT_BYTES + 1 }]);
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
        expect(one.manifest.rawDigest).toBe(sha256(raw));
        expect(restored(one).equals(raw)).toBe(true);
      },
    ),
    { numRuns: 20 },
  );
});
