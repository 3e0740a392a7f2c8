import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeImportProblem } from "#src/images/import_problem.ts";
import { decodeManifest } from "#src/images/manifest.ts";
import { filesIn, type Lab, openLab, packed, ROOT as root } from "./image_lab.ts";
import { bootableRoot } from "./tar_bytes.ts";

let lab: Lab;
beforeEach(() => {
  lab = openLab();
});
afterEach(() => lab.close());

test.each([
  ["tar", () => root],
  ["gzip", () => gzipSync(root)],
  [
    "gzip of two members",
    () => Buffer.concat([gzipSync(root.subarray(0, 5000)), gzipSync(root.subarray(5000))]),
  ],
  ["bzip2", () => packed("bzip2", root)],
  ["xz", () => packed("xz", root)],
  ["lzma", () => packed("xz", root, "--format=lzma", "-0")],
  ["lzip", () => packed("lzip", root, "-0")],
  ["lz4", () => packed("lz4", root)],
  ["lz4 of linked blocks", () => packed("lz4", root, "-BD", "-BX", "-B4", "--content-size")],
  ["zstd", () => packed("zstd", root)],
  [
    "zstd of two frames",
    () => Buffer.concat([zstdCompressSync(root.subarray(0, 5000)), zstdCompressSync(root.subarray(5000))]),
  ],
])("packed as %s is stored chunk by chunk and comes back byte by byte", async (_, bytes) => {
  const path = join(lab.folder, "root.of-no-known-ending");
  writeFileSync(path, bytes());
  const result = await lab.library.import({ source: path, name: "root" });
  if (!result.ok) throw new Error(describeImportProblem("root", result.problem));
  const { image } = result;
  expect(image).toMatchObject({
    name: "root",
    kind: "archive",
    rawBytes: root.length,
    rawDigest: createHash("sha256").update(root).digest("hex"),
    chunkCount: 3,
    kernel: "./boot/vmlinuz-6.1.0-10-amd64".slice(2),
    osName: "Test Linux",
    createdAtMs: 1_700_000_000_000,
  });
  // Judged by the programs of others: manifest digest by sha256sum, chunks by zstd.
  const manifestPath = join(lab.images, "manifests", image.digest);
  expect(execFileSync("sha256sum", [manifestPath], { encoding: "utf8" })).toContain(image.digest);
  const decoded = decodeManifest(readFileSync(manifestPath));
  if (!decoded.ok) throw new Error(decoded.error.detail);
  const chunks = decoded.value.entries.map(({ digest }) =>
    join(lab.images, "chunks", digest.slice(0, 2), digest.slice(2)),
  );
  const unpacked = chunks.map((chunk) =>
    execFileSync("zstd", ["-dc", chunk], { maxBuffer: 8 * 1024 * 1024 }),
  );
  expect(Buffer.concat(unpacked).equals(root)).toBe(true);
  expect(unpacked.map((chunk) => chunk.length)).toEqual(
    decoded.value.entries.map(({ rawBytes }) => rawBytes),
  );
  expect(await lab.library.verify(image)).toEqual({ ok: true, chunks: 3, bytes: image.storedBytes });
});

test("from an upload, with progress", async () => {
  const seen: number[] = [];
  const result = await lab.library.import({
    source: Readable.from([root.subarray(0, 100), root.subarray(100)], { objectMode: false }),
    name: "root",
    onProgress: ({ rawBytes, rawBytesPerSec }) => seen.push(rawBytes, rawBytesPerSec),
  });
  expect(result.ok).toBe(true);
  expect(seen.length).toBeGreaterThan(1);
  expect(seen.at(-2)).toBe(root.length);
  expect(seen.at(-1)).toBeGreaterThan(0);
});

test("equal chunks are stored once, and counted once", async () => {
  const zeros = bootableRoot(Buffer.alloc(40 * 1024 * 1024));
  const result = await lab.importBytes(zeros, "zeros");
  expect(result.ok && result.image.chunkCount).toBe(6);
  expect(filesIn(join(lab.images, "chunks")).length).toBeLessThanOrEqual(4);
  expect(result.ok && result.image.storedBytes).toBe(lab.chunkBytes());
});
