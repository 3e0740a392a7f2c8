import { expect, test } from "vitest";
import { chainOrder } from "#src/fabric/order.ts";
import { type MadeFabric, madeFabric } from "./made_fabric.ts";
import { at, CROSSED, names, orderOf, set, uplink } from "./order_helpers.ts";

const all = set("n[1-6]");
const table: readonly (readonly [string, MadeFabric, readonly string[], string])[] = [
  ["keeps each switch together", CROSSED, all, "n1 n3 n5 n2 n4 n6"],
  [
    "visits the switch behind the faster link first",
    { ...CROSSED, links: [uplink("e1", 100), uplink("e2")] },
    all,
    "n2 n4 n6 n1 n3 n5",
  ],
  [
    "goes by name where no link has a known speed",
    { ...CROSSED, links: [{ ends: "core/e1 - e1/up" }, { ends: "core/e2 - e2/up" }] },
    all,
    "n1 n3 n5 n2 n4 n6",
  ],
  [
    "visits a switch behind a lossy link last",
    {
      ...CROSSED,
      ports: { "core/e1": { inErrors: 500_000 }, "core/e2": { inErrors: 3 }, "core/a": { inErrors: 0 } },
    },
    all,
    "n2 n4 n6 n1 n3 n5",
  ],
  [
    "does not take a link for lossy whose switch counts errors everywhere",
    {
      ...CROSSED,
      ports: {
        "core/e1": { inErrors: 500_000 },
        "core/e2": { inErrors: 300_000 },
        "core/a": { inErrors: 400_000 },
      },
    },
    all,
    "n1 n3 n5 n2 n4 n6",
  ],
  [
    "visits a lossy link last where no speed is known",
    {
      links: [{ ends: "core/e1 - e1/up" }, { ends: "core/e2 - e2/up" }],
      at: { appliance: "core/a", n1: "e1/1", n2: "e2/1" },
      ports: { "core/e1": { inErrors: 500_000 }, "core/e2": { inErrors: 3 }, "core/a": { inErrors: 0 } },
    },
    set("n[1-2]"),
    "n2 n1",
  ],
  [
    "visits a link at half duplex last",
    { ...CROSSED, links: [uplink("e1", 1000), uplink("e2", 1000)], ports: { "e1/up": { duplex: "half" } } },
    all,
    "n2 n4 n6 n1 n3 n5",
  ],
  [
    "puts a slow node behind its neighbours, and its switch behind the others",
    { ...CROSSED, at: { ...CROSSED.at, ...at("n3", "e1", 100) } },
    all,
    "n2 n4 n6 n1 n5 n3",
  ],
  [
    "counts as people do",
    { at: { appliance: "core/a", ...at("n[1-12]", "core") } },
    set("n[12,2,10,1]"),
    "n1 n2 n10 n12",
  ],
  ["leaves out who is not asked for", CROSSED, ["n4", "n2", "n2", "n5"], "n2 n4 n5"],
  ["goes by name where nothing is known", {}, ["n10", "n9", "n1"], "n1 n9 n10"],
  ["puts unknown nodes behind all others, by name", CROSSED, ["n6", "x10", "x9", "n1"], "n1 n6 x9 x10"],
  [
    "puts islands behind what the appliance reaches, each kept together",
    { ...CROSSED, at: { ...CROSSED.at, ...at("a[1,4]", "far"), ...at("a[2,3]", "away") } },
    set("n[1,6],a[1-4]"),
    "n1 n6 a1 a4 a2 a3",
  ],
  [
    "keeps nodes together that share a port",
    { at: { appliance: "core/a", n1: "core/7", n2: "core/8", n3: "core/7" } },
    set("n[1-3]"),
    "n1 n3 n2",
  ],
  [
    "keeps faster links where links close a ring",
    {
      links: [uplink("e1", 1000), uplink("e2"), { ends: "e1/ring - e2/ring", speedMbit: 10_000 }],
      at: { appliance: "core/a", n1: "e1/1", n2: "e2/1", n3: "core/3" },
    },
    set("n[1-3]"),
    "n3 n2 n1",
  ],
  [
    "does not trust a link of MAC tables before one that was named",
    {
      links: [
        uplink("e1", 1000),
        uplink("e2", 1000),
        { ends: "e1/ring - e2/ring", speedMbit: 10_000, confidence: "inferred" },
      ],
      at: { appliance: "core/a", n1: "e1/1", n2: "e2/1" },
    },
    set("n[1-2]"),
    "n1 n2",
  ],
];
test.each(table)("%s", (_, fabric, nodes, expected) => {
  expect(names(orderOf(fabric, { nodes }))).toBe(expected);
});

test("takes what an agent says of its link before what the switch says", () => {
  const linkMbitOf = (node: string) => (node === "n1" ? 100 : undefined);
  expect(names(orderOf(CROSSED, { nodes: all, linkMbitOf }))).toBe("n2 n4 n6 n3 n5 n1");
});

test("takes the card that a node is installed over, else one that the appliance reaches", () => {
  const fabric = madeFabric({ ...CROSSED, at: { ...CROSSED.at, other: "away/1" } });
  const [first, last] = [fabric.attachments.find((one) => one.endpoint === "n1"), fabric.attachments.at(-1)];
  const two = {
    ...fabric,
    attachments: [
      ...fabric.attachments,
      { ...last, endpoint: "n1", speedMbit: 40_000 } as NonNullable<typeof last>,
    ],
  };
  const options = { appliance: "appliance", nodes: ["n1"] };
  expect(chainOrder(two, options).nodes[0]?.at).toEqual(first?.at);
  expect(chainOrder(two, { ...options, macOf: () => last?.mac }).nodes[0]?.path).toEqual(["away"]);
});

test("guesses that a node stands where those next to it by name stand, and says so", () => {
  const fabric: MadeFabric = {
    links: [uplink("e1"), uplink("e2")],
    at: { appliance: "core/a", ...at("n[1,3]", "e1"), ...at("n[5-6],m7", "e2") },
  };
  const order = orderOf(fabric, { nodes: set("n[1-8],m[7-8]") });
  expect(order.nodes.map(({ node, place, path }) => `${node} ${place} ${path.at(-1) ?? "-"}`)).toEqual([
    "m7 seen e2",
    "n5 seen e2",
    "n6 seen e2",
    "n1 seen e1",
    "n2 guessed e1",
    "n3 seen e1",
    "m8 unknown -",
    "n4 unknown -",
    "n7 unknown -",
    "n8 unknown -",
  ]);
  expect(order.explanation.guessed).toEqual([{ node: "n2", switch: "e1", name: "e1" }]);
  expect(order.explanation.unknown).toEqual(["m8", "n4", "n7", "n8"]);
});

test("passes through switches without nodes, and not through those that lead nowhere", () => {
  const links = [
    uplink("e1"),
    { ends: "e1/d - e2/up", speedMbit: 1000 },
    { ends: "e2/d - e3/up", speedMbit: 1000 },
  ];
  const order = orderOf({ links, at: { appliance: "core/a", n1: "e2/1" } }, { nodes: ["n1"] });
  expect(order.nodes[0]?.path).toEqual(["core", "e1", "e2"]);
  expect(order.explanation.visits.map(({ switch: id, nodesBelow }) => `${id} ${nodesBelow}`)).toEqual([
    "core 1",
    "e1 1",
    "e2 1",
  ]);
});

test("starts at the switch with most links where nobody saw the appliance", () => {
  const order = orderOf(
    { ...CROSSED, at: { ...at("n1", "e1"), ...at("n2", "e2") } },
    { nodes: ["n1", "n2"] },
  );
  expect(order.nodes.map(({ path }) => path)).toEqual([
    ["core", "e1"],
    ["core", "e2"],
  ]);
  expect(order.explanation.appliance).toBeUndefined();
});

test("a link that only MAC tables hint at is used where nothing else leads to a switch, and nowhere else", () => {
  const links = [
    uplink("e1", 1000),
    uplink("e2", 1000),
    { ends: "e1/r - e2/r", speedMbit: 10_000, confidence: "inferred" as const },
  ];
  const path = (made: MadeFabric["links"]) =>
    orderOf({ links: made ?? [], at: { appliance: "core/a", n2: "e2/1" } }, { nodes: ["n2"] }).nodes[0]?.path;
  expect(path(links)).toEqual(["core", "e2"]);
  expect(path([...links.slice(0, 1), ...links.slice(2)])).toEqual(["core", "e1", "e2"]);
});

test("the switch with most links is the first of an island, whatever its name", () => {
  const links = [{ ends: "z/1 - a/1" }, { ends: "z/2 - b/1" }];
  const order = orderOf({ links, at: { n1: "a/7", n2: "b/7" } }, { nodes: ["n1", "n2"] });
  expect(order.nodes.map(({ path }) => path.join(" "))).toEqual(["z a", "z b"]);
});

test("nothing is guessed of a node by neighbours that are named in another way", () => {
  const order = orderOf({ at: { appliance: "e1/a", n9: "e1/9", p1: "e1/1" } }, { nodes: ["n9", "o1", "p1"] });
  expect(order.nodes.map(({ node, place }) => `${node} ${place}`)).toEqual([
    "n9 seen",
    "p1 seen",
    "o1 unknown",
  ]);
});

test("a link or node of unknown speed is taken to be like most of the others", () => {
  const links = [uplink("e1"), { ends: "core/e2 - e2/up" }, uplink("e3"), uplink("e4", 25_000)];
  const made: MadeFabric = {
    links,
    at: {
      appliance: "core/a",
      ...at("n1", "e1", 25_000),
      ...at("n2", "e2", 25_000),
      ...at("n3", "e3", 25_000),
      ...at("n4", "e4", 25_000),
    },
  };
  expect(names(orderOf(made, { nodes: set("n[1-4]") }))).toBe("n4 n1 n2 n3");
  const nodes: MadeFabric = {
    at: { appliance: "s/a", ...at("n[1,3]", "s"), n2: "s/2", ...at("n4", "s", 100) },
  };
  expect(names(orderOf(nodes, { nodes: set("n[1-4]") }))).toBe("n1 n2 n3 n4");
  expect(names(orderOf(nodes, { nodes: set("n[2,4]") }))).toBe("n2 n4");
});
