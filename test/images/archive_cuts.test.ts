import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ARCHIVE_CHUNK, ArchiveCuts, DEEP_BYTES } from "#src/images/archive_cuts.ts";
import { sha256 } from "./memory_sink.ts";
import { noise } from "./noise.ts";
import { TAR_END, tarEntry } from "./tar_bytes.ts";

const MIB = 1024 * 1024;

/** The chunks of a stream that comes in pieces of `readBytes`, as a chunker cuts it. */
function cut(raw: Buffer, readBytes: number): readonly Buffer[] {
  const cuts = new ArchiveCuts();
  const chunks: Buffer[] = [];
  let start = 0;
  for (let end = 0; end < raw.length; ) {
    end = Math.min(end + readBytes, raw.length);
    for (let bytes = cuts.next(raw.subarray(start, end)); bytes !== undefined; ) {
      chunks.push(raw.subarray(start, start + bytes));
      start += bytes;
      bytes = cuts.next(raw.subarray(start, end));
    }
  }
  if (start < raw.length) chunks.push(raw.subarray(start));
  return chunks;
}

const file = (name: string, data: Buffer): Buffer => tarEntry({ path: name, data });
const files = Array.from({ length: 400 }, (_, index) =>
  file(`usr/share/file-${index}`, noise(1000 + ((index * 7919) % 150_000), index)),
);
const archive = Buffer.concat([...files, TAR_END]);

/** The part of `changed` that lies in chunks which `original` has too, 0 to 1. */
function shared(original: Buffer, changed: Buffer): number {
  const known = new Set(cut(original, MIB).map(sha256));
  const bytes = cut(changed, MIB).filter((chunk) => known.has(sha256(chunk)));
  return bytes.reduce((sum, chunk) => sum + chunk.length, 0) / changed.length;
}

describe("sizes", () => {
  test("are near the wanted one, and none is tiny but the last", () => {
    const sizes = cut(archive, MIB).map((chunk) => chunk.length);
    expect(sizes.slice(0, -1).every((bytes) => bytes >= ARCHIVE_CHUNK.leastBytes)).toBe(true);
    const mean = archive.length / sizes.length;
    expect(mean).toBeGreaterThan(2 * MIB);
    expect(mean).toBeLessThan(5 * MIB);
  });

  test.each([
    ["zeros", Buffer.alloc(20 * MIB)],
    ["one block again and again", Buffer.alloc(20 * MIB, noise(512, 1))],
    ["one byte again and again", Buffer.alloc(20 * MIB + 7, 0xff)],
    ["noise of no whole number of blocks", noise(40 * MIB + 77, 9)],
  ])("%s stay below the most", (_, raw) => {
    const chunks = cut(raw, 100_000);
    expect(Buffer.concat(chunks).equals(raw)).toBe(true);
    expect(Math.max(...chunks.map((chunk) => chunk.length))).toBeLessThanOrEqual(ARCHIVE_CHUNK.mostBytes);
    expect(Math.min(...chunks.slice(0, -1).map((chunk) => chunk.length))).toBeGreaterThanOrEqual(MIB);
  });
});

describe("two versions share what did not change", () => {
  test("a file more", () => {
    const changed = Buffer.concat([...files.slice(0, 40), file("new", noise(777, 1)), ...files.slice(40)]);
    expect(shared(archive, changed)).toBeGreaterThan(0.7);
  });

  test("a file more at the start", () => {
    expect(shared(archive, Buffer.concat([file("new", noise(5000, 1)), archive]))).toBeGreaterThan(0.8);
  });

  test("a file less, and one that grew", () => {
    const grown = file("usr/share/file-30", noise(400_000, 30));
    const changed = [...files.slice(0, 30), grown, ...files.slice(31, 300), ...files.slice(301), TAR_END];
    expect(shared(archive, Buffer.concat(changed))).toBeGreaterThan(0.6);
  });

  test("single bytes more near the start of a large file", () => {
    const data = noise(64 * MIB, 3);
    const moved = Buffer.concat([data.subarray(0, 100), Buffer.from("more"), data.subarray(100)]);
    const around = (content: Buffer): Buffer =>
      Buffer.concat([...files.slice(0, 50), file("var/lib/large", content), ...files.slice(50)]);
    // All but what lies before the cuts begin to look at each byte.
    expect(shared(around(data), around(moved))).toBeGreaterThan(1 - (DEEP_BYTES + 16 * MIB) / (64 * MIB));
  });
});

test("equal bytes are cut equally, whatever the sizes of the reads", () => {
  const deep = Buffer.concat([...files.slice(0, 40), file("large", noise(24 * MIB + 100, 5)), archive]);
  const wanted = cut(deep, deep.length).map((chunk) => chunk.length);
  fc.assert(
    fc.property(fc.integer({ min: 700, max: 5 * MIB }), (readBytes) => {
      expect(cut(deep, readBytes).map((chunk) => chunk.length)).toEqual(wanted);
    }),
    { numRuns: 15 },
  );
});
