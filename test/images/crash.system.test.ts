/** The library is killed at each place between two durable changes; what is left is one state or the other, and no more. */
import { execFileSync, spawnSync } from "node:child_process";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ImageLibrary } from "#src/images/library.ts";
import { LIBRARY_POINTS, type LibraryPoint } from "#src/images/library_points.ts";
import { openStore } from "#src/store/store.ts";
import { FILL, filesIn, type Lab, openLab, ROOT } from "./image_lab.ts";
import { noise } from "./noise.ts";
import { bootableRoot } from "./tar_bytes.ts";

let lab: Lab;
beforeEach(() => {
  lab = openLab();
});
afterEach(() => lab.close());

/** Does one thing to the library in a folder and is killed at a point: `node … FOLDER POINT OPERATION`. */
const VICTIM = `
  import { Readable } from "node:stream";
  import { ImageLibrary } from "#src/images/library.ts";
  import { openStore } from "#src/store/store.ts";
  import { FILL, ROOT } from "#test/images/image_lab.ts";
  import { noise } from "#test/images/noise.ts";
  import { bootableRoot } from "#test/images/tar_bytes.ts";
  const [folder, point, operation] = process.argv.slice(1);
  const store = await openStore(folder, () => {});
  const reach = (reached) => void (reached === point && process.kill(process.pid, "SIGKILL"));
  const library = new ImageLibrary({ directory: folder + "/images", catalogue: store.images, nowMs: Date.now, reach });
  const put = (name, bytes, replace = false) =>
    library.import({ name, replace, source: Readable.from([bytes], { objectMode: false }) });
  if (operation === "remove") await library.remove({ owner: "admin", name: "old", version: 1 });
  else if (operation === "replace") await put("old", bootableRoot(noise(3_000_000, 8)), true);
  else await put("fresh", bootableRoot(Buffer.concat([FILL, noise(3_000_000, 7)])));
`;

const DOES: readonly (readonly [string, readonly LibraryPoint[]])[] = [
  ["import", ["chunkStored", "chunksStored", "manifestStored", "imageEntered"]],
  ["replace", ["chunkStored", "manifestStored", "imageEntered", "manifestCollected", "chunkCollected"]],
  ["remove", ["imageRemoved", "manifestCollected", "chunkCollected"]],
];

test("every point is looked at", () => {
  expect(new Set(DOES.flatMap(([, points]) => points))).toEqual(new Set(LIBRARY_POINTS));
});

test.each(DOES.flatMap(([operation, points]) => points.map((point) => [operation, point] as const)))(
  "%s killed at %s",
  async (operation, point) => {
    await fill(lab.folder);
    const args = ["--input-type=module", "--eval", VICTIM, lab.folder, point, operation];
    const ran = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect([ran.signal, ran.stderr.includes("Error")]).toEqual(["SIGKILL", false]);

    const store = await openStore(lab.folder, () => {});
    const library = new ImageLibrary({ directory: lab.images, catalogue: store.images, nowMs: Date.now });
    await library.collectGarbage();
    // Those that exist are whole, and there is no file beside theirs.
    const names = store.images.all().map(({ name }) => name);
    expect(names).toContain("kept");
    if (operation !== "remove") expect(names).toContain("old");
    const needed = new Set<string>();
    for (const image of store.images.all()) {
      expect(await library.verify(image)).toMatchObject({ ok: true });
      const raw = execFileSync("cat", [join(lab.images, "manifests", image.digest)]);
      needed.add(image.digest);
      for (let at = 52; at < raw.length; at += 52) needed.add(raw.toString("hex", at + 20, at + 52));
    }
    const found = filesIn(lab.images).map((path) =>
      path.includes("/chunks/") ? basename(dirname(path)) + basename(path) : basename(path),
    );
    expect(new Set(found)).toEqual(needed);
    await store.close();
  },
);

/** Two images that share chunks. */
async function fill(folder: string): Promise<void> {
  const store = await openStore(folder, () => {});
  const library = new ImageLibrary({ directory: lab.images, catalogue: store.images, nowMs: Date.now });
  for (const [name, bytes] of [
    ["kept", ROOT],
    ["old", bootableRoot(Buffer.concat([FILL, noise(2_000_000, 6)]))],
  ] as const) {
    const result = await library.import({ name, source: Readable.from([bytes], { objectMode: false }) });
    if (!result.ok) throw new Error(`import failed: ${result.problem.kind}`);
  }
  await store.close();
}
