import fc from "fast-check";
import { expect, test } from "vitest";
import type { Fabric } from "#src/fabric/graph.ts";
import { drawTree, type TreeTextOptions } from "#src/fabric/tree_text.ts";
import { anyName, madeFabric } from "./made_fabric.ts";
import { at, set } from "./order_helpers.ts";
import { fabricOfTree, randomTree, shuffled } from "./random_tree.ts";

const draw = (fabric: Fabric, options: Partial<TreeTextOptions> = {}): string =>
  drawTree(fabric, { appliance: "appliance", ...options });
const ports = (
  nodes: string,
  id: string,
  prefix: string,
  from = 1,
): Record<string, readonly [string, number]> =>
  Object.fromEntries(set(nodes).map((node, number) => [node, [`${id}/${prefix}${from + number}`, 1000]]));

const made = madeFabric({
  links: [
    { ends: "core/1 - e1/49", speedMbit: 10_000 },
    {
      ends: "core/lag2 - e2/lag1",
      speedMbit: 20_000,
      cables: ["core/2 - e2/49", "core/3 - e2/50"],
      confidence: "likely",
    },
    { ends: "e2/48 - hidden", confidence: "inferred" },
    { ends: "e1/50 - e2/51", speedMbit: 100 },
  ],
  at: {
    appliance: ["core/a", 10_000],
    ...ports("node[1-16]", "e1", ""),
    ...ports("node[17-19]", "e2", "Gi1/0/", 7),
    node20: ["e2/Gi1/0/11", 100],
    node22: "e2/Gi1/0/12",
    node21: "e2/Gi1/0/13",
    node30: "hidden",
    alone1: "island/1",
  },
  ports: { "e1/49": { inErrors: 90_000, duplex: "half" } },
});
const [first] = made.attachments;
const FABRIC: Fabric = {
  ...made,
  switches: made.switches.map((one) => ({
    ...one,
    knowledge: ({ e2: "partial", hidden: "inferred", island: "silent" } as const)[one.id] ?? "read",
    members: one.id === "core" ? [1, 2].map((number) => ({ number, model: "", serial: "" })) : [],
  })),
  attachments: [...made.attachments, { ...first, endpoint: undefined } as NonNullable<typeof first>],
  contradictions: [{ kind: "ring", at: [], text: "One of these links is blocked" }],
};

test("a fabric as a tree", () => {
  expect(draw(FABRIC)).toMatchInlineSnapshot(`
    "core, stack of 2, appliance at a, 10 Gbit/s
    ├─ 1 other machine
    ├─ 1 - 49 e1, 10 Gbit/s, lossy, half duplex
    │  └─ node[1-16] on ports 1-16, 1 Gbit/s
    └─ lag2 - lag1 e2, read in part, 20 Gbit/s, 2 cables, one side says so
       ├─ node[17-19] on ports Gi1/0/[7-9], 1 Gbit/s
       ├─ node20 on port Gi1/0/11, 100 Mbit/s
       ├─ node22 on port Gi1/0/12
       ├─ node21 on port Gi1/0/13
       └─ 48 - ? hidden, not seen, MAC tables want one here, by MAC tables
          └─ node30 on a port that nobody knows
    island, did not answer
    └─ alone1 on port 1
    ! closes a ring: e1/50 - e2/51
    ! One of these links is blocked
    "
  `);
});

test("the same in a narrow terminal without other characters than ASCII", () => {
  expect(draw(FABRIC, { ascii: true, width: 44 })).toMatchInlineSnapshot(`
    "core, stack of 2, appliance at a, 10 Gbit/s
    |- 1 other machine
    |- 1 - 49 e1, 10 Gbit/s, lossy, half duplex
    |  \`- node[1-16] on ports 1-16, 1 Gbit/s
    \`- lag2 - lag1 e2, read in part, 20 Gbit/s,
       |  2 cables, one side says so
       |- node[17-19] on ports Gi1/0/[7-9],
       |     1 Gbit/s
       |- node20 on port Gi1/0/11, 100 Mbit/s
       |- node22 on port Gi1/0/12
       |- node21 on port Gi1/0/13
       \`- 48 - ? hidden, not seen, MAC tables
          |  want one here, by MAC tables
          \`- node30 on a port that nobody knows
    island, did not answer
    \`- alone1 on port 1
    ! closes a ring: e1/50 - e2/51
    ! One of these links is blocked
    "
  `);
});

test("a deep fabric keeps its width, and its depth is a number", () => {
  const links = Array.from({ length: 60 }, (_, number) => ({ ends: `s${number}/d - s${number + 1}/u` }));
  const lines = draw(madeFabric({ links, at: { appliance: "s0/a" } }), { width: 60 }).split("\n");
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
  expect(lines[10]).toBe(`${"   ".repeat(9)}└─ d - u s10`);
  expect(lines[11]).toBe("… 11: d - u s11");
  expect(lines[60]).toBe("… 60: d - u s60");
});

test("machines behind a switch that nobody sees are one row, and what only MAC tables say has a mark", () => {
  const fabric = madeFabric({ at: { n1: "s/1", n2: "s/7", n3: "s/7", n10: "s/7", n4: "s/8" } });
  const attachments = fabric.attachments.map((one) => ({ ...one, confidence: "inferred" as const }));
  expect(draw({ ...fabric, attachments }).split("\n")).toEqual([
    "s",
    "├─ n1 on port 1, ~",
    "├─ n[2-3,10] on port 7, over a switch that nobody sees, ~",
    "└─ n4 on port 8, ~",
    "~ by MAC tables alone",
    "",
  ]);
});

test("nothing known", () => expect(draw(madeFabric({}))).toBe("No switch is known.\n"));

test("no line is wider than asked, no node is lost, and the order of things does not matter", () => {
  fc.assert(
    fc.property(randomTree, fc.integer({ min: 40, max: 120 }), fc.integer(), (tree, width, seed) => {
      const text = draw(fabricOfTree(tree), { width });
      for (const line of text.split("\n")) expect([...line].length).toBeLessThanOrEqual(width);
      expect(draw(shuffled(fabricOfTree(tree), seed), { width })).toBe(text);
      const whole = draw(fabricOfTree(tree), { width: 10_000 });
      const drawn = [...whole.matchAll(/[├└]─ (n\S*) on ports?/g)].flatMap(([, nodes = ""]) => set(nodes));
      expect(drawn.toSorted()).toEqual(tree.switchOf.map((_, node) => `n${node}`).toSorted());
    }),
  );
});

test("whatever switches call themselves does nothing to a terminal, and ASCII stays ASCII", () => {
  fc.assert(
    fc.property(anyName, anyName, (name, port) => {
      const fabric = madeFabric({ at: { appliance: "s/a", ...at("n1", "s") } });
      const switches = fabric.switches.map((one) => ({ ...one, name }));
      const attachments = fabric.attachments.map((one) => ({ ...one, at: { ...one.at, port } }));
      const hostile = { ...fabric, switches, attachments };
      expect(draw(hostile)).not.toMatch(/[^\n\P{Cc}]/u);
      expect(draw(hostile, { ascii: true })).toMatch(/^[\n\x20-\x7e]*$/);
    }),
  );
});
