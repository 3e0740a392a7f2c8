/** Container images that somebody spoilt: what is said, and that nothing is left. */
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeImportProblem } from "#src/images/import_problem.ts";
import type { ImportRequest } from "#src/images/import_request.ts";
import { archiveOf, configOf, type Json, Layout, ociArchive } from "./container_bytes.ts";
import { flippedAt, type Lab, openLab } from "./image_lab.ts";
import { bootableRoot, TAR_END, tarEntry } from "./tar_bytes.ts";

let lab: Lab;
beforeEach(() => {
  lab = openLab();
});
afterEach(() => lab.close());

async function imported(archive: Buffer, request: Partial<ImportRequest> = {}): Promise<string> {
  const source = Readable.from([archive], { objectMode: false });
  const result = await lab.library.import({ source, name: "root", ...request });
  if (result.ok) return `${result.image.osName}`;
  expect(lab.everything()).toEqual([]);
  return describeImportProblem("root", result.problem);
}

const root = bootableRoot();
const LAYER = "application/vnd.oci.image.layer.v1.tar";
const INDEX = "application/vnd.oci.image.index.v1+json";

/** An archive of one image with a layer; what is given takes the place of what should be there. */
function spoilt(by: { readonly config?: Json; readonly descriptor?: Json; readonly index?: Json }): Buffer {
  const layout = new Layout();
  const layer = layout.blob(root, LAYER);
  const config = { ...configOf({ layers: [{ tar: root }] }), ...by.config };
  const manifest = {
    schemaVersion: 2,
    config: layout.json(config, "application/vnd.oci.image.config.v1+json"),
    layers: [{ ...layer, ...by.descriptor }],
  };
  const descriptor = layout.json(manifest, "application/vnd.oci.image.manifest.v1+json");
  return layout.archive([by.index ? layout.index([by.index]) : descriptor]);
}

function nested(deep: number): Buffer {
  const layout = new Layout();
  let descriptor = layout.image({ layers: [{ tar: root }] });
  for (let level = 0; level < deep; level++) descriptor = layout.index([descriptor]);
  return layout.archive([descriptor]);
}

const layerOf = (...entries: readonly Buffer[]): Buffer => Buffer.concat([...entries, TAR_END]);
const oneLayer = (...entries: readonly Buffer[]): Buffer =>
  ociArchive({ layers: [{ tar: root }, { tar: layerOf(...entries) }] });
const honest = ociArchive({ layers: [{ tar: root, packing: "plain" }] });
const changedAt = (text: string, plus = 0): Buffer => flippedAt(honest, honest.indexOf(text) + plus);
const digestOf = (digit: string): string => `sha256:${digit.repeat(64)}`;
const file = (path: string, data: Buffer | string = ""): { path: string; data: Buffer } => ({
  path,
  data: Buffer.from(data),
});

test("the archives that the next ones spoil are good", async () => {
  for (const archive of [honest, spoilt({}), nested(3)]) {
    expect(await imported(archive)).toBe("Test Linux");
    await lab.remove("root");
  }
});

test.each([
  ["a changed layer", () => changedAt("new kernel"), "found a layer of digest sha256:"],
  ["a changed configuration", () => changedAt("linux"), "found an image configuration whose digest is not"],
  ["a changed manifest", () => changedAt('"layers":[{', 1), "found an image manifest whose digest is not"],
  [
    "an index that is no JSON",
    () => changedAt('{"schemaVersion":2,"manifests"'),
    "an index.json that is none",
  ],
  [
    "a layer that lies about its size",
    () => spoilt({ descriptor: { size: 512 } }),
    "bytes that should be 512",
  ],
  [
    "a layer that is not there",
    () => spoilt({ descriptor: { digest: digestOf("0") } }),
    `no file for layer 1 (${digestOf("0")})`,
  ],
  [
    "an encrypted layer",
    () => spoilt({ descriptor: { mediaType: `${LAYER}+gzip+encrypted` } }),
    "layer 1, which is encrypted",
  ],
  [
    "a digest that is a path",
    () => spoilt({ descriptor: { digest: "sha256:../../etc/passwd" } }),
    "an image manifest that is none",
  ],
  ["a negative size", () => spoilt({ descriptor: { size: -1 } }), "an image manifest that is none"],
  [
    "more layers than digests",
    () => spoilt({ config: { rootfs: { diff_ids: [] } } }),
    "1 layers where the image configuration knows 0",
  ],
  [
    "another tar in a right blob",
    () => spoilt({ config: { rootfs: { diff_ids: [digestOf("1")] } } }),
    `that should be ${digestOf("1")}`,
  ],
  ["indexes in indexes", () => nested(5), "an index nested more than 4 deep"],
  [
    "an index that leads nowhere",
    () => spoilt({ index: { mediaType: INDEX, digest: digestOf("2"), size: 7 } }),
    `no file for an image index (${digestOf("2")})`,
  ],
  ["no image", () => new Layout().archive([]), "it holds no image for amd64, only for no machine"],
  ["Windows", () => spoilt({ config: { os: "windows" } }), "it holds no image for amd64"],
  [
    "a path that leads out",
    () => oneLayer(tarEntry({ path: "../../etc/cron.d/x" })),
    'found the path "../../etc/cron.d/x", which leads outside at byte 512 of the layer 2 data',
  ],
  [
    "a file through a link of a lower layer",
    () => oneLayer(tarEntry({ path: "usr/sbin/init/x" })),
    'which leads through a symbolic link ("usr/sbin/init")',
  ],
  [
    "a hard link to nothing",
    () => oneLayer(tarEntry({ path: "x", type: "1", linkPath: "/etc/shadow" })),
    "which is not there",
  ],
  [
    "a layer that is no tar",
    () => ociArchive({ layers: [{ tar: Buffer.alloc(2000, 65) }] }),
    "no tar header",
  ],
  [
    "a layer that is cut short",
    () => ociArchive({ layers: [{ tar: root.subarray(0, 2000) }] }),
    "the end of a tar in the midst of a member at byte 2000 of the layer 1 data",
  ],
  [
    "an archive that is cut short",
    () => honest.subarray(0, 3000),
    "the end of a tar in the midst of a member at byte 3000 of the file data",
  ],
  [
    "a name out of the archive",
    () => archiveOf([file("oci-layout"), file("../x")]),
    'the path "../x", which leads outside',
  ],
  [
    "a manifest.json of 5 MiB",
    () => archiveOf([file("manifest.json", Buffer.alloc(5 << 20, 32))]),
    "a manifest.json of 5242880 bytes",
  ],
  [
    "a manifest.json as deep as a well",
    () => archiveOf([file("manifest.json", "[".repeat(1 << 20))]),
    "a manifest.json that is none",
  ],
])("refused: %s", async (_, archive, found) => {
  expect(await imported(archive())).toContain(found);
});

test("a layer that is a bomb", async () => {
  const zeros = layerOf(tarEntry({ path: "zeros", data: Buffer.alloc(16 << 20) }));
  const bomb = ociArchive({ layers: [{ tar: root }, { tar: zeros }] });
  expect(bomb.length).toBeLessThan(1 << 16);
  expect(await imported(bomb, { limits: { ratioFreeBytes: 1 << 20 } })).toContain("which no system does");
});

test("cancelled before a byte is read", async () => {
  const gone = new AbortController();
  gone.abort();
  expect(await imported(honest, { signal: gone.signal })).toContain("it was cancelled");
});
