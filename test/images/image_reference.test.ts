import { describe, expect, test } from "vitest";
import type { Image } from "#src/images/catalogue.ts";
import {
  findImage,
  type ImageViewer,
  imageLabel,
  imageOfLabel,
  isListedFor,
  mayChange,
  nextVersion,
  parseImageReference,
} from "#src/images/image_reference.ts";

const ADMIN: ImageViewer = { name: "admin", isAdmin: true };
const ADA: ImageViewer = { name: "ada", isAdmin: false };
/** An administrator by another name. */
const ALICE: ImageViewer = { name: "alice", isAdmin: true };
const BOB: ImageViewer = { name: "bob", isAdmin: false };

let made = 0;
const image = (label: string, visibility: Image["visibility"], more: Partial<Image> = {}): Image => ({
  ...{ owner: "admin", name: "", version: 1, visibility },
  ...Object.fromEntries(
    Object.entries(parseImageReference(label) ?? {}).filter(([, value]) => value !== undefined),
  ),
  ...{ digest: "ab".repeat(32), kind: "archive", rawDigest: "cd".repeat(32), rawBytes: 1, storedBytes: 1 },
  ...{ chunkCount: 1, createdAtMs: ++made, entryCount: 1, installedBytes: 1 },
  ...more,
});

const CATALOGUE: readonly Image[] = [
  image("debian:1", "public"),
  image("debian:2", "public"),
  image("debian:10", "private"),
  image("ada/debian:7", "private"),
  image("ada/tools:1", "shared"),
  image("ada/tools:2", "private"),
  image("bob/debian:99", "private"),
  image("bob/only:3", "shared"),
  image("bob/both:1", "private"),
  image("eve/both:2", "public"),
  image("ada/published:1", "public"),
];

describe("references", () => {
  test.each([
    ["debian-12", { name: "debian-12" }],
    ["debian-12:3", { name: "debian-12", version: 3 }],
    ["ada/debian-12:3", { owner: "ada", name: "debian-12", version: 3 }],
    ["ada/x", { owner: "ada", name: "x" }],
  ])("%s", (text, wanted) => {
    expect(parseImageReference(text)).toEqual({ owner: undefined, version: undefined, ...wanted });
  });

  test.each([
    "",
    "a:0",
    "a:01",
    "a:1.5",
    "a:9999999999",
    "a:",
    "/a",
    "a/",
    "a/b/c",
    "../etc",
    "a..b",
    "a b",
    "a\n",
    "a:1\n",
    `${"x".repeat(64)}`,
    "é",
    "__proto__",
  ])("none: %j", (text) => expect(parseImageReference(text)).toBeUndefined());
});

describe("what a name means", () => {
  test.each<readonly [string, ImageViewer, string | undefined]>([
    ["debian", ADMIN, "debian:10"],
    ["debian", ADA, "ada/debian:7"],
    ["debian", { name: "eve", isAdmin: false }, "debian:2"],
    ["debian:1", ADA, undefined],
    ["admin/debian:1", ADA, "debian:1"],
    ["debian:10", ALICE, undefined],
    ["debian", ALICE, "debian:2"],
    ["admin/debian", ALICE, "debian:10"],
    ["both", BOB, "bob/both:1"],
    ["debian:10", ADA, undefined],
    ["admin/debian", ADA, "debian:2"],
    ["tools", ADA, "ada/tools:2"],
    ["tools", BOB, undefined],
    ["ada/tools", BOB, "ada/tools:1"],
    ["ada/tools:2", BOB, undefined],
    ["ada/debian", BOB, undefined],
    ["ada/debian", ADMIN, "ada/debian:7"],
    ["only", ADMIN, undefined],
    ["bob/only", ADMIN, "bob/only:3"],
    ["published", ADMIN, "ada/published:1"],
    ["only", ADA, undefined],
    ["nothing", ADMIN, undefined],
  ])("%s to %o", (text, viewer, wanted) => {
    const reference = parseImageReference(text);
    const found = reference && findImage(CATALOGUE, reference, viewer);
    expect(found?.kind === "found" ? imageLabel(found.image) : undefined).toBe(wanted);
  });

  test.each([ADMIN, ADA, ALICE])("nobody's in particular when several owners publish it: %o", (viewer) => {
    const published = [image("eve/x:1", "public"), image("eve/x:3", "public"), image("bob/x:7", "public")];
    const all = [...published, image("eve/x:9", "private"), image("cyd/x:1", "shared")];
    expect(findImage(all, { name: "x", version: 7 }, viewer)).toEqual({
      kind: "ambiguous",
      labels: ["eve/x:3", "bob/x:7"],
    });
    expect(findImage(all, { owner: "bob", name: "x" }, viewer)).toMatchObject({ kind: "found" });
  });

  test("a label means one image whoever asks", () => {
    for (const one of CATALOGUE) expect(imageOfLabel(CATALOGUE, imageLabel(one))).toBe(one);
    expect(imageOfLabel(CATALOGUE, "debian")).toBe(CATALOGUE[0]);
    expect(imageOfLabel(CATALOGUE, "ada/debian:8")).toBeUndefined();
  });
});

test("lists show one's own images and public ones, to administrators all, temporary ones to nobody", () => {
  const listed = (viewer: ImageViewer, images = CATALOGUE): readonly string[] =>
    images.filter((one) => isListedFor(one, viewer)).map(imageLabel);
  expect(listed(ADA)).toEqual([
    "debian:1",
    "debian:2",
    "ada/debian:7",
    "ada/tools:1",
    "ada/tools:2",
    "eve/both:2",
    "ada/published:1",
  ]);
  expect(listed(BOB)).toEqual([
    "debian:1",
    "debian:2",
    "bob/debian:99",
    "bob/only:3",
    "bob/both:1",
    "eve/both:2",
    "ada/published:1",
  ]);
  expect(listed(ADMIN)).toHaveLength(CATALOGUE.length);
  expect(listed(ADMIN, [image("x:1", "public", { isTemporary: true })])).toEqual([]);
});

test("only owner and administrator change an image", () => {
  const tools = image("ada/tools:1", "public");
  expect([ADA, BOB, ADMIN].map((viewer) => mayChange(tools, viewer))).toEqual([true, false, true]);
});

test("the next version follows the highest of that owner and name", () => {
  expect(nextVersion(CATALOGUE, { owner: "admin", name: "debian" })).toBe(11);
  expect(nextVersion(CATALOGUE, { owner: "ada", name: "debian" })).toBe(8);
  expect(nextVersion(CATALOGUE, { owner: "ada", name: "new" })).toBe(1);
});
