import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createWriteStream, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { setImmediate } from "node:timers/promises";
import { zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ARCHIVE_CHUNK } from "#src/images/archive_cuts.ts";
import type { Image } from "#src/images/catalogue.ts";
import { encodeManifest, type ManifestEntry } from "#src/images/manifest.ts";
import { FILL, filesIn, flippedAt, type Lab, openLab, ROOT } from "./image_lab.ts";
import { noise } from "./noise.ts";
import { bootableRoot } from "./tar_bytes.ts";

const MIB = 1024 * 1024;

let lab: Lab;
beforeEach(() => {
  lab = openLab();
});
afterEach(() => lab.close());

const imported = async (bytes: Buffer, name: string): Promise<Image> => {
  const source = Readable.from([bytes], { objectMode: false });
  const result = await lab.library.import({ source, name, allowUnbootable: true });
  if (!result.ok) throw new Error(`import failed: ${JSON.stringify(result.problem)}`);
  return result.image;
};
const sha256sum = (path: string): string =>
  execFileSync("sha256sum", [path], { encoding: "utf8" }).slice(0, 64);

test("a tar that tar and zstd made comes back byte for byte", async () => {
  const tree = join(lab.folder, "tree");
  for (const folder of ["etc", "usr/bin", "usr/lib"]) mkdirSync(join(tree, folder), { recursive: true });
  for (let index = 0; index < 60; index++)
    writeFileSync(join(tree, "usr/lib", `lib-${index}.so`), noise(20_000 + index * 7001, index + 1));
  const [tar, packed, back] = ["root.tar", "root.tar.zst", "back.tar"].map((name) => join(lab.folder, name));
  if (!tar || !packed || !back) throw new Error("no paths");
  execFileSync("tar", ["-C", tree, "-cf", tar, "."]);
  execFileSync("zstd", ["-q", tar, "-o", packed]);
  const result = await lab.library.import({ source: packed, name: "root", allowUnbootable: true });
  if (!result.ok) throw new Error("import failed");
  await pipeline(await lab.library.export(result.image), createWriteStream(back));
  expect(sha256sum(back)).toBe(sha256sum(tar));
  expect(result.image.rawDigest).toBe(sha256sum(tar));
});

test("a disk with runs of zeros comes back byte for byte", async () => {
  const head = Buffer.alloc(MIB, 1);
  head.write("55aa", 510, "hex");
  const disk = Buffer.concat([head, Buffer.alloc(20 * MIB), noise(5 * MIB, 2), Buffer.alloc(3 * MIB + 512)]);
  const image = await imported(disk, "disk");
  expect(image).toMatchObject({ kind: "disk", rawBytes: disk.length });
  expect((await buffer(await lab.library.export(image))).equals(disk)).toBe(true);
});

test("an image that is removed while it is read is read to its end, and goes then", async () => {
  // More chunks than are read ahead.
  const root = bootableRoot(noise(40 * MIB, 12));
  const image = await imported(root, "root");
  const stream = await lab.library.export(image);
  const pieces = stream[Symbol.asyncIterator]();
  const first = (await pieces.next()).value as Buffer;
  expect(await lab.remove("root")).toBe(true);
  const rest: Buffer[] = [first];
  for (let next = await pieces.next(); !next.done; next = await pieces.next())
    rest.push(next.value as Buffer);
  expect(Buffer.concat(rest).equals(root)).toBe(true);
  while (lab.everything().length > 0) await setImmediate();
});

test("who stops reading holds nothing", async () => {
  const stream = await lab.library.export(await imported(ROOT, "root"));
  stream.destroy();
  await lab.remove("root");
  while (lab.everything().length > 0) await setImmediate();
});

test("a damaged chunk ends it before a byte of that chunk, named", async () => {
  const image = await imported(ROOT, "root");
  const manifest = readFileSync(join(lab.images, "manifests", image.digest));
  const digest = manifest.toString("hex", 52 + 52 + 20, 52 + 52 + 52);
  const path = join(lab.images, "chunks", digest.slice(0, 2), digest.slice(2));
  writeFileSync(path, flippedAt(readFileSync(path), 1000));
  const pieces: Buffer[] = [];
  const read = (async () => {
    for await (const piece of await lab.library.export(image)) pieces.push(piece as Buffer);
  })();
  await expect(read).rejects.toThrow('Image "root:1" is damaged: chunk 1: ');
  expect(Buffer.concat(pieces).equals(ROOT.subarray(0, Buffer.concat(pieces).length))).toBe(true);
  expect(await lab.library.verify(image)).toMatchObject({ ok: false, damage: [{ chunk: 1 }] });
  // In full length it still is; cut short, a look is enough.
  expect(await lab.library.skim(image)).toMatchObject({ ok: true });
  writeFileSync(path, "short");
  expect(await lab.library.skim(image)).toMatchObject({ ok: false, damage: [{ chunk: 1 }] });
  rmSync(path);
  expect(await lab.library.skim(image)).toMatchObject({ ok: false, damage: [{ chunk: 1 }] });
});

test("images of fixed chunks of 4 MiB, as older versions made them, are read and verified", async () => {
  const image = await imported(bootableRoot(), "kept");
  const entries: ManifestEntry[] = [];
  for (let rawOffset = 0; rawOffset < ROOT.length; rawOffset += 4 * MIB) {
    const raw = ROOT.subarray(rawOffset, rawOffset + 4 * MIB);
    const stored = zstdCompressSync(raw);
    const digest = createHash("sha256").update(stored).digest("hex");
    const folder = join(lab.images, "chunks", digest.slice(0, 2));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, digest.slice(2)), stored);
    entries.push({ rawOffset, rawBytes: raw.length, storedBytes: stored.length, digest });
  }
  const rawDigest = createHash("sha256").update(ROOT).digest("hex");
  const bytes = encodeManifest({ kind: "archive", rawBytes: ROOT.length, rawDigest, entries });
  const digest = createHash("sha256").update(bytes).digest("hex");
  writeFileSync(join(lab.images, "manifests", digest), bytes);
  const old: Image = { ...image, name: "old", digest, rawBytes: ROOT.length, rawDigest, chunkCount: 3 };
  await lab.catalogue.put(old);
  await lab.library.collectGarbage();
  expect(await lab.library.verify(old)).toMatchObject({ ok: true, chunks: 3 });
  expect((await buffer(await lab.library.export(old))).equals(ROOT)).toBe(true);
});

test("what is shared is counted, and removing frees what is an image's own", async () => {
  const one = await imported(ROOT, "one");
  await imported(ROOT, "same");
  expect(await lab.library.ownBytes()).toEqual(
    new Map([
      ["one:1", 0],
      ["same:1", 0],
    ]),
  );
  await lab.remove("same");
  expect(await lab.library.ownBytes()).toEqual(new Map([["one:1", one.storedBytes]]));
  await imported(bootableRoot(Buffer.concat([FILL, noise(3 * MIB, 4)])), "longer");
  const own = (await lab.library.ownBytes()).get("longer:1") ?? 0;
  const before = lab.chunkBytes();
  await lab.remove("longer");
  expect(before - lab.chunkBytes()).toBe(own);
  expect(own).toBeGreaterThan(3 * MIB);
  expect(own).toBeLessThan(3 * MIB + ARCHIVE_CHUNK.mostBytes);
});

test("two imports of the same content at once are one set of files, whichever fails", async () => {
  for (const failing of [0, 1]) {
    const sources = [0, 1].map((index) =>
      Readable.from(
        (async function* () {
          yield ROOT.subarray(0, 9_000_000);
          while (filesIn(join(lab.images, "chunks")).length < 2) await setImmediate();
          if (index === failing) throw new Error("the cable");
          yield ROOT.subarray(9_000_000);
        })(),
        { objectMode: false },
      ),
    );
    const results = await Promise.all(
      sources.map((source, index) => lab.library.import({ source, name: `image-${index}` })),
    );
    expect(results.map(({ ok }) => ok)).toEqual([failing === 1, failing === 0]);
    const image = lab.catalogue.all()[0];
    if (!image) throw new Error("no image");
    expect(await lab.library.verify(image)).toMatchObject({ ok: true, chunks: 3 });
    expect(filesIn(join(lab.images, "chunks"))).toHaveLength(3);
    await lab.remove(image.name);
    expect(lab.everything()).toEqual([]);
  }
});

test("the same root with a file more shares most of its chunks", async () => {
  const files = noise(40 * MIB, 11);
  const one = await imported(bootableRoot(files), "one");
  const two = await imported(
    Buffer.concat([bootableRoot(Buffer.from("a file more")).subarray(0, -1024), bootableRoot(files)]),
    "two",
  );
  const own = (await lab.library.ownBytes()).get("two") ?? 0;
  expect(own).toBeLessThan(two.storedBytes / 3);
  expect(one.chunkCount).toBeGreaterThan(5);
});
