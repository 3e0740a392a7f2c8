/** Container images made by hand around layers of GNU tar, judged by GNU tar, findutils and coreutils. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { DEFAULT_IMPORT_LIMITS } from "#src/images/import_limits.ts";
import { describeImportProblem } from "#src/images/import_problem.ts";
import type { ImportRequest } from "#src/images/import_request.ts";
import { openRawStream } from "#src/images/raw_stream.ts";
import { dockerArchive, type Json, Layout, ociArchive, sha256, type TestLayer } from "./container_bytes.ts";
import { type Lab, openLab } from "./image_lab.ts";
import { bootableRoot, TAR_END, tarEntry } from "./tar_bytes.ts";

let folder = "";
let tars: readonly Buffer[] = [];
let lab: Lab;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "brigade-container-"));
  execFileSync("sh", ["test/images/make_layers.sh", folder]);
  tars = [0, 1, 2].map((layer) => readFileSync(join(folder, `l${layer}.tar`)));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  lab = openLab();
});
afterEach(() => lab.close());

async function merged(archive: Buffer): Promise<Buffer> {
  const raw = await openRawStream({
    source: Readable.from([archive], { objectMode: false }),
    spoolDirectory: folder,
    limits: DEFAULT_IMPORT_LIMITS,
    signal: undefined,
  });
  const pieces: Buffer[] = [];
  for await (const piece of raw.pieces) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

const described = (path: string): string =>
  execFileSync("sh", ["test/images/describe_tree.sh", path], { encoding: "latin1" });

test("three layers become the tree that GNU tar makes of them one after the other", async () => {
  const [base, middle, top] = tars as [Buffer, Buffer, Buffer];
  const layers: readonly TestLayer[] = [
    { tar: base, packing: "gzip" },
    { tar: middle, packing: "plain" },
    { tar: top, packing: "zstd" },
  ];
  const tar = await merged(ociArchive({ layers }));
  writeFileSync(join(folder, "merged.tar"), tar);
  mkdirSync(join(folder, "ours"));
  const options = ["-x", "-p", "--numeric-owner", "--xattrs", "--xattrs-include=*"];
  execFileSync("tar", [...options, "-C", join(folder, "ours"), "-f", join(folder, "merged.tar")]);
  const names = [0, 1, 2].map((layer) => join(folder, `l${layer}.tar`));
  execFileSync("sh", ["test/images/flatten.sh", join(folder, "theirs"), ...names]);
  const theirs = described(join(folder, "theirs"));
  expect(theirs).toMatch(/^usr\/bin\/big-link\|f\|644\|0:0\|3000000/m);
  expect(theirs).toContain("user.color=0x62e9017a");
  expect(described(join(folder, "ours"))).toBe(theirs);

  const docker = dockerArchive([{ layers, tag: "root:1" }]);
  for (const archive of [docker, gzipSync(docker, { level: 1 }), ociArchive({ layers: [...layers] })])
    expect((await merged(archive)).equals(tar)).toBe(true);
  expect(await lab.importBytes(docker, "root")).toMatchObject({
    ok: true,
    image: { kind: "archive", rawDigest: sha256(tar), kernel: "boot/vmlinuz-6.1", osName: "Layered" },
  });
});

const root = bootableRoot();
const marked = (text: string): TestLayer => ({
  tar: Buffer.concat([tarEntry({ path: "usr/lib/os-release", data: `NAME="${text}"\n` }), TAR_END]),
});

async function imported(archive: Buffer, request: Partial<ImportRequest> = {}): Promise<string> {
  const source = Readable.from([archive], { objectMode: false });
  const result = await lab.library.import({ source, name: "root", ...request });
  if (result.ok) return `${result.image.osName}`;
  expect(lab.everything()).toEqual([]);
  return describeImportProblem("root", result.problem);
}

test("one of several architectures, through nested indexes", async () => {
  const layout = new Layout();
  const platform = (architecture: string): Json => ({ platform: { architecture, os: "linux" } });
  const images = ["arm64", "amd64", "s390x"].map((architecture) => ({
    ...layout.image({ layers: [{ tar: root }, marked(architecture)], architecture }),
    ...platform(architecture),
  }));
  const signature = {
    ...layout.json({}, "application/vnd.oci.image.manifest.v1+json"),
    ...platform("unknown"),
  };
  const archive = layout.archive([layout.index([layout.index([...images, signature])])]);
  expect(await imported(archive)).toBe("amd64");
  expect(await imported(archive, { architecture: "arm64", replace: true })).toBe("arm64");
  await lab.remove("root");
  expect(await imported(archive, { architecture: "riscv64" })).toContain(
    "it holds no image for riscv64, only for amd64, arm64, s390x; say --architecture",
  );
});

test("an index that names no platform: the configurations are asked", async () => {
  const layout = new Layout();
  const images = ["amd64", "arm64"].map((architecture) =>
    layout.image({ layers: [{ tar: root }, marked(architecture)], architecture }),
  );
  expect(await imported(layout.archive(images), { architecture: "arm64" })).toBe("arm64");
  const saved = ["amd64", "arm64"].map((architecture) => ({
    layers: [{ tar: root }, marked(architecture)],
    architecture,
  }));
  expect(await imported(dockerArchive(saved), { architecture: "arm64", replace: true })).toBe("arm64");
});

test("several images for one architecture", async () => {
  const images = ["a:1", "b:2"].map((tag) => ({ layers: [{ tar: root }, marked(tag)], tag }));
  const found = "it holds several images (a:1, b:2); save one of them alone";
  expect(await imported(dockerArchive(images))).toContain(found);
  const layout = new Layout();
  expect(await imported(layout.archive(images.map((image) => layout.image(image))))).toContain(found);
});

test("a root that begins with a name as container tools use it", async () => {
  const archive = Buffer.concat([tarEntry({ path: "blobs/", type: "5" }), bootableRoot()]);
  expect(await imported(archive)).toBe("Test Linux");
});
