import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readCabling } from "#src/fabric/cabling.ts";
import type { CablingRead } from "#src/fabric/cabling_types.ts";
import { readSpeed } from "#src/fabric/cabling_words.ts";
import { expectedFrom } from "#src/fabric/cabling_write.ts";
import { APPLIANCE } from "#src/fabric/fabric_messages.ts";
import type { Fabric } from "#src/fabric/graph.ts";
import { inertLine } from "#src/value/inert_line.ts";
import { anyName, madeFabric } from "./made_fabric.ts";

/** `line node switch|port speed`, `line switch|port switch|port speed`. */
function rows(read: CablingRead): readonly string[] {
  if (!read.ok) return read.problems.map(({ line, wanted }) => `${line}: wants ${wanted}`);
  const { nodes, links } = read.cabling;
  const port = (at: { readonly switch: string; readonly port: string }) => `${at.switch}|${at.port}`;
  return [
    ...nodes.map(({ line, node, at, speedMbit }) => `${line} ${node} ${port(at)} ${speedMbit ?? "-"}`),
    ...links.map(({ line, ends, speedMbit }) => `${line} ${ends.map(port).join(" ")} ${speedMbit ?? "-"}`),
  ];
}

describe.each<readonly [string, string, readonly string[]]>([
  [
    "YAML",
    "# ours\nnodes:\n  node7: sw2/Gi1/0/7\n  node8: sw2/Gi1/0/8 10G\nlinks:\n  - sw1/49 - sw2/49 2.5Gbit/s\n",
    ["3 node7 sw2|Gi1/0/7 -", "4 node8 sw2|Gi1/0/8 10000", "6 sw1|49 sw2|49 2500"],
  ],
  ["YAML of nodes alone", "node7: sw2/7\nnode8: sw2/8\n", ["1 node7 sw2|7 -", "2 node8 sw2|8 -"]],
  ["YAML of links alone", "- sw1/1 - sw2/1\n- sw1/2 -- sw3/1\n", ["1 sw1|1 sw2|1 -", "2 sw1|2 sw3|1 -"]],
  [
    "a node set at a row of ports",
    "node[1-3]: sw1/xe-0/0/[1-3] 10G",
    ["1 node1 sw1|xe-0/0/1 10000", "1 node2 sw1|xe-0/0/2 10000", "1 node3 sw1|xe-0/0/3 10000"],
  ],
  ["a node with two cards", "nodes:\n  n1: [sw1/1, sw2/1 1G]", ["2 n1 sw1|1 -", "2 n1 sw2|1 1000"]],
  [
    "mappings",
    'nodes:\n  n1: {switch: a/b, port: "07", speed: 1G}\n  n2: {at: c/8, speed: 100M}\nlinks:\n  - {ends: [{switch: a/b, port: x y}, c/9], speed: 40G}',
    ["2 n1 a/b|07 1000", "3 n2 c|8 100", "5 a/b|x y c|9 40000"],
  ],
  ["a port that looks like brackets", "n1: sw1/[7]", ["1 n1 sw1|[7] -"]],
  [
    "a table",
    "node7,sw2,Gi1/0/7\nnode8, sw2 ,Gi1/0/8,10G\n\n# links\nsw1,49,sw2,49\nsw1,50,sw2,50,10G",
    ["1 node7 sw2|Gi1/0/7 -", "2 node8 sw2|Gi1/0/8 10000", "5 sw1|49 sw2|49 -", "6 sw1|50 sw2|50 10000"],
  ],
  [
    "a table with a head, marks of a spreadsheet and quotes",
    '\uFEFFnode;switch;port;speed\r\nnode7;"the ""big"" one";"7;8";1G\r\n',
    ['2 node7 the "big" one|7;8 1000'],
  ],
  ["a table of places", "node7\tsw2/7\nnode8\tsw2/8\t1G", ["1 node7 sw2|7 -", "2 node8 sw2|8 1000"]],
  [
    "a table with node sets",
    "node[1-2,4],sw1,[1-3]",
    ["1 node1 sw1|1 -", "1 node2 sw1|2 -", "1 node4 sw1|3 -"],
  ],
  ["nothing", "# nothing\n", ["1: wants at least one node or link"]],
  [
    "a node without a place",
    "nodes:\n  n1:\n  n2: sw1\n",
    [
      "2: wants a switch and a port like sw1/7, and a speed like 10G where one is wanted",
      "3: wants a switch and a port like sw1/7, and a speed like 10G where one is wanted",
    ],
  ],
  ["the same node twice", "n1: a/1\nn1: a/2\n", ["2: wants YAML: Map keys must be unique"]],
  ["a wrong speed", "nodes:\n  n1: {at: a/1, speed: fast}", ["2: wants a speed like 10G or 100M"]],
  [
    "an unknown word",
    "nodes:\n  n1: {at: a/1, rate: 1G}\nwires: []\n",
    [
      "2: wants one of switch, port, at, speed",
      "3: wants nodes, a mapping of nodes to places, and links, a list",
    ],
  ],
  ["too few ports", "node[1-3]: sw1/[1-2]", ["1: wants as many ports as nodes: 3 nodes, 2 ports"]],
  ["one port for many", "node[1-3]: sw1/7", ["1: wants as many ports as nodes: 3 nodes, 1 ports"]],
  ["no node set", "a;b: sw1/7", ['1: wants a node or node set: unexpected ";"']],
  [
    "a link with one end",
    "links:\n  - sw1/7",
    ["2: wants two places like sw1/49 - sw2/49, and a speed like 10G where one is wanted"],
  ],
  ["an alias", "nodes: &a\n  n1: s/1\nlinks: *a", ["3: wants a list of links"]],
  [
    "a table with a wrong speed",
    "n1,sw1,7,1G\nn2,sw1\nsw1,1,sw2,2,fast\na,b,c,d,e,f",
    [
      "2: wants a switch and a port like sw1/7, and a speed like 10G where one is wanted",
      "3: wants a speed like 10G or 100M",
      "4: wants node,switch,port[,speed] or switch,port,switch,port[,speed]",
    ],
  ],
])("%s", (_, text, expected) => {
  test("reads", () => expect(rows(readCabling(text))).toEqual(expected));
});

test.each([
  ["10G", 10_000],
  ["100m", 100],
  ["2.5 Gbit/s", 2500],
  ["1000Mbps", 1000],
  ["1Tb/s", 1_000_000],
  ["10", undefined],
  ["0G", undefined],
  ["1e9G", undefined],
  ["fast", undefined],
])("speed %s", (text, expected) => expect(readSpeed(text)).toBe(expected));

test("no text makes it throw, and it never says more than a hundred things", () => {
  const piece = fc.constantFrom(
    "nodes:",
    "links:",
    "\n",
    "  ",
    "- ",
    "a/1",
    "n[1-3]",
    ",",
    ";",
    '"',
    "{",
    "}",
    "[",
    "]",
    ": ",
    "&a",
    "*a",
    "10G",
    "!!js/function",
    "\t",
    "#",
    "|",
    "\u0000",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        anyName,
        fc.array(piece).map((all) => all.join("")),
      ),
      (text) => {
        const read = readCabling(text);
        if (!read.ok) expect(read.problems.length).toBeGreaterThan(0);
        if (!read.ok) expect(read.problems.length).toBeLessThanOrEqual(100);
      },
    ),
  );
  expect(rows(readCabling("x\n".repeat(1000).replaceAll("x", "a,b,c,d,e,f")))).toHaveLength(100);
});

test("what is seen is written so that it reads back as the same", () => {
  const fabric = madeFabric({
    links: [
      { ends: "core/lag1 - e 1/lag", speedMbit: 20_000, cables: ["core/1 - e 1/49", "core/2 - e 1/50"] },
      { ends: "core/3 - odd - name/1 10G", speedMbit: 2500 },
      { ends: "core/4 - guess/1", confidence: "inferred" },
    ],
    at: { appliance: "core/a", n10: ["e 1/Gi1/0/10", 1000], n9: ["e 1/Port: 9", 10], n8: "core" },
  });
  expect(expectedFrom(fabric)).toMatchInlineSnapshot(`
    "# The cabling as it is. Correct what should be otherwise, then check against it.
    # NODE: SWITCH/PORT SPEED; links: SWITCH/PORT - SWITCH/PORT SPEED. A speed may be left out.
    nodes:
      appliance: core/a
      n9: "e 1/Port: 9 10M"
      n10: e 1/Gi1/0/10 1G
    links:
      - core/1 - e 1/49 10G
      - core/2 - e 1/50 10G
    "
  `);
  expect(
    rows(readCabling(expectedFrom(fabric, { nodes: ["n9"] }))).filter((row) => row.includes("n9")),
  ).toEqual(["4 n9 e 1|Port: 9 10"]);
});

test("the appliance has a place too, under the name that no node can have", () => {
  const fabric = madeFabric({ at: { [APPLIANCE]: ["core/a", 10_000] } });
  expect(rows(readCabling(expectedFrom(fabric)))).toEqual(["4 (appliance) core|a 10000"]);
});

test("switches of one name are written by their ids", () => {
  const fabric = madeFabric({ at: { n1: "a1/1", n2: "a2/1" } });
  const same = { ...fabric, switches: fabric.switches.map((one) => ({ ...one, name: "sw" })) };
  expect(rows(readCabling(expectedFrom(same)))).toEqual(["4 n1 a1|1 -", "5 n2 a2|1 -"]);
});

test("any names are written so that they read back as the same", () => {
  const word = anyName.map((name) => inertLine(name).trim()).filter((name) => name !== "");
  fc.assert(
    fc.property(
      word,
      word,
      word,
      fc.constantFrom(undefined, 10, 2500, 10_000, 33),
      (one, other, port, speedMbit) => {
        const switches = [one, `${other}2`].map((name, at) => ({
          ...madeFabric({ switches: [`s${at}`] }).switches[0],
          id: `s${at}`,
          name,
        }));
        const at = { switch: "s0", port };
        const ends = [at, { switch: "s1", port: "1" }] as const;
        const attachment = {
          endpoint: "n1",
          mac: "02:00:00:00:00:01",
          at,
          speedMbit,
          confidence: "certain",
          evidence: [],
        };
        const link = { ends, cables: [], speedMbit, confidence: "certain", evidence: [] };
        const fabric = {
          ...madeFabric({}),
          switches,
          links: [link],
          attachments: [attachment],
        } as unknown as Fabric;
        const read = readCabling(expectedFrom(fabric));
        expect(read).toMatchObject({
          ok: true,
          cabling: {
            nodes: [{ node: "n1", at: { switch: one, port } }],
            links: [
              {
                ends: [
                  { switch: one, port },
                  { switch: `${other}2`, port: "1" },
                ],
              },
            ],
          },
        });
        if (read.ok)
          expect([read.cabling.nodes[0]?.speedMbit, read.cabling.links[0]?.speedMbit]).toEqual([
            speedMbit,
            speedMbit,
          ]);
      },
    ),
  );
});
