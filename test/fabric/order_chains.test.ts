import { expect, test } from "vitest";
import { crossingsOf } from "#src/fabric/crossings.ts";
import { chainOrder } from "#src/fabric/order.ts";
import type { ChainOrderOptions } from "#src/fabric/order_types.ts";
import { type MadeFabric, madeFabric } from "./made_fabric.ts";
import { at, orderOf, set, uplink } from "./order_helpers.ts";

const TWO_EDGES: MadeFabric = {
  links: [uplink("e1", 1000), uplink("e2", 1000)],
  at: { appliance: ["core/a", 10_000], ...at("n[1-12]", "e1", 10_000), ...at("n[13-20]", "e2", 10_000) },
};
const table: readonly (readonly [string, MadeFabric, Partial<ChainOrderOptions>, string])[] = [
  ["two subtrees of 1 Gbit/s behind 10 Gbit/s", TWO_EDGES, {}, "12+8"],
  [
    "an appliance as fast as its nodes",
    { ...TWO_EDGES, at: { ...TWO_EDGES.at, appliance: ["core/a", 1000] } },
    {},
    "20",
  ],
  ["an appliance of unknown speed", { ...TWO_EDGES, at: { ...TWO_EDGES.at, appliance: "core/a" } }, {}, "20"],
  [
    "the appliance's own word",
    { ...TWO_EDGES, at: { ...TWO_EDGES.at, appliance: "core/a" } },
    { sourceMbit: 2000 },
    "12+8",
  ],
  [
    "uplinks that carry more than one stream",
    {
      links: [uplink("e1"), uplink("e2")],
      at: { appliance: ["core/a", 10_000], ...at("n[1-16]", "e1"), ...at("n[17-32]", "e2") },
    },
    {},
    "8+8+8+8",
  ],
  [
    "an aggregate, which carries a stream a cable",
    {
      links: [{ ends: "core/lag - e1/lag", speedMbit: 2000, cables: ["core/1 - e1/1", "core/2 - e1/2"] }],
      at: { appliance: ["core/a", 10_000], ...at("n[1-24]", "e1") },
    },
    {},
    "12+12",
  ],
  ["one switch", { at: { appliance: ["core/a", 2500], ...at("n[1-24]", "core") } }, {}, "12+12"],
  ["too few nodes", { at: { appliance: ["core/a", 2500], ...at("n[1-15]", "core") } }, {}, "15"],
  [
    "as many as are allowed",
    { at: { appliance: ["core/a", 100_000], ...at("n[1-64]", "core") } },
    { maxChains: 3 },
    "21+22+21",
  ],
  [
    "no speed at all",
    { at: { appliance: "core/a", x: "core/x" } },
    { nodes: set("n[1-64]"), sourceMbit: 10_000 },
    "64",
  ],
];
test.each(table)("%s", (_, fabric, options, expected) => {
  const nodes = Object.keys(fabric.at ?? {}).filter((name) => name.startsWith("n"));
  const { chains } = orderOf(fabric, { nodes, ...options });
  expect(chains.map(({ count }) => count).join("+")).toBe(expected);
});

test.each<readonly [string, MadeFabric, string]>([
  [
    "a link of unknown speed carries one chain",
    { links: [{ ends: "core/1 - e1/1" }], at: at("n[1-16]", "e1") },
    "16",
  ],
  [
    "two links of unknown speed carry one each",
    {
      links: [{ ends: "core/1 - e1/1" }, { ends: "core/2 - e2/1" }],
      at: { ...at("n[1-10]", "e1"), ...at("n[11-20]", "e2") },
    },
    "10+10",
  ],
  ["into an island goes one chain, by whatever way", { at: at("n[1-16]", "far") }, "16"],
  ["two islands have one each", { at: { ...at("n[1-8]", "far"), ...at("n[9-20]", "off") } }, "8+12"],
  ["nodes that nobody saw are dealt evenly", { at: {} }, "10+10"],
])("%s", (_, made, expected) => {
  const { chains } = orderOf(
    { ...made, at: { appliance: "core/a", ...made.at } },
    {
      nodes: Object.keys(made.at ?? {}).length === 0 ? set("n[1-20]") : Object.keys(made.at ?? {}),
      sourceMbit: 2500,
      linkMbitOf: () => 1000,
    },
  );
  expect(chains.map(({ count }) => count).join("+")).toBe(expected);
});

test("an aggregate gives one stream the speed of one of its cables that are up", () => {
  const cables = ["core/1 - e1/1", "core/2 - e1/2"];
  const link = { ends: "core/lag - e1/lag", speedMbit: 20_000, cables };
  const ports = { "core/1": { speedMbit: 10_000 }, "core/2": { speedMbit: 10, isUp: false } };
  const order = orderOf(
    { links: [link], ports, at: { appliance: "core/a", ...at("n1", "e1", 25_000) } },
    { nodes: ["n1"] },
  );
  expect(order.chains[0]?.rateMbit).toBe(10_000);
});

test("every node knows its chain, and each chain what bounds it from where on", () => {
  const slow = { ...TWO_EDGES, at: { ...TWO_EDGES.at, ...at("n12", "e1", 100) } };
  const { chains, nodes } = orderOf(slow, { nodes: set("n[1-20]") });
  expect(nodes.map(({ chain }) => chain)).toEqual([...Array(8).fill(0), ...Array(12).fill(1)]);
  expect(chains).toEqual([
    {
      ...{ first: 0, count: 8, rateMbit: 1000, expectedMBps: 118.75 },
      bounds: [{ fromNode: "n13", rateMbit: 1000, by: "link", at: { switch: "core", port: "e2" } }],
    },
    {
      ...{ first: 8, count: 12, rateMbit: 100, expectedMBps: 11.875 },
      bounds: [
        { fromNode: "n1", rateMbit: 1000, by: "link", at: { switch: "core", port: "e1" } },
        { fromNode: "n12", rateMbit: 100, by: "node", at: { switch: "e1", port: "n12" } },
      ],
    },
  ]);
});

test("crossings by name and by fabric: the figures of a tree of four edges with 16 nodes", () => {
  const edges = [1, 2, 3, 4].map((edge) => `e${edge}`);
  const nodes = set("n[1-16]");
  const fabric = madeFabric({
    links: edges.map((edge) => uplink(edge)),
    at: {
      appliance: "core/a",
      ...Object.fromEntries(nodes.map((node, number) => [node, `${edges[number % 4]}/${node}`])),
    },
  });
  const chain = chainOrder(fabric, { appliance: "appliance", nodes }).nodes.map(({ node }) => node);
  const count = (order: readonly string[]) =>
    crossingsOf(fabric, { appliance: "appliance", chain: order }).map(({ down, up }) => [down, up]);
  expect(count(nodes)).toEqual([
    [4, 4],
    [4, 4],
    [4, 4],
    [4, 3],
  ]);
  expect(count(chain)).toEqual([
    [1, 1],
    [1, 1],
    [1, 1],
    [1, 0],
  ]);
});
