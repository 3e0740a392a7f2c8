/** Disk images as QEMU's own tool writes them, judged by the digest of what it reads. */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Image } from "#src/images/catalogue.ts";
import { describeImportProblem } from "#src/images/import_problem.ts";
import { type Lab, openLab } from "./image_lab.ts";

const MIB = 1024 * 1024;
/** Whole sectors, and no whole cluster of any size. */
const DISK_BYTES = 10 * MIB + 3 * 512;

let folder = "";
let raw = "";
let digest = "";
let lab: Lab;

const run = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, [...args], { encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] });
const sha256 = (path: string): string => run("sha256sum", path).slice(0, 64);
const at = (name: string): string => join(folder, name);

/** GPT of two partitions; random bytes, text and holes in them. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "brigade-disk-"));
  raw = at("disk.raw");
  closeSync(openSync(raw, "w"));
  truncateSync(raw, DISK_BYTES);
  execFileSync("sfdisk", ["-q", raw], { input: "label: gpt\nsize=2M, type=U\ntype=L\n", stdio: "pipe" });
  const file = openSync(raw, "r+");
  for (let offset = 3 * MIB; offset < 8 * MIB; offset += 3 * MIB - 7000) {
    writeSync(file, randomBytes(300_000), 0, 300_000, offset);
    const text = Buffer.from("the same words again, ".repeat(20_000));
    writeSync(file, text, 0, text.length, offset + 900_000);
  }
  closeSync(file);
  digest = sha256(raw);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  lab = openLab();
});
afterEach(() => lab.close());

async function imported(path: string): Promise<Image> {
  const result = await lab.library.import({ source: path, name: "disk", replace: true });
  if (!result.ok) throw new Error(describeImportProblem("disk", result.problem));
  return result.image;
}

async function refusal(path: string): Promise<string> {
  const result = await lab.library.import({ source: path, name: "disk" });
  expect(lab.everything()).toEqual([]);
  return result.ok ? "none" : describeImportProblem("disk", result.problem);
}

function converted(...options: readonly string[]): string {
  const path = at(`${options.join("_")}.qcow2`);
  run("qemu-img", "convert", "-O", "qcow2", ...options, raw, path);
  // What is compared with is QEMU's reading, not only what went in.
  run("qemu-img", "convert", "-O", "raw", path, at("back.raw"));
  expect(sha256(at("back.raw"))).toBe(digest);
  return path;
}

const VARIANTS: readonly (readonly string[])[] = [
  ...["compat=0.10", "lazy_refcounts=on", "refcount_bits=1"].map((option) => ["-o", option]),
  ...["preallocation=metadata"].map((option) => ["-o", option]),
  ...[512, 4096, 2 * MIB].map((bytes) => ["-o", `cluster_size=${bytes}`]),
  ...[512, 2 * MIB].map((bytes) => ["-c", "-o", `cluster_size=${bytes}`]),
  ["-c", "-o", "compat=0.10"],
  ...[4096, 2 * MIB].map((bytes) => ["-c", "-o", `compression_type=zstd,cluster_size=${bytes}`]),
];

test("qcow2 in every variant and raw are one image: that of the disk as QEMU reads it", async () => {
  const image = await imported(raw);
  expect(image).toMatchObject({
    kind: "disk",
    rawBytes: DISK_BYTES,
    rawDigest: digest,
    layout: "GPT, 2 partitions",
    entryCount: 0,
    installedBytes: DISK_BYTES,
  });
  for (const options of VARIANTS) {
    const path = converted(...options);
    expect((await imported(path)).digest, options.join(" ")).toBe(image.digest);
    rmSync(path);
  }
});

test("packed, plain and qcow2, by each program", async () => {
  const qcow2 = converted("-c");
  const programs = ["gzip", "bzip2", "xz", "zstd", "lz4"] as const;
  for (const [source, program] of [...programs.map((program) => [raw, program] as const), [qcow2, "gzip"]]) {
    const path = at("packed");
    execFileSync("sh", ["-c", `${program} -1 -c "$0" >"$1"`, `${source}`, path]);
    expect((await imported(path)).rawDigest, `${source} ${program}`).toBe(digest);
  }
});

test("snapshots inside are left out", async () => {
  const path = converted("-o", "cluster_size=64k");
  run("qemu-img", "snapshot", "-c", "before", path);
  run("qemu-io", "-c", "write -P 0x5a 5M 3M", "-c", "write -z 3M 1M", "-c", "discard 4M 1M", path);
  run("qemu-img", "snapshot", "-c", "after", path);
  run("qemu-img", "convert", "-O", "raw", path, at("now.raw"));
  const now = sha256(at("now.raw"));
  expect(now).not.toBe(digest);
  expect((await imported(path)).rawDigest).toBe(now);
});

test.each([
  [["-b", "BASE", "-F", "qcow2"], "a qcow2 image with a backing file; flatten it with `qemu-img convert"],
  [["-o", "extended_l2=on"], "a qcow2 image with subclusters"],
  [["-o", "data_file=DATA"], "a qcow2 image whose data lies in another file"],
  [
    ["--object", "secret,id=s,data=secret", "-o", "encrypt.format=aes,encrypt.key-secret=s"],
    "an encrypted qcow2 image",
  ],
])("refused as QEMU makes it: %j", async (options, found) => {
  const base = converted();
  const path = at("refused.qcow2");
  const named = options.map((option) => option.replace("BASE", base).replace("DATA", at("data")));
  run("qemu-img", "create", "-f", "qcow2", ...named, path, "11M");
  expect(await refusal(path)).toContain(found);
});

test("an image whose writer crashed", async () => {
  const path = converted("-o", "lazy_refcounts=on");
  expect(() => run("qemu-io", "-c", "write 1M 1M", "-c", "abort", path)).toThrow();
  expect(await refusal(path)).toContain("not closed (dirty); repair it with `qemu-img check -r all FILE`");
  run("qemu-img", "check", "-q", "-r", "all", path);
  expect((await imported(path)).kind).toBe("disk");
});

test("bytes that are no disk, unless somebody says so twice", async () => {
  const zeros = { source: at("zeros"), name: "disk" };
  execFileSync("truncate", ["-s", "2M", zeros.source]);
  expect(await refusal(zeros.source)).toContain("zeros instead of a tar header or boot sector");
  const said = await lab.library.import({ ...zeros, kind: "disk" });
  expect(said).toMatchObject({ ok: false, problem: { kind: "notBootable" } });
  const twice = await lab.library.import({ ...zeros, kind: "disk", allowUnbootable: true });
  expect(twice).toMatchObject({ ok: true, image: { kind: "disk", storedBytes: 0, chunkCount: 1 } });
});

test("as another kind than its bytes show", async () => {
  const asArchive = await lab.library.import({ source: raw, name: "disk", kind: "archive" });
  expect(asArchive.ok ? "" : describeImportProblem("disk", asArchive.problem)).toContain(
    "found a disk image or boot sector at byte 0 of the file data",
  );
});

test.each([
  ["a disk without its end", () => readFileSync(raw).subarray(0, -MIB), "by its own GPT"],
  ["half a sector", () => readFileSync(raw).subarray(0, -100), "in the midst of a sector"],
  ["a boot sector alone", () => readFileSync(raw).subarray(0, 512), "no room for a system (1 MiB)"],
])("refused: %s", async (_, bytes, found) => {
  const result = await lab.importBytes(bytes(), "disk");
  expect(result.ok ? "none" : describeImportProblem("disk", result.problem)).toContain(found);
  expect(lab.everything()).toEqual([]);
});
