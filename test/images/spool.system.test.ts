/** Sources that are read here and there: whatever goes wrong, nothing of them is left. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Spool } from "#src/images/spool.ts";
import { WindowCache } from "#src/images/window_cache.ts";
import { ociArchive } from "./container_bytes.ts";
import { openLab, slices } from "./image_lab.ts";
import { qcow2Bytes } from "./qcow2_bytes.ts";
import { bootableRoot } from "./tar_bytes.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "brigade-spool-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Files without a name that this process holds open below `path`. */
const held = (path: string): readonly string[] =>
  readdirSync("/proc/self/fd")
    .map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return "";
      }
    })
    .filter((target) => target.startsWith(path));

test("what goes in comes out, at any place and size; no name shows it", async () => {
  const bytes = randomBytes(5_000_000);
  await using spool = await Spool.open(folder);
  for (const slice of slices(bytes)) await spool.append(slice);
  expect(spool.sizeBytes).toBe(bytes.length);
  expect(readdirSync(folder)).toEqual([]);
  for (const [at, length] of [
    [0, 1],
    [1_048_575, 2],
    [4_999_999, 1],
    [100, 4_000_000],
  ] as const) {
    expect((await spool.read(at, length)).equals(bytes.subarray(at, at + length))).toBe(true);
    const pieces: Buffer[] = [];
    for await (const piece of new WindowCache(spool).read(at, length)) pieces.push(piece);
    expect(Buffer.concat(pieces).equals(bytes.subarray(at, at + length))).toBe(true);
  }
  await expect(spool.read(4_999_999, 2)).rejects.toThrow("behind the end");
});

const qcow2 = qcow2Bytes({
  clusterBits: 21,
  clusters: Array.from({ length: 6 }, (_, index) => ({ kind: "data", byte: index + 1 }) as const),
});
const container = ociArchive({
  layers: [{ tar: bootableRoot(randomBytes(8_000_000)) }, { tar: bootableRoot(randomBytes(8_000_000)) }],
});
const SOURCES = [
  ["qcow2", qcow2],
  ["container", container],
] as const;

test.each(SOURCES)("%s on a disk that is full", async (_, bytes) => {
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=10m", "tmpfs", folder]);
  try {
    mkdirSync(join(folder, "lab"));
    const lab = openLab(join(folder, "lab"));
    const result = await lab.importBytes(bytes, "big");
    expect(result).toEqual({ ok: false, problem: { kind: "diskFull", directory: lab.images } });
    expect([lab.everything(), held(folder)]).toEqual([[], []]);
  } finally {
    execFileSync("umount", [folder]);
  }
});

test.each(SOURCES)("%s that leaves the disk too little room", async (_, bytes) => {
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=100m", "tmpfs", folder]);
  try {
    // Of 104.9 MB the last 2.1 stay free.
    execFileSync("sh", ["-c", 'head -c 103000000 /dev/zero >"$0/filler" && mkdir "$0/lab"', folder]);
    const lab = openLab(join(folder, "lab"));
    const result = await lab.importBytes(bytes.subarray(0, 1_200_000), "big");
    expect(result).toMatchObject({ ok: false, problem: { kind: "diskFull" } });
    expect([lab.everything(), held(join(folder, "lab"))]).toEqual([[], []]);
  } finally {
    execFileSync("umount", [folder]);
  }
});

test.each(SOURCES)("%s whose upload breaks off", async (_, bytes) => {
  const lab = openLab(folder);
  async function* broken(): AsyncGenerator<Buffer> {
    yield bytes.subarray(0, 3_000_000);
    throw new Error("aborted");
  }
  const result = await lab.library.import({ source: Readable.from(broken()), name: "x" });
  expect(result).toEqual({ ok: false, problem: { kind: "sourceUnreadable", detail: "aborted" } });
  expect([lab.everything(), held(folder)]).toEqual([[], []]);
});

test.each(
  SOURCES.flatMap(([what, bytes]) => [
    [what, "while it is spooled", bytes, 0] as const,
    [what, "while it is read", bytes, 5_000_000] as const,
  ]),
)("%s that is cancelled %s", async (_, __, bytes, afterRawBytes) => {
  const lab = openLab(folder);
  const gone = new AbortController();
  const result = await lab.library.import({
    source: Readable.from(slices(bytes), { objectMode: false }),
    name: "x",
    allowUnbootable: true,
    signal: gone.signal,
    onProgress: ({ rawBytes, sourceBytes }) => {
      if (rawBytes >= afterRawBytes && sourceBytes > 2_000_000) gone.abort();
    },
  });
  expect(result).toEqual({ ok: false, problem: { kind: "cancelled" } });
  expect([lab.everything(), held(folder)]).toEqual([[], []]);
});

test("progress is told while a source is spooled", async () => {
  const lab = openLab(folder);
  const seen: number[] = [];
  const result = await lab.library.import({
    source: Readable.from(slices(container), { objectMode: false }),
    name: "x",
    onProgress: ({ rawBytes, sourceBytes }) => void (rawBytes === 0 && seen.push(sourceBytes)),
  });
  expect(result.ok).toBe(true);
  expect(seen.length).toBeGreaterThan(100);
  expect(seen.at(-1)).toBeGreaterThan(container.length * 0.9);
  expect(held(folder)).toEqual([]);
});
