import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ImageLibrary } from "#src/images/library.ts";
import type { ImageReader } from "#src/images/reader.ts";
import {
  filesIn,
  FILL as fill,
  flippedAt,
  type Lab,
  memoryCatalogue,
  openLab,
  ROOT as root,
} from "./image_lab.ts";
import { bootableRoot } from "./tar_bytes.ts";

let lab: Lab;
beforeEach(() => {
  lab = openLab();
});
afterEach(() => lab.close());

test("two imports share chunks, and one that fails takes only its own", async () => {
  const gate = Promise.withResolvers<void>();
  async function* failsLate(): AsyncGenerator<Buffer> {
    yield root.subarray(0, 9_000_000);
    await gate.promise;
    throw new Error("aborted");
  }
  const failing = lab.library.import({ source: Readable.from(failsLate()), name: "failing" });
  const good = await lab.importBytes(root, "good");
  gate.resolve();
  expect((await failing).ok).toBe(false);
  if (!good.ok) throw new Error("import failed");
  expect(await lab.library.verify(good.image)).toMatchObject({ ok: true });
  expect(filesIn(join(lab.images, "chunks"))).toHaveLength(3);
});

test("collecting garbage spares what a running import has stored", async () => {
  const gate = Promise.withResolvers<void>();
  async function* slow(): AsyncGenerator<Buffer> {
    yield root.subarray(0, 9_000_000);
    await gate.promise;
    yield root.subarray(9_000_000);
  }
  const importing = lab.library.import({ source: Readable.from(slow()), name: "slow" });
  while (filesIn(join(lab.images, "chunks")).length < 2) await setImmediate();
  expect(await lab.library.collectGarbage()).toMatchObject({ chunks: 0 });
  gate.resolve();
  const result = await importing;
  if (!result.ok) throw new Error("import failed");
  expect(await lab.library.verify(result.image)).toMatchObject({ ok: true, chunks: 3 });
});

test("removing an image leaves the chunks of others, and what a deployment uses", async () => {
  const one = await lab.importBytes(root, "one");
  await lab.importBytes(root, "same");
  await lab.importBytes(bootableRoot(Buffer.concat([fill, fill])), "longer");
  if (!one.ok) throw new Error("import failed");
  expect(await lab.remove("one")).toBe(true);
  expect(await lab.remove("one")).toBe(false);
  expect(await lab.library.verify(one.image)).toMatchObject({ ok: true });
  lab.inUse = [one.image.digest];
  await lab.remove("same");
  expect(await lab.library.verify(one.image)).toMatchObject({ ok: true });
  lab.inUse = [];
  await lab.library.collectGarbage();
  expect(existsSync(join(lab.images, "manifests", one.image.digest))).toBe(false);
  expect(await lab.remove("longer")).toBe(true);
  expect(lab.everything()).toEqual([]);
});

test("replacing an image takes away what only the old one had", async () => {
  await lab.importBytes(root, "root");
  const source = Readable.from([bootableRoot()]);
  const result = await lab.library.import({ source, name: "root", replace: true });
  expect(result.ok && lab.byName("root")?.digest === result.image.digest).toBe(true);
  expect(filesIn(join(lab.images, "chunks"))).toHaveLength(1);
  expect(readdirSync(join(lab.images, "manifests"))).toHaveLength(1);
});

test("damage at rest is found, named, not served, and repaired by importing again", async () => {
  const result = await lab.importBytes(root, "root");
  if (!result.ok) throw new Error("import failed");
  const [chunk = ""] = filesIn(join(lab.images, "chunks"));
  const bytes = readFileSync(chunk);
  writeFileSync(chunk, flippedAt(bytes, 20));
  const verified = await lab.library.verify(result.image);
  expect(verified).toMatchObject({ ok: false });
  if (!verified.ok) expect(verified.damage[0]?.found).toContain(chunk);
  const reads = [0, 1, 2].map((index) =>
    partOf(lab.reader, { digest: result.image.digest, index, offset: 0, bytes: 10 }),
  );
  const outcomes = await Promise.allSettled(reads);
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  expect(refused).toHaveLength(1);
  expect(String(refused[0]?.reason)).toContain("is damaged");
  expect((await lab.importBytes(root, "again")).ok).toBe(true);
  expect(await lab.library.verify(result.image)).toMatchObject({ ok: true });
});

test("a damaged manifest keeps every chunk from being collected", async () => {
  const result = await lab.importBytes(root, "root");
  if (!result.ok) throw new Error("import failed");
  writeFileSync(join(lab.images, "manifests", result.image.digest), "damaged");
  expect(await lab.library.collectGarbage()).toMatchObject({ chunks: 0, unreadable: ["root:1"] });
  await expect(lab.reader.manifestBytes(result.image.digest)).rejects.toThrow("is damaged");
  expect(filesIn(join(lab.images, "chunks"))).toHaveLength(3);
});

test("while an entry cannot be read, nothing is removed", async () => {
  await lab.importBytes(root, "root");
  const before = filesIn(lab.images);
  const unread = { ...memoryCatalogue(), unreadCount: 1 };
  const library = new ImageLibrary({ directory: lab.images, catalogue: unread, nowMs: () => 0 });
  expect(await library.collectGarbage()).toEqual({ manifests: 0, chunks: 0, bytes: 0, unreadable: [] });
  expect(filesIn(lab.images)).toEqual(before);
});

test("the reader gives parts of chunks and says what does not exist", async () => {
  const result = await lab.importBytes(root, "root");
  if (!result.ok) throw new Error("import failed");
  const { digest } = result.image;
  const { reader } = lab;
  const part = (index: number, offset: number, bytes: number): Promise<Buffer> =>
    partOf(reader, { digest, index, offset, bytes });
  const manifest = await reader.manifestBytes(digest);
  expect(createHash("sha256").update(manifest).digest("hex")).toBe(digest);
  const whole = await part(0, 0, 2 ** 24);
  expect(await part(0, 1000, 500)).toEqual(whole.subarray(1000, 1500));
  expect((await part(0, whole.length, 500)).length).toBe(0);
  await expect(part(3, 0, 1)).rejects.toThrow("has 3 chunks; number 3 was asked for");
  await expect(reader.manifestBytes("ab".repeat(32))).rejects.toThrow("cannot be read");
  await expect(reader.manifestBytes("../../etc/passwd")).rejects.toThrow("is no image digest");
  // Removed while it is hot: what was promised to a running broadcast still comes from memory.
  rmSync(join(lab.images, "chunks"), { recursive: true });
  expect(await part(0, 0, 2 ** 24)).toEqual(whole);
  reader.release();
  await expect(part(0, 0, 1)).rejects.toThrow("cannot be read");
});

async function partOf(
  reader: ImageReader,
  { digest, index, offset, bytes }: { digest: string; index: number; offset: number; bytes: number },
): Promise<Buffer> {
  const into = Buffer.alloc(bytes);
  return into.subarray(0, await reader.readChunk(digest, index, offset, into));
}

/** Imports what comes on its stdin and never gets to the end of it. */
const IMPORTER = `
  import { Lab } from "./test/images/image_lab.ts";
  await new Lab(process.argv[1]).library.import({ source: process.stdin, name: "killed" });
`;

test("what a killed import left goes at the next start", async () => {
  const kept = await lab.importBytes(bootableRoot(), "kept");
  const before = filesIn(lab.images);
  const child = spawn(process.execPath, ["--input-type=module", "--eval", IMPORTER, lab.folder], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  const closed = once(child, "close");
  // What it has not read when it is killed cannot be delivered.
  child.stdin.on("error", () => undefined);
  child.stdin.write(root.subarray(0, 9_000_000));
  // It waits for the rest; the chunks before it come to the disk.
  const chunks = join(lab.images, "chunks");
  const keptChunks = filesIn(chunks).length;
  while (filesIn(chunks).length === keptChunks && child.exitCode === null) await setImmediate();
  child.kill("SIGKILL");
  await closed;
  expect(filesIn(lab.images).length).toBeGreaterThan(before.length);

  const next = openLab(lab.folder);
  if (!kept.ok) throw new Error("import failed");
  await next.catalogue.put(kept.image);
  expect((await next.library.collectGarbage()).chunks).toBeGreaterThan(0);
  expect(filesIn(lab.images)).toEqual(before);
  expect(await next.library.verify(kept.image)).toMatchObject({ ok: true });
});
