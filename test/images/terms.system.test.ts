import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { imageLabel } from "#src/images/image_reference.ts";
import { whyNotTerms } from "#src/images/image_terms.ts";
import { type Lab, openLab, ROOT } from "./image_lab.ts";

let lab: Lab;
beforeEach(() => {
  lab = openLab();
});
afterEach(() => lab.close());

const labels = (): readonly string[] => lab.catalogue.all().map(imageLabel);

async function imported(name = "root", more: { readonly isTemporary?: boolean } = {}) {
  const source = Readable.from([ROOT], { objectMode: false });
  const result = await lab.library.import({ source, name, ...more });
  if (!result.ok) throw new Error(result.problem.kind);
  return result.image;
}

test("another kernel is started until that is taken back", async () => {
  const image = await imported();
  const old = { visibility: "private", about: { kernel: "boot/vmlinuz-6.1.0-9-amd64" } } as const;
  expect(whyNotTerms(image, old)).toBeUndefined();
  const changed = await lab.library.set(image, old);
  expect(changed).toMatchObject({ visibility: "private", kernel: "boot/vmlinuz-6.1.0-9-amd64" });
  expect(changed?.initramfs).toBeUndefined();
  const back = await lab.library.set(image, { visibility: "public", about: {} });
  expect(back).toMatchObject({ kernel: image.kernel, initramfs: image.initramfs });
  expect(lab.catalogue.all()).toEqual([back]);
});

test("a kernel that the import did not see, or a loader whose files are not there, is refused", async () => {
  const image = await imported();
  expect(whyNotTerms(image, { visibility: "public", about: { kernel: "boot/other" } })).toContain(
    "boot/other",
  );
  expect(whyNotTerms(image, { visibility: "public", about: { bootLoader: "systemd-boot" } })).toContain(
    "it has no systemd-boot",
  );
  expect(
    whyNotTerms({ ...image, found: undefined }, { visibility: "public", about: { kernel: "x" } }),
  ).toContain("import it again");
});

test("an image that is gone is not changed", async () => {
  const image = await imported();
  await lab.library.remove(image);
  expect(await lab.library.set(image, { visibility: "public" })).toBeUndefined();
  expect(lab.everything()).toEqual([]);
});

test("what came with a deployment goes when none uses it, and leaves what others need", async () => {
  const image = await imported("passing", { isTemporary: true });
  lab.inUse = [image.digest];
  expect(await lab.library.removeTemporary()).toBe(0);
  lab.inUse = [];
  expect(await lab.library.removeTemporary()).toBe(1);
  expect(lab.everything()).toEqual([]);
  await imported("kept");
  await imported("passing", { isTemporary: true });
  await lab.library.removeTemporary();
  expect(labels()).toEqual(["kept:1"]);
  const [kept] = lab.catalogue.all();
  expect(kept && (await lab.library.verify(kept)).ok).toBe(true);
});
