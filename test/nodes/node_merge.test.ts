import fc from "fast-check";
import { expect, test } from "vitest";
import type { Node } from "#src/nodes/node.ts";
import { NodeIndex } from "#src/nodes/node_index.ts";
import { planMerge, planReplace, planSplit, planSwap, type SplitTo } from "#src/nodes/node_merge.ts";
import type { MakePlan, NodePlan } from "#src/nodes/node_plan.ts";
import type { Place } from "#src/nodes/place.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

const mac = (number: number): Mac => `52:54:00:00:00:0${number}` as Mac;
const port = (number: number): Place => ({ switchId: "s1", switchName: "rack1-sw", port: `Eth${number}` });
const node = (number: number, change: Partial<Node> = {}): Node => ({
  name: `n${number}`,
  macs: [mac(number)],
  status: "registered",
  kernelArguments: [],
  ...change,
});
const RULES = { whyNotAddress: () => undefined, whyNotOption: () => undefined, isGroup: () => true };
const POWER = {
  driver: "ipmi",
  address: "10.77.0.201",
  port: 623,
  user: "admin",
  password: "secret",
} as const;

function carriedOut(nodes: readonly Node[], make: MakePlan): { plan: NodePlan; after: readonly Node[] } {
  const index = new NodeIndex(nodes);
  const plan = make({ index, rules: RULES });
  if (plan.ok) {
    for (const name of plan.remove) index.drop(name);
    for (const one of plan.put) index.hold(one);
  }
  return { plan, after: index.all() };
}

const named = (nodes: readonly Node[], name: string): Node | undefined =>
  nodes.find((one) => one.name === name);

test("merging takes MACs and what the node lacks, and leaves the rest of the other behind", () => {
  const first = node(1, {
    groups: ["rack1"],
    kernelArguments: ["quiet"],
    identity: { serial: "S1", places: { [mac(1)]: port(1) } },
  });
  const second = node(2, {
    address: "10.77.0.12" as Ipv4,
    power: POWER,
    groups: ["rack2"],
    firmware: "uefi",
    identity: { uuid: "u", places: { [mac(2)]: port(2) } },
  });
  const { after, plan } = carriedOut([first, second], planMerge("n1", "n2", false));
  expect(after).toEqual([
    {
      ...first,
      macs: [mac(1), mac(2)],
      address: "10.77.0.12",
      power: POWER,
      firmware: "uefi",
      secureBoot: undefined,
      identity: { serial: "S1", uuid: "u", places: { [mac(1)]: port(1), [mac(2)]: port(2) } },
    },
  ]);
  expect(plan).toMatchObject({ origins: new Map([["n1", ["n1", "n2"]]]) });
});

test("two serial numbers are two machines, unless the operator knows better", () => {
  const nodes = [node(1, { identity: { serial: "S1" } }), node(2, { identity: { serial: "S2" } })];
  expect(carriedOut(nodes, planMerge("n1", "n2", false)).plan).toMatchObject({
    ok: false,
    problem: { kind: "twoMachines", serials: ["S1", "S2"] },
  });
  expect(carriedOut(nodes, planMerge("n1", "n2", true)).after).toMatchObject([
    { identity: { serial: "S1" } },
  ]);
});

const TWO_CARDS = node(1, {
  macs: [mac(1), mac(2)],
  power: POWER,
  identity: { serial: "S1", places: { [mac(1)]: port(1), [mac(2)]: port(2) } },
});

test.each<readonly [what: string, to: SplitTo, second: Partial<Node>]>([
  ["a node of its own", { kind: "named", name: "n9" }, { name: "n9", status: "registered" }],
  ["a discovered machine", { kind: "discovered" }, { name: "discovered-525400000002", status: "discovered" }],
])("splitting makes %s with the ports of its cards", (_, to, second) => {
  const { after } = carriedOut([TWO_CARDS], planSplit("n1", [mac(2)], to));
  expect(after).toEqual([
    { ...TWO_CARDS, macs: [mac(1)], identity: { serial: "S1", places: { [mac(1)]: port(1) } } },
    expect.objectContaining({ ...second, macs: [mac(2)], identity: { places: { [mac(2)]: port(2) } } }),
  ]);
  expect(after[1]?.power).toBeUndefined();
});

test("a card moves to a node that is there", () => {
  const { after } = carriedOut(
    [TWO_CARDS, node(3)],
    planSplit("n1", [mac(2)], { kind: "existing", node: "n3" }),
  );
  expect(named(after, "n3")).toMatchObject({
    macs: [mac(3), mac(2)],
    identity: { places: { [mac(2)]: port(2) } },
  });
});

test("a new machine takes the place; going back is the same command", () => {
  const old = node(1, {
    ...{ power: POWER, groups: ["rack1"], address: "10.77.0.11" as Ipv4, firmware: "bios" },
    identity: { serial: "S1", places: { [mac(1)]: port(1) } },
  });
  const fresh = node(2, {
    ...{ name: "discovered-2", status: "discovered", firmware: "uefi" },
    identity: { uuid: "u2", places: { [mac(2)]: port(1) } },
  });
  const { after } = carriedOut([old, fresh], planReplace("n1", "discovered-2", false));
  expect(named(after, "n1")).toEqual({
    ...old,
    macs: [mac(2)],
    firmware: "uefi",
    identity: fresh.identity,
  });
  const former = "discovered-525400000001";
  expect(named(after, former)).toMatchObject({
    ...{ status: "discovered", macs: [mac(1)], firmware: "bios", identity: { serial: "S1" } },
  });
  const back = carriedOut(after, planReplace("n1", former, true)).after;
  expect(back).toMatchObject([{ name: "n1", macs: [mac(1)], firmware: "bios", identity: { serial: "S1" } }]);
});

test("exchanged cards: MACs change places, names, serial numbers and settings do not", () => {
  const nodes = [
    node(1, { power: POWER, identity: { serial: "S1" } }),
    node(2, { identity: { serial: "S2" } }),
  ];
  const { after } = carriedOut(nodes, planSwap("n1", "n2"));
  expect(named(after, "n1")).toMatchObject({ macs: [mac(2)], power: POWER, identity: { serial: "S1" } });
  expect(named(after, "n2")).toMatchObject({ macs: [mac(1)], identity: { serial: "S2" } });
});

test.each<readonly [what: string, make: MakePlan, problem: object]>([
  ["a node with itself", planMerge("n1", "n1", false), { kind: "sameNode" }],
  ["what is not there", planMerge("n1", "n8", false), { kind: "unknownNode", node: "n8" }],
  ["into what is not there", planMerge("n8", "n1", false), { kind: "unknownNode", node: "n8" }],
  ["the last MAC", planSplit("n2", [mac(3)], { kind: "discovered" }), { kind: "noMac" }],
  ["no MAC at all", planSplit("n1", [], { kind: "discovered" }), { kind: "noMac" }],
  ["another's MAC", planSplit("n1", [mac(3)], { kind: "discovered" }), { kind: "notItsMac", mac: mac(3) }],
  ["a name that is taken", planSplit("n1", [mac(2)], { kind: "named", name: "n2" }), { kind: "nameTaken" }],
  ["a bad name", planSplit("n1", [mac(2)], { kind: "named", name: "A B" }), { kind: "badName" }],
  ["to itself", planSplit("n1", [mac(2)], { kind: "existing", node: "n1" }), { kind: "sameNode" }],
  ["a registered stand-in", planReplace("n1", "n2", false), { kind: "notDiscovered", node: "n2" }],
])("refuses: %s", (_, make, problem) => {
  const nodes = [TWO_CARDS, node(2, { macs: [mac(3)] })];
  const { plan, after } = carriedOut(nodes, make);
  expect(plan).toMatchObject({ ok: false, problem });
  expect(after).toEqual(nodes);
});

const cardsOf = (nodes: readonly Node[]): readonly string[] => nodes.flatMap(({ macs }) => macs).sort();

/** Four machines with one or two cards each, one of them discovered. */
const MACHINES: readonly Node[] = [1, 3, 5, 7].map((number) =>
  node(number, {
    macs: number === 7 ? [mac(7)] : [mac(number), mac(number + 1)],
    status: number === 7 ? "discovered" : "registered",
    address: number === 1 ? ("10.77.0.11" as Ipv4) : undefined,
  }),
);
const anyName = fc.constantFrom("n1", "n3", "n5", "n7", "discovered-525400000001", "split");
const anyMacs = fc.subarray([1, 2, 3, 4, 5, 6, 7].map(mac), { maxLength: 3 });
const anyChange: fc.Arbitrary<MakePlan> = fc.oneof(
  fc.tuple(anyName, anyName, fc.boolean()).map((args) => planMerge(...args)),
  fc.tuple(anyName, anyName).map((args) => planSwap(...args)),
  fc.tuple(anyName, anyName).map(([name, other]) => planReplace(name, other, false)),
  fc
    .tuple(
      anyName,
      anyMacs,
      fc.oneof(
        fc.constant<SplitTo>({ kind: "discovered" }),
        fc.constant<SplitTo>({ kind: "named", name: "split" }),
        anyName.map((name): SplitTo => ({ kind: "existing", node: name })),
      ),
    )
    .map((args) => planSplit(...args)),
);

test("whatever is done, each card is with one node, none is lost, and no name or address is taken twice", () => {
  fc.assert(
    fc.property(fc.array(anyChange, { maxLength: 12 }), (changes) => {
      let nodes = MACHINES;
      for (const make of changes) nodes = carriedOut(nodes, make).after;
      expect(cardsOf(nodes)).toEqual(cardsOf(MACHINES));
      expect(nodes.every(({ macs }) => macs.length > 0)).toBe(true);
      for (const list of [nodes.map(({ name }) => name), nodes.flatMap(({ address }) => address ?? [])])
        expect(new Set(list).size).toBe(list.length);
    }),
  );
});

test("merge, then split: both are who they were", () => {
  const pair = fc.uniqueArray(fc.constantFrom("n1", "n3", "n5", "n7"), { minLength: 2, maxLength: 2 });
  fc.assert(
    fc.property(pair, ([name = "", other = ""]) => {
      const theirs = named(MACHINES, other)?.macs ?? [];
      const one = carriedOut(MACHINES, planMerge(name, other, false)).after;
      const two = carriedOut(one, planSplit(name, theirs, { kind: "named", name: other })).after;
      for (const { name: who, macs } of MACHINES) expect(named(two, who)?.macs).toEqual(macs);
    }),
  );
});
