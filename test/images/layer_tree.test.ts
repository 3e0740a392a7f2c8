import fc from "fast-check";
import { expect, test } from "vitest";
import { entriesOf, LAYER_LIMITS, LayerTree } from "#src/images/layer_tree.ts";
import type { TarMember } from "#src/images/tar_members.ts";

/** `d/` is a folder, `l -> x` a symbolic link, `h => x` a hard link, everything else a file. */
function member(text: string): TarMember {
  const [, path = "", arrow, linkPath = ""] = /^(.*?)(?: (->|=>) (.*))?$/s.exec(text) ?? [];
  const type = arrow === "->" ? "2" : arrow === "=>" ? "1" : path.endsWith("/") ? "5" : "0";
  const numbers = { mode: 0o755, uid: 0, gid: 0, devMajor: 0, devMinor: 0, dataBytes: 0, dataOffsetBytes: 0 };
  return { path, linkPath, type, mtime: "0", attributes: [], ...numbers };
}

/** Names with the layer that their content is from; `?` of a folder that nobody describes. */
function laid(layers: readonly (readonly string[])[]): readonly string[] | string {
  const tree = new LayerTree();
  for (const layer of layers) {
    for (const text of layer) {
      const fault = tree.add(member(text));
      if (fault) return fault;
    }
    tree.endLayer();
  }
  return [...entriesOf(tree.root)].map(({ path, node }) => `${path} ${node.inode?.layer ?? "?"}`);
}

test.each([
  ["later files win", [["a", "b"], ["b"]], ["a 0", "b 1"]],
  [
    "names in the order of their bytes, folders before what is in them",
    [["b/x", "a.b", "a/c", "Z"]],
    ["Z 0", "a/ ?", "a/c 0", "a.b 0", "b/ ?", "b/x 0"],
  ],
  ["a folder's own description by the last layer", [["d/", "d/a"], ["d/"]], ["d/ 1", "d/a 0"]],
  ["the root too", [["./"], ["./", "a"]], ["./ 1", "a 1"]],
  ["a whiteout", [["d/", "d/a", "d/b"], ["d/.wh.a"]], ["d/ 0", "d/b 0"]],
  ["a whiteout of a folder", [["d/", "d/a", "d/e/f", "g"], [".wh.d"]], ["g 0"]],
  ["a whiteout of nothing", [["a"], ["x/.wh.y", ".wh.z"]], ["a 0"]],
  [
    "a whiteout and the same name after it",
    [
      ["d/", "d/a"],
      [".wh.d", "d/", "d/b"],
    ],
    ["d/ 1", "d/b 1"],
  ],
  [
    "a whiteout and the same name before it",
    [
      ["d/", "d/a"],
      ["d/", "d/b", ".wh.d"],
    ],
    ["d/ 1", "d/b 1"],
  ],
  [
    "a whiteout and something below it",
    [
      ["d/", "d/a"],
      [".wh.d", "d/b"],
    ],
    ["d/ ?", "d/b 1"],
  ],
  ["a whiteout does not reach its own layer", [["a"], ["b", ".wh.b"]], ["a 0", "b 1"]],
  [
    "an opaque folder",
    [
      ["d/", "d/a", "d/e/f"],
      ["d/", "d/.wh..wh..opq", "d/b"],
    ],
    ["d/ 1", "d/b 1"],
  ],
  [
    "an opaque folder said last",
    [
      ["d/", "d/a"],
      ["d/", "d/b", "d/.wh..wh..opq"],
    ],
    ["d/ 1", "d/b 1"],
  ],
  [
    "an opaque root",
    [
      ["a", "b/c"],
      [".wh..wh..opq", "d"],
    ],
    ["d 1"],
  ],
  ["a whiteout, then a later layer", [["a"], [".wh.a"], ["a"]], ["a 2"]],
  ["aufs' own files", [["a"], [".wh..wh.plnk/1", ".wh..wh.aufs"]], ["a 0"]],
  ["a file over a folder", [["d/", "d/a"], ["d"]], ["d 1"]],
  ["a folder over a file", [["d"], ["d/", "d/a"]], ["d/ 1", "d/a 1"]],
  [
    "a folder over a link",
    [
      ["l -> usr", "usr/"],
      ["l/", "l/a"],
    ],
    ["l/ 1", "l/a 1", "usr/ 0"],
  ],
  ["through what is hidden", [["l -> usr"], [".wh.l", "l/a"]], ["l/ ?", "l/a 1"]],
  ["a hard link keeps what its first name lost", [["a", "b => a"], [".wh.a"]], ["b 0"]],
  ["a hard link into a lower layer", [["a"], ["b => ./a"]], ["a 0", "b 0"]],
  ["a leading slash and dots", [["/a", "././b"]], ["a 0", "b 0"]],
  ["names of objects", [["__proto__/constructor"]], ["__proto__/ ?", "__proto__/constructor 0"]],
] as const)("%s", (_, layers, wanted) => {
  expect(laid(layers)).toEqual(wanted);
});

test.each([
  ["../a", 'the path "../a", which leads outside'],
  ["a/../../b", "which leads outside"],
  ["a\0b", "which leads outside"],
  ["b => ../a", "which is not there"],
  ["b => none", 'the hard link "b" to "none", which is not there'],
  ["b => d", "which is not there"],
  ["l/passwd", 'the path "l/passwd", which leads through a symbolic link ("l")'],
  ["f/x", 'the path "f/x", which leads through a file ("f")'],
  [".wh.", "which hides nothing"],
  [".wh...", "which hides nothing"],
  ["./ -> x", "a root that is no folder"],
  ["d/.wh.x/y", "which is below what it hides"],
])("refused after an honest layer: %s", (text, found) => {
  expect(laid([["l -> /etc", "f", "d/"], [text]])).toContain(found);
});

test("paths that no file system has", () => {
  expect(laid([[`${"d/".repeat(513)}x`]])).toContain("514 folders");
  expect(laid([["x".repeat(4097)]])).toContain("a path of 4097 bytes");
});

test("200,000 whiteouts cost no memory", () => {
  const tree = new LayerTree();
  const one = member(".wh.x");
  for (let index = 0; index < 200_000; index++)
    if (tree.add({ ...one, path: `.wh.${index}` })) throw new Error(`${index}`);
  tree.endLayer();
  expect([...entriesOf(tree.root)]).toEqual([]);
});

test.each([
  ["members", { members: 3 }, [".wh.a", ".wh.a", ".wh.a", ".wh.a"], "more than 3 members"],
  ["names", { entries: 3 }, ["a/b", "c", "d", "e"], "more than 3 files and folders"],
  ["text", { textBytes: 10 }, ["1234", "1234 -> 5", "67"], "more than 10 bytes of names and attributes"],
] as const)("%s are counted", (_, limits, layer, found) => {
  const tree = new LayerTree({ ...LAYER_LIMITS, ...limits });
  const faults = layer.map((text) => tree.add(member(text)));
  expect(faults.slice(0, -1).filter((fault) => fault !== undefined)).toEqual([]);
  expect(faults.at(-1)).toBe(found);
});

test("a name that goes makes room for another", () => {
  const tree = new LayerTree({ ...LAYER_LIMITS, entries: 3 });
  for (let layer = 0; layer < 10; layer++) {
    expect(tree.add(member(`d${layer}/a`))).toBeUndefined();
    tree.endLayer();
    tree.add(member(`.wh.d${layer}`));
    tree.endLayer();
  }
});

/** The rules in another way: a flat list of paths, whiteouts of a layer before everything else of it. */
class FlatNames {
  readonly names = new Map<string, string>();

  drop(path: string): void {
    for (const name of this.names.keys()) if (name.startsWith(`${path}/`)) this.names.delete(name);
  }

  hide(text: string): void {
    const path = text.replace(/(?:\/|^)\.wh\.\.wh\.\.opq$/, "").replace(".wh.", "");
    this.drop(path);
    if (!text.endsWith("opq")) this.names.delete(path);
  }

  /** @returns false when it leads through a file */
  make(text: string, layer: number): boolean {
    const path = text.replace(/\/$/, "");
    const parts = path.split("/");
    for (let depth = 1; depth < parts.length; depth++) {
      const parent = parts.slice(0, depth).join("/");
      if (!this.names.has(parent)) this.names.set(parent, "folder ?");
      if (this.names.get(parent)?.startsWith("file")) return false;
    }
    if (!text.endsWith("/")) this.drop(path);
    this.names.set(path, text.endsWith("/") ? `folder ${layer}` : `file ${layer}`);
    return true;
  }
}

function laidFlat(layers: readonly (readonly string[])[]): ReadonlyMap<string, string> | undefined {
  const flat = new FlatNames();
  for (const [layer, texts] of layers.entries()) {
    for (const text of texts.filter((one) => one.includes(".wh."))) flat.hide(text);
    const isMade = texts.filter((one) => !one.includes(".wh.")).every((text) => flat.make(text, layer));
    if (!isMade) return undefined;
  }
  return flat.names;
}

test("random layers: as by the simplest way", () => {
  const part = fc.constantFrom("a", "b", "c");
  const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
  const whiteout = fc
    .tuple(path, fc.boolean())
    .map(([at, opaque]) => (opaque ? `${at}/.wh..wh..opq` : at.replace(/[abc]$/, ".wh.$&")));
  const entry = fc.tuple(path, fc.boolean()).map(([at, folder]) => (folder ? `${at}/` : at));
  const layer = fc
    .tuple(fc.array(whiteout, { maxLength: 3 }), fc.array(entry, { maxLength: 6 }))
    .map(([hidden, made]) => [...hidden, ...made]);
  fc.assert(
    fc.property(fc.array(layer, { minLength: 1, maxLength: 4 }), (layers) => {
      const wanted = laidFlat(layers);
      const found = laid(layers);
      if (!wanted) expect(typeof found).toBe("string");
      else {
        const lines = [...wanted].map(([name, what]) => {
          const [kind = "", from = ""] = what.split(" ");
          return `${name}${kind === "folder" ? "/" : ""} ${from}`;
        });
        expect([...(found as readonly string[])].sort()).toEqual(lines.sort());
      }
    }),
    { numRuns: 500 },
  );
});

test("whiteouts may stand anywhere in their layer", () => {
  const layer = ["d/", "d/new", "d/.wh.old", ".wh.e", "e/", "e/new", "f/", "f/.wh..wh..opq"];
  const lower = ["d/", "d/old", "e/", "e/old", "f/", "f/old/x"];
  const wanted = laid([lower, layer]);
  fc.assert(
    fc.property(fc.shuffledSubarray(layer, { minLength: layer.length }), (shuffled) => {
      expect(laid([lower, shuffled])).toEqual(wanted);
    }),
    { numRuns: 200 },
  );
});
