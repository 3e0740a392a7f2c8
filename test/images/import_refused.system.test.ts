import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeImportProblem } from "#src/images/import_problem.ts";
import { flippedAt, type Lab, openLab, packed, ROOT as root, slices } from "./image_lab.ts";
import { bootableRoot, TAR_END, tarEntry } from "./tar_bytes.ts";

let lab: Lab;
beforeEach(() => {
  lab = openLab();
});
afterEach(() => lab.close());

const big = gzipSync(root);
const NOT_A_TAR: readonly (readonly [string, () => Buffer, string])[] = [
  ["empty file", () => Buffer.alloc(0), "found nothing: it is empty at byte 0 of the file data"],
  [
    "text",
    () => Buffer.from("hello, world\n"),
    "no known archive or disk (it starts with the bytes 68656c6c6f2c2077)",
  ],
  [
    "qcow2 of version 16843009",
    () => Buffer.concat([Buffer.from("QFI\xfb", "latin1"), Buffer.alloc(600, 1)]),
    "a qcow2 image of version 16843009 at byte 4 of the file data",
  ],
  [
    "gzip of text",
    () => gzipSync("hello, world".repeat(100)),
    "no known archive or disk (it starts with the bytes 68656c6c6f2c2077) at byte 0 of the unpacked data",
  ],
  ["gzip in zstd", () => zstdCompressSync(big), "gzip data at byte 0 of the unpacked data"],
  ["tar cut short", () => root.subarray(0, 5_000_000), 'the end of the stream in the data of "./fill"'],
  [
    "gzip cut short",
    () => big.subarray(0, 5_000_000),
    "damaged or truncated gzip data (unexpected end of file) at byte 5000000 of the file",
  ],
  ["gzip with a flipped bit", () => flippedAt(big, 3_000_000), "gzip data"],
  ["zstd cut short", () => zstdCompressSync(root).subarray(0, -3), "damaged or truncated zstd data"],
  [
    "zstd with trash behind",
    () => Buffer.concat([zstdCompressSync(root), Buffer.from("trash")]),
    "5 bytes that are not zstd data",
  ],
  [
    "xz cut short",
    () => packed("xz", root).subarray(0, -30),
    "damaged or truncated xz data (xz: (stdin): Unexpected end of input)",
  ],
  ["bzip2 cut short", () => packed("bzip2", root).subarray(0, -30), "damaged or truncated bzip2 data"],
  [
    "zstd that wants 2 GiB of memory",
    () => Buffer.concat([Buffer.from("28b52ffd00a8", "hex"), Buffer.alloc(600)]),
    "too much memory",
  ],
  ["tar without its end", () => root.subarray(0, -1024), "before the two zero blocks that end a tar"],
  [
    "path out of the root",
    () => Buffer.concat([tarEntry({ path: "../x" }), TAR_END]),
    'the path "../x", which leads outside',
  ],
];

test.each(NOT_A_TAR)("%s", async (_, bytes, found) => {
  const result = await lab.importBytes(bytes(), "bad");
  expect(result.ok).toBe(false);
  if (!result.ok) expect(describeImportProblem("bad", result.problem)).toContain(found);
  expect(lab.everything()).toEqual([]);
});

test("a root without kernel, unless it is allowed", async () => {
  const bytes = Buffer.concat([tarEntry({ path: "sbin/init" }), TAR_END]);
  const refused = await lab.importBytes(bytes, "bare");
  expect(refused).toEqual({
    ok: false,
    problem: { kind: "notBootable", missing: ["kernel (/boot/vmlinuz-*)"] },
  });
  expect(lab.everything()).toEqual([]);
  expect(
    (await lab.library.import({ source: Readable.from([bytes]), name: "bare", allowUnbootable: true })).ok,
  ).toBe(true);
});

test.each([
  ["bad/name", "badName"],
  ["..", "badName"],
])("the name %s", async (name, kind) => {
  expect(await lab.importBytes(root, name)).toMatchObject({ ok: false, problem: { kind } });
});

test("a version that is taken, and the next one is not", async () => {
  expect((await lab.importBytes(root, "root")).ok).toBe(true);
  const before = lab.everything();
  const source = Readable.from([bootableRoot()]);
  expect(await lab.library.import({ source, name: "root", version: 1 })).toEqual({
    ok: false,
    problem: { kind: "versionTaken", version: 1 },
  });
  expect(lab.everything()).toEqual(before);
  expect(await lab.importBytes(bootableRoot(), "root")).toMatchObject({ image: { version: 2 } });
});

test("a kernel that its description names and that it does not hold, even when it need not boot", async () => {
  const about = { kernel: "boot/vmlinuz-9", initramfs: "boot/initrd.img-6.1.0-10-amd64" };
  const source = Readable.from([root]);
  expect(await lab.library.import({ source, name: "root", about, allowUnbootable: true })).toEqual({
    ok: false,
    problem: { kind: "namedMissing", paths: ["boot/vmlinuz-9"] },
  });
  expect(lab.everything()).toEqual([]);
});

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const packedRoot = gzipSync(root);

test.each([
  ["as it lies there", root],
  ["packed", packedRoot],
])("a source with another digest than announced, %s", async (_, bytes) => {
  const wanted = sha256(Buffer.concat([bytes, bytes]));
  const source = Readable.from([bytes], { objectMode: false });
  expect(await lab.library.import({ source, name: "root", sha256: wanted })).toEqual({
    ok: false,
    problem: { kind: "otherDigest", wanted, found: sha256(bytes) },
  });
  expect(lab.everything()).toEqual([]);
  const right = Readable.from([bytes], { objectMode: false });
  expect((await lab.library.import({ source: right, name: "root", sha256: sha256(bytes) })).ok).toBe(true);
});

test("a file that is not there, or a folder", async () => {
  const missing = await lab.library.import({ source: join(lab.folder, "none.tar"), name: "x" });
  expect(missing).toMatchObject({ problem: { kind: "sourceUnreadable" } });
  if (!missing.ok) expect(describeImportProblem("x", missing.problem)).toContain("none.tar");
  expect(await lab.library.import({ source: lab.folder, name: "x" })).toMatchObject({
    problem: { kind: "sourceUnreadable" },
  });
});

test("an upload that breaks off", async () => {
  async function* broken(): AsyncGenerator<Buffer> {
    yield root.subarray(0, 6_000_000);
    throw new Error("aborted");
  }
  const result = await lab.library.import({ source: Readable.from(broken()), name: "x" });
  expect(result).toEqual({ ok: false, problem: { kind: "sourceUnreadable", detail: "aborted" } });
  expect(lab.everything()).toEqual([]);
});

test.each(["tar", "gzip", "xz"])("an import of %s that is cancelled in the middle", async (format) => {
  const abort = new AbortController();
  const bytes = format === "tar" ? root : format === "gzip" ? big : packed("xz", root);
  const result = await lab.library.import({
    source: Readable.from(slices(bytes), { objectMode: false }),
    name: "x",
    signal: abort.signal,
    onProgress: ({ rawBytes }) => {
      if (rawBytes > 5_000_000) abort.abort();
    },
  });
  expect(result).toEqual({ ok: false, problem: { kind: "cancelled" } });
  expect(lab.everything()).toEqual([]);
});

test("a bomb, soon and with little of the disk", async () => {
  // 4 GiB of zeros as one file of a good tar, in some hundred kilobytes.
  const size = Buffer.from("40000000000\0");
  const header = tarEntry({ path: "boot/vmlinuz-1", sizeField: size });
  const frame = zstdCompressSync(Buffer.alloc(256 * 1024 * 1024));
  const bomb = Buffer.concat([zstdCompressSync(header), ...Array.from({ length: 16 }, () => frame)]);
  const result = await lab.importBytes(bomb, "bomb");
  expect(result).toMatchObject({ problem: { kind: "bomb" } });
  if (!result.ok && result.problem.kind === "bomb") expect(result.problem.rawBytes).toBeLessThan(300 << 20);
  expect(lab.everything()).toEqual([]);
});

test("more than the limit", async () => {
  const result = await lab.library.import({
    source: Readable.from([big]),
    name: "x",
    limits: { rawBytes: 5_000_000 },
  });
  expect(result).toEqual({ ok: false, problem: { kind: "tooLarge", limitBytes: 5_000_000 } });
  expect(lab.everything()).toEqual([]);
});

test("an entry that the catalogue refuses", async () => {
  lab.refuseEntries = Object.assign(new Error("database is locked"), { code: "ERR_SQLITE_ERROR" });
  const result = await lab.importBytes(root, "root");
  expect(result).toEqual({ ok: false, problem: { kind: "storeFailed", detail: "database is locked" } });
  expect(lab.everything()).toEqual([]);
});
test("a full disk: one clear message, and the space is back", async () => {
  const small = join(lab.folder, "small");
  mkdirSync(small);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=5m", "tmpfs", small]);
  try {
    const full = openLab(small);
    const result = await full.importBytes(root, "root");
    expect(result).toEqual({ ok: false, problem: { kind: "diskFull", directory: full.images } });
    expect(full.everything()).toEqual([]);
    expect((await full.importBytes(bootableRoot(), "small")).ok).toBe(true);
  } finally {
    execFileSync("umount", [small]);
  }
});
