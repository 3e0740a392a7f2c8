import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeManifest, encodeManifest, type Manifest, ZERO_DIGEST } from "#src/images/manifest.ts";

/** Rows that the agent's C decoder runs too. */
const ROWS = readFileSync("test/vectors/manifest.tsv", "utf8")
  .split("\n")
  .filter((line) => line && !line.startsWith("#"))
  .map((line) => line.split("\t"))
  .map(([what = "", status = "", kind = "", rawSize = "", rawDigest = "", entries = "", hex = ""]) => ({
    what,
    status,
    kind,
    rawSize,
    rawDigest,
    entries,
    bytes: Buffer.from(hex.replace("-", ""), "hex"),
  }));

/** The entries in the spelling of the table. */
const spelled = (manifest: Manifest): string =>
  manifest.entries.map((e) => `${e.rawOffset}:${e.rawBytes}:${e.storedBytes}:${e.digest}`).join(",") || "-";

describe("the rows shared with the agent", () => {
  test("are there", () => expect(ROWS.length).toBeGreaterThan(10));

  test.each(ROWS)("$what: $status", (row) => {
    const decoded = decodeManifest(row.bytes);
    expect(decoded.ok).toBe(row.status === "OK");
    if (!decoded.ok) return;
    expect(decoded.value.kind).toBe(row.kind === "1" ? "archive" : "disk");
    expect(String(decoded.value.rawBytes)).toBe(row.rawSize);
    expect(decoded.value.rawDigest).toBe(row.rawDigest);
    expect(spelled(decoded.value)).toBe(row.entries);
    expect(encodeManifest(decoded.value).equals(row.bytes)).toBe(true);
  });
});

const hexDigest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((b) => Buffer.from(b).toString("hex"));
const chunk = fc.record({
  rawBytes: fc.integer({ min: 1, max: 16 * 1024 * 1024 }),
  storedBytes: fc.integer({ min: 1, max: 16 * 1024 * 1024 }),
  digest: hexDigest,
});
const zeros = fc
  .integer({ min: 1, max: 2 ** 40 })
  .map((rawBytes) => ({ rawBytes, storedBytes: 0, digest: ZERO_DIGEST }));

const disk: fc.Arbitrary<Manifest> = fc
  .record({ parts: fc.array(fc.oneof(chunk, zeros), { maxLength: 20 }), rawDigest: hexDigest })
  .map(({ parts, rawDigest }) => {
    let rawOffset = 0;
    const entries = parts.map((part) => {
      const entry = { rawOffset, ...part };
      rawOffset += part.rawBytes;
      return entry;
    });
    return { kind: "disk", rawBytes: rawOffset, rawDigest, entries };
  });

test("every manifest comes back as it was", () => {
  fc.assert(
    fc.property(disk, (manifest) => {
      expect(decodeManifest(encodeManifest(manifest))).toEqual({ ok: true, value: manifest });
    }),
  );
});

test("damaged bytes give a fault or another valid manifest, never a throw", () => {
  fc.assert(
    fc.property(disk, fc.nat(), fc.integer({ min: 1, max: 255 }), (manifest, at, flip) => {
      const bytes = encodeManifest(manifest);
      const index = at % bytes.length;
      bytes[index] = (bytes[index] ?? 0) ^ flip;
      const decoded = decodeManifest(bytes);
      if (decoded.ok) expect(encodeManifest(decoded.value).equals(bytes)).toBe(true);
      expect(decodeManifest(bytes.subarray(0, index)).ok).toBe(false);
    }),
  );
});

test("a run of zeros has no place in an archive", () => {
  const entries = [{ rawOffset: 0, rawBytes: 512, storedBytes: 0, digest: ZERO_DIGEST }];
  const manifest: Manifest = { kind: "archive", rawBytes: 512, rawDigest: "ab".repeat(32), entries };
  expect(() => encodeManifest(manifest)).toThrow("zeros in an archive");
});
