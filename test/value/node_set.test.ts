import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeNodeSetError, foldNodeSet, MAX_NODE_SET_NAMES, parseNodeSet } from "#src/value/node_set.ts";

const namesOf = (text: string): readonly string[] => {
  const read = parseNodeSet(text);
  if (!read.ok) throw new Error(describeNodeSetError(text, read.error));
  return read.names;
};

const EXPANDED: readonly (readonly [text: string, names: string])[] = [
  ["node1", "node1"],
  ["node[1-3]", "node1 node2 node3"],
  ["node[1-3,7].rack2", "node1.rack2 node2.rack2 node3.rack2 node7.rack2"],
  ["node[08-11]", "node08 node09 node10 node11"],
  ["node[098-101]", "node098 node099 node100 node101"],
  ["node[0-30/10]", "node0 node10 node20 node30"],
  ["rack[1-2]node[1-2]", "rack1node1 rack1node2 rack2node1 rack2node2"],
  ["b,a", "a b"],
  ["node10,node9", "node9 node10"],
  ["node1 node2\n", "node1 node2"],
  ["node1,node1,node[1-2]", "node1 node2"],
  ["node[1-5]!node[2-4]", "node1 node5"],
  ["node[1-3],-node2", "node1 node3"],
  ["node[1-3], -node2", "node1 node3"],
  ["node[1-3],-node2,node2", "node1 node2 node3"],
  ["node[1-10]&node[9-20]", "node9 node10"],
  ["node[1-10]!node[1-8],other", "node9 node10 other"],
  ["my-node[1-2]", "my-node1 my-node2"],
  ["node1-ib", "node1-ib"],
];

const REFUSED: readonly (readonly [text: string, offset: number, detail: RegExp])[] = [
  ["", 0, /empty/],
  [" , ", 3, /empty|no name/],
  ["node[1-", 4, /not closed/],
  ["node[]", 5, /neither a number/],
  ["node[1,]", 7, /neither a number/],
  ["node[a-b]", 5, /neither a number/],
  ["node[5-1]", 5, /backwards/],
  ["node[1,5-1]", 7, /backwards/],
  ["node[01-9]", 5, /padded/],
  ["node[1-010]", 5, /padded/],
  ["node[1-9/0]", 5, /step/],
  ["node]1[", 4, /unexpected/],
  ["node[1[2]]", 5, /neither/],
  ["node1;reboot", 5, /unexpected/],
  ["node1,@group", 6, /unexpected/],
  ["node1!node1", 11, /no name is left/],
  ["node[1-100001]", 5, /more than 100000/],
  ["node[1-999999999999999999]", 5, /digits/],
  ["a[1-1000]b[1-1000]", 10, /more than 100000/],
];

describe("parseNodeSet", () => {
  test.each(EXPANDED)("expands %j", (text, names) => {
    expect(namesOf(text).join(" ")).toBe(names);
  });

  test.each(REFUSED)("says where it stopped in %j", (text, offset, detail) => {
    expect(parseNodeSet(text)).toMatchObject({ ok: false, error: { offset } });
    const read = parseNodeSet(text);
    expect(read.ok ? "" : describeNodeSetError(text, read.error)).toMatch(detail);
  });

  test("expands as many names as it promises and not one more", () => {
    expect(namesOf(`n[1-${MAX_NODE_SET_NAMES}]`)).toHaveLength(MAX_NODE_SET_NAMES);
    expect(parseNodeSet(`n[1-${MAX_NODE_SET_NAMES}],m`).ok).toBe(false);
  });

  test("gives up on an expression that only makes work", () => {
    expect(parseNodeSet("n[1-99999],".repeat(5000))).toMatchObject({ ok: false });
  });

  test("never throws, whatever is typed", () => {
    const typed = fc.oneof(fc.string(), fc.stringMatching(/^[\]a[,\-!&/0-9 ]{0,30}$/));
    fc.assert(fc.property(typed, (text) => void parseNodeSet(text)));
  });
});

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  rack1: ["node1", "node2", "node7"],
  rack2: ["node8", "node7"],
  "rack1-b": ["node9"],
  empty: [],
};

describe("groups in a set", () => {
  const read = (text: string) => parseNodeSet(text, (name) => GROUPS[name]);

  test.each([
    ["@rack1", "node1 node2 node7"],
    ["@rack1,@rack2", "node1 node2 node7 node8"],
    ["@rack[1-2]", "node1 node2 node7 node8"],
    ["@rack1!@rack2", "node1 node2"],
    ["@rack1&@rack2", "node7"],
    ["@rack1,-node7", "node1 node2"],
    ["@rack1-node7", "node1 node2"],
    ["@rack1-node[1-2]", "node7"],
    ["@rack1-b", "node9"],
    ["@rack1-node7,node9", "node1 node2 node9"],
    ["node5,@empty", "node5"],
  ])("%j", (text, names) => {
    expect(read(text)).toEqual({ ok: true, names: names.split(" ") });
  });

  test.each([
    ["@rack9", 1, /no group is called "rack9"/],
    ["node1,@rack[2-3]", 7, /no group is called "rack3"/],
    ["@rack1-node99", 1, /no group is called "rack1-node99"/],
    ["@rack1-c", 1, /no group is called "rack1-c"/],
    ["@", 1, /a group has a name/],
    ["@@rack1", 1, /unexpected "@"/],
    ["@empty", 6, /no name is left/],
    ["@rack1!@rack1", 13, /no name is left/],
  ])("%j is refused", (text, offset, detail) => {
    expect(read(text)).toMatchObject({ ok: false, error: { offset, detail: expect.stringMatching(detail) } });
  });

  test("never throws, whatever is typed", () => {
    const typed = fc.oneof(fc.string(), fc.stringMatching(/^(@?(rack|node)?[\][,\-!&0-9b ]{0,3}){0,8}$/));
    fc.assert(fc.property(typed, (text) => void read(text)));
  });

  test("some groups are the union of their nodes", () => {
    const names = fc.array(fc.constantFrom(...Object.keys(GROUPS)), { minLength: 1 });
    fc.assert(
      fc.property(names, (groups) => {
        const set = read(groups.map((name) => `@${name}`).join(","));
        expect(new Set(set.ok ? set.names : [])).toEqual(
          new Set(groups.flatMap((name) => GROUPS[name] ?? [])),
        );
      }),
    );
  });
});

const FOLDED: readonly (readonly [names: string, text: string])[] = [
  ["", ""],
  ["node1", "node1"],
  ["node1 node2 node3", "node[1-3]"],
  ["node3 node1", "node[1,3]"],
  ["node08 node09 node10 node11", "node[08-11]"],
  ["node9 node09 node10", "node[9,09-10]"],
  ["node1.rack2 node2.rack2 node1.rack3 node2.rack3", "node[1-2].rack[2-3]"],
  ["rack1node1 rack1node2 rack2node1", "rack1node[1-2],rack2node1"],
  ["login node1 node2", "login,node[1-2]"],
];

describe("foldNodeSet", () => {
  test.each(FOLDED)("writes %j", (names, text) => {
    expect(foldNodeSet(names.split(" ").filter(Boolean))).toBe(text);
  });

  test("is the inverse of parseNodeSet", () => {
    const name = fc.stringMatching(/^[a-z]{1,2}[0-9]{0,4}(\.r[0-9]{1,2})?$/);
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 40 }), (names) => {
        expect(new Set(namesOf(foldNodeSet(names)))).toEqual(new Set(names));
      }),
    );
  });
});
