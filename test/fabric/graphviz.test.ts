import fc from "fast-check";
import { expect, test } from "vitest";
import type { Fabric } from "#src/fabric/graph.ts";
import { drawGraph } from "#src/fabric/graphviz.ts";
import { inertLine } from "#src/value/inert_line.ts";
import { HOSTILE, labelLines, readDot } from "./dot_grammar.ts";
import { anyName, madeFabric } from "./made_fabric.ts";
import { fabricOfTree, randomTree, shuffled } from "./random_tree.ts";

const draw = (fabric: Fabric): string => drawGraph(fabric, { appliance: "appliance" });

const FABRIC = madeFabric({
  links: [
    { ends: "a/ring - core/9", speedMbit: 100 },
    { ends: "a/49 - core/1", speedMbit: 10_000 },
    {
      ends: "b/lag1 - core/lag2",
      speedMbit: 20_000,
      cables: ["b/49 - core/2", "b/50 - core/3"],
      confidence: "likely",
    },
    { ends: "b/48 - hidden", confidence: "inferred" },
  ],
  at: { appliance: ["core/a", 10_000], node1: ["a/1", 1000], node2: ["a/2", 1000], node3: "hidden" },
});

test("a fabric as a graph", () => {
  expect(draw(FABRIC)).toMatchInlineSnapshot(`
    "graph fabric {
      node [shape=box];
      s0 [label="core", style=solid];
      s1 [label="a", style=solid];
      s2 [label="b", style=solid];
      s3 [label="hidden", style=solid];
      s0_0 [label="appliance\\non port a", shape=plaintext];
      s0 -- s0_0 [label="10 Gbit/s", style=solid];
      s1_0 [label="node[1-2]\\non ports 1-2", shape=plaintext];
      s1 -- s1_0 [label="1 Gbit/s", style=solid];
      s3_0 [label="node3\\non a port that nobody knows", shape=plaintext];
      s3 -- s3_0 [label="", style=solid];
      s0 -- s1 [label="10 Gbit/s", taillabel="1", headlabel="49", style=solid, penwidth=2];
      s1 -- s0 [label="100 Mbit/s", taillabel="ring", headlabel="9", style=solid, penwidth=1, constraint=false];
      s2 -- s3 [label="", taillabel="48", headlabel="?", style=dotted, penwidth=1];
      s0 -- s2 [label="20 Gbit/s\\n2 cables", taillabel="lag2", headlabel="lag1", style=dashed, penwidth=2];
    }
    "
  `);
});

test("every graph can be read, has each switch and link once, and does not depend on the order of things", () => {
  fc.assert(
    fc.property(randomTree, fc.integer(), (tree, seed) => {
      const fabric = fabricOfTree(tree);
      const text = draw(fabric);
      const statements = readDot(text).filter(({ ids }) => ids[0] !== "node");
      const isSwitch = (id: string | undefined): boolean => /^s\d+$/.test(id ?? "");
      expect(statements.filter(({ ids }) => ids.length === 1 && isSwitch(ids[0]))).toHaveLength(
        tree.above.length,
      );
      expect(statements.filter(({ ids }) => ids.length === 2 && ids.every(isSwitch))).toHaveLength(
        tree.above.length - 1,
      );
      expect(draw(shuffled(fabric, seed))).toBe(text);
    }),
  );
});

test("no name gets out of its label", () => {
  const name = fc.oneof(
    fc.array(fc.constantFrom(...HOSTILE)).map((all) => all.join("")),
    anyName,
  );
  fc.assert(
    fc.property(name, name, (own, port) => {
      const fabric = madeFabric({ links: [{ ends: "a/1 - b/1" }], at: { appliance: "a/a" } });
      const switches = fabric.switches.map((one) => ({ ...one, name: own }));
      const links = fabric.links.map((one) => ({ ...one, ends: one.ends.map((end) => ({ ...end, port })) }));
      const statements = readDot(draw({ ...fabric, switches, links } as unknown as Fabric));
      expect(statements.map(({ ids }) => ids.join(" "))).toEqual([
        "node",
        "s0",
        "s1",
        "s0_0",
        "s0 s0_0",
        "s0 s1",
      ]);
      const shown = (text: string) => [...inertLine(text)].slice(0, 200).join("");
      expect(labelLines(statements[1]?.attributes.get("label") ?? "")).toEqual([shown(own)]);
      expect(labelLines(statements.at(-1)?.attributes.get("taillabel") ?? "")).toEqual([shown(port)]);
    }),
  );
});

test("an entity in a name is shown as it is written", () => {
  const fabric = madeFabric({ switches: ["a&lt;b"] });
  expect(draw(fabric)).toContain('label="a&amp;lt;b"');
});
