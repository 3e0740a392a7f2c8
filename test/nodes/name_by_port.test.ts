import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Finding } from "#src/nodes/finding.ts";
import { type NamingRequest, planNames } from "#src/nodes/name_by_port.ts";
import type { Node } from "#src/nodes/node.ts";
import { NodeIndex } from "#src/nodes/node_index.ts";
import { planRename } from "#src/nodes/node_rename.ts";
import type { Place } from "#src/nodes/place.ts";
import { readPortPattern } from "#src/nodes/port_pattern.ts";
import type { Mac } from "#src/value/mac.ts";
import { mac } from "./judged.ts";

const RULES = { whyNotAddress: () => undefined, whyNotOption: () => undefined, isGroup: () => true };

const port = (number: number | string, switchName = "rack2-sw"): Place => ({
  ...{ switchId: switchName, switchName },
  port: `Eth${number}`,
});

type Machine = { readonly name: string; readonly macs?: readonly Mac[]; readonly status?: Node["status"] };

/** Machines with MAC 1, 2, … unless told otherwise. */
function setup(
  machines: readonly Machine[],
  at: Readonly<Record<number, readonly Place[]>>,
  findings: readonly Finding[] = [],
) {
  const nodes = machines.map(
    ({ name, macs, status = "registered" }, index): Node => ({
      ...{ name, status, macs: macs ?? [mac(index + 1)], kernelArguments: [] },
    }),
  );
  const placed = new Map(Object.entries(at).map(([number, places]) => [mac(Number(number)), places]));
  const plan = (pattern: string, change: Omit<NamingRequest, "pattern"> = {}) => {
    const read = readPortPattern(pattern);
    if (!read.ok) throw new Error(read.why);
    return planNames(
      { pattern: read.pattern, ...change },
      {
        nodes,
        places: { placesOf: (one) => placed.get(one) ?? [] },
        findingsOf: (name) => findings.filter((one) => "other" in one && one.other === name),
      },
    );
  };
  return { nodes, plan };
}

const RACK = setup(
  [
    { name: "discovered-1", status: "discovered" },
    { name: "discovered-2", status: "discovered" },
    { name: "old" },
  ],
  { 1: [port(7)], 2: [port(8)], 3: [port(9, "rack3-sw")] },
);

test("machines are named by their ports, those elsewhere are left alone", () => {
  expect(RACK.plan("rack2-u{port}", { switches: "rack2-*" })).toEqual({
    names: [
      { node: "discovered-1", name: "rack2-u7", place: port(7) },
      { node: "discovered-2", name: "rack2-u8", place: port(8) },
    ],
    problems: [],
  });
});

test("all switches are taken when none is named", () => {
  expect(RACK.plan("n{port}").names.map(({ name }) => name)).toEqual(["n7", "n8", "n9"]);
});

test("a node that is off is where it was", () => {
  const { nodes } = setup([{ name: "a" }], {});
  const off = nodes.map((node) => ({ ...node, identity: { places: { [mac(1)]: port(5) } } }));
  const read = readPortPattern("n{port}");
  if (!read.ok) throw new Error(read.why);
  const sources = { nodes: off, places: { placesOf: () => [] }, findingsOf: () => [] };
  expect(planNames({ pattern: read.pattern, nodes: ["a"] }, sources).names).toMatchObject([{ name: "n5" }]);
});

test("the card on one of the switches counts", () => {
  const { plan } = setup([{ name: "a", macs: [mac(1), mac(2)] }], { 1: [port(3, "mgmt-sw")], 2: [port(4)] });
  expect(plan("n{port}", { switches: "rack2-*" }).names).toMatchObject([{ name: "n4" }]);
  expect(plan("n{port}").names).toMatchObject([{ name: "n3" }]);
});

describe("told, and nothing is to be done", () => {
  const two = [{ name: "a" }, { name: "b" }];
  test.each<readonly [string, ReturnType<ReturnType<typeof setup>["plan"]>, RegExp]>([
    [
      "a node that nobody saw",
      setup(two, { 1: [port(1)] }).plan("n{port}", { nodes: ["b"] }),
      /b by its port: no switch/,
    ],
    [
      "a node on another switch",
      setup(two, { 1: [port(1)] }).plan("n{port}", { nodes: ["a"], switches: "x" }),
      /a by its port: it was not seen on "x"/,
    ],
    ["a node that is not there", setup(two, {}).plan("n{port}", { nodes: ["c"] }), /No node is called "c"/],
    [
      "two machines on one port",
      setup(two, { 1: [port(1)], 2: [port(1)] }).plan("n{port}"),
      /a, b by one port: all are at/,
    ],
    [
      "one name for two ports",
      setup(two, { 1: [port(1)], 2: [port(1, "rack3-sw")] }).plan("n{port}"),
      /a \(rack2-sw Eth1\), b \(rack3-sw Eth1\) all "n1": say more/,
    ],
    [
      "the name of a node that stays",
      setup([{ name: "a" }, { name: "n1" }], { 1: [port(1)] }).plan("n{port}"),
      /a "n1": another node has that name/,
    ],
    [
      "a port without a number",
      setup(two, { 1: [port("-mgmt")] }).plan("n{port}"),
      /a, at rack2-sw Eth-mgmt, by its port/,
    ],
    ["a name that is none", setup(two, { 1: [port(1)] }).plan("-{port}"), /"-1" is no node name/],
    [
      "a second card",
      setup(two, { 2: [port(1)] }, [
        { kind: "secondCard", node: "a", other: "b", mac: mac(2), by: "inventory" },
      ]).plan("n{port}"),
      /b by its port: b is a network card of a/,
    ],
  ])("%s", (_, { problems }, problem) => {
    expect(problems).toHaveLength(1);
    expect(problems[0]?.problem).toMatch(problem);
  });
});

test("nodes exchange names, and keep all else", () => {
  const { nodes, plan } = setup([{ name: "n2" }, { name: "n1" }], { 1: [port(1)], 2: [port(2)] });
  const { names, problems } = plan("n{port}");
  expect(problems).toEqual([]);
  const renamed = planRename(names, { isRegistering: true })({ index: new NodeIndex(nodes), rules: RULES });
  expect(renamed).toMatchObject({
    put: [
      { name: "n1", macs: [mac(1)] },
      { name: "n2", macs: [mac(2)] },
    ],
    origins: new Map([
      ["n1", ["n2"]],
      ["n2", ["n1"]],
    ]),
  });
});

test("who is called so already is not touched", () => {
  const { nodes, plan } = setup([{ name: "n1" }], { 1: [port(1)] });
  const { names } = plan("n{port}");
  const renamed = planRename(names, { isRegistering: true })({ index: new NodeIndex(nodes), rules: RULES });
  expect(renamed).toMatchObject({ put: [], event: undefined });
});

test("64 identical machines become node[1-64], whatever the order in which they came", () => {
  const order = fc.shuffledSubarray(
    Array.from({ length: 64 }, (_, index) => index + 1),
    { minLength: 64 },
  );
  fc.assert(
    fc.property(order, (ports) => {
      const card = (number: number): Mac => `52:54:00:00:01:${number.toString(16).padStart(2, "0")}` as Mac;
      const nodes = ports.map(
        (_, index): Node => ({
          ...{ name: `discovered-${index}`, macs: [card(index)], status: "discovered", kernelArguments: [] },
        }),
      );
      const read = readPortPattern("node{port}");
      if (!read.ok) throw new Error(read.why);
      const at = new Map(ports.map((number, index) => [card(index), [port(number)]]));
      const sources = { nodes, places: { placesOf: (one: Mac) => at.get(one) ?? [] }, findingsOf: () => [] };
      const { names, problems } = planNames({ pattern: read.pattern }, sources);
      expect(problems).toEqual([]);
      const plan = planRename(names, { isRegistering: true })({ index: new NodeIndex(nodes), rules: RULES });
      const named = plan.ok ? plan.put : [];
      expect(new Set(named.map(({ name }) => name))).toEqual(
        new Set(Array.from({ length: 64 }, (_, index) => `node${index + 1}`)),
      );
      for (const { name, macs } of named)
        expect(at.get(macs[0] as Mac)).toEqual([port(Number(name.slice(4)))]);
    }),
    { numRuns: 20 },
  );
});
