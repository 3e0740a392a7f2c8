import { expect, test } from "vitest";
import type { Finding } from "#src/nodes/finding.ts";
import { MemoryNamingRuleStore } from "#src/nodes/naming_rule.ts";
import { type NamingEvent, NamingRules } from "#src/nodes/naming_rules.ts";
import { MemoryNodeStore, type NodeChange, type NodeStore } from "#src/nodes/node_store.ts";
import type { Place } from "#src/nodes/place.ts";
import { NodeRegistry } from "#src/nodes/registry.ts";
import type { Mac } from "#src/value/mac.ts";
import { mac, port } from "./judged.ts";

function setup(store = new MemoryNamingRuleStore()) {
  const saves: NodeChange[] = [];
  const nodeStore = new MemoryNodeStore();
  const counted: NodeStore = {
    all: () => nodeStore.all(),
    save: (change) => {
      saves.push(change);
      return nodeStore.save(change);
    },
  };
  const nodes = new NodeRegistry({
    ...{ store: counted, isGroup: () => true, record: () => {} },
    ...{ whyNotAddress: () => undefined, whyNotOption: () => undefined },
  });
  const places = new Map<Mac, readonly Place[]>();
  const events: NamingEvent[] = [];
  const findings: Finding[] = [];
  const rules = new NamingRules({
    ...{ nodes, store, findingsOf: () => findings },
    places: { placesOf: (one) => places.get(one) ?? [] },
    record: (event) => events.push(event),
  });
  const apply = async (): Promise<readonly string[]> => {
    rules.apply();
    await rules.settled();
    return nodes.all().map(({ name, status }) => `${name} ${status}`);
  };
  const see = (number: number, ...ports: readonly number[]): void => {
    nodes.discover(mac(number), "uefi");
    places.set(mac(number), ports.map(port));
  };
  return { nodes, rules, events, apply, see, store, findings, saves };
}

const RULE = { switches: "rack1-*", pattern: "u{port:02}", isRegistering: false };

test("a new machine is named as soon as its port is known, and stays discovered", async () => {
  const { rules, apply, see } = setup();
  expect(await rules.add(RULE)).toMatchObject({ ok: true, rule: { id: 1 } });
  see(1);
  expect(await apply()).toEqual(["discovered-525400000001 discovered"]);
  see(1, 7);
  expect(await apply()).toEqual(["u07 discovered"]);
});

test("with a rule that registers it is registered", async () => {
  const { rules, apply, see } = setup();
  await rules.add({ ...RULE, isRegistering: true });
  see(1, 7);
  expect(await apply()).toEqual(["u07 registered"]);
});

test("the first rule that the switch is in counts, and what has a name keeps it", async () => {
  const { rules, apply, see, nodes } = setup();
  await rules.add({ ...RULE, switches: "rack9-*", pattern: "x{port}" });
  await rules.add(RULE);
  await rules.add({ ...RULE, pattern: "y{port}" });
  see(1, 7);
  expect(await apply()).toEqual(["u07 discovered"]);
  await nodes.update("u07", { name: "mine" });
  expect(await apply()).toEqual(["mine registered"]);
});

test("a machine whose name is taken stays what it is, and that is told once", async () => {
  const { rules, apply, see, events, nodes } = setup();
  await rules.add(RULE);
  await nodes.add({ name: "u07", macs: [mac(9)], kernelArguments: [] });
  see(1, 7);
  await apply();
  expect(await apply()).toEqual(["discovered-525400000001 discovered", "u07 registered"]);
  expect(events).toMatchObject([
    { kind: "machineNotNamed", node: "discovered-525400000001", problem: expect.stringContaining('"u07"') },
  ]);
});

test("of two on one port one is named, and the other is told of", async () => {
  const { rules, apply, see, events } = setup();
  await rules.add(RULE);
  see(1, 7);
  see(2, 7);
  expect(await apply()).toEqual(["discovered-525400000002 discovered", "u07 discovered"]);
  expect(events).toHaveLength(1);
});

test("a machine that may be another's card, or is on two ports, waits for an operator", async () => {
  const { rules, apply, see, events, findings } = setup();
  await rules.add(RULE);
  see(1, 7);
  findings.push({
    kind: "secondCard",
    node: "n1",
    other: "discovered-525400000001",
    mac: mac(1),
    by: "uuid",
  });
  expect(await apply()).toEqual(["discovered-525400000001 discovered"]);
  expect(events).toEqual([]);
});

test("a rack is named in one change, and who cannot have a name holds nobody up", async () => {
  const { rules, apply, see, events, nodes, saves } = setup();
  await rules.add(RULE);
  await rules.add({ ...RULE, switches: "*", isRegistering: true });
  await nodes.add({ name: "u03", macs: [mac(90)], kernelArguments: [] });
  for (let number = 1; number <= 60; number++) see(number, number);
  await nodes.settled();
  const before = saves.length;
  const names = await apply();
  expect(saves.slice(before).map(({ put = [] }) => put.length)).toEqual([59]);
  expect(names.filter((name) => name.startsWith("u"))).toHaveLength(60);
  expect(events).toMatchObject([{ kind: "machineNotNamed", problem: expect.stringContaining('"u03"') }]);
});

test("a machine that an operator registers while it is being named keeps its name", async () => {
  const { rules, apply, see, nodes } = setup();
  await rules.add(RULE);
  see(1, 7);
  await nodes.settled();
  const update = nodes.update("discovered-525400000001", { pinned: true });
  rules.apply();
  await update;
  expect(await apply()).toEqual(["discovered-525400000001 registered"]);
});

test("rules are kept, and a removed one is no more", async () => {
  const { rules, store } = setup();
  await rules.add(RULE);
  await rules.add({ ...RULE, pattern: "v{port}" });
  expect(await rules.remove(1)).toMatchObject({ pattern: "u{port:02}" });
  expect(await rules.remove(1)).toBeUndefined();
  const again = setup(store).rules;
  expect(again.all()).toMatchObject([{ id: 2, pattern: "v{port}" }]);
  expect(await again.add(RULE)).toMatchObject({ rule: { id: 3 } });
});

test("a pattern that cannot be read is refused", async () => {
  const { rules } = setup();
  expect(await rules.add({ ...RULE, pattern: "u{prot}" })).toMatchObject({
    ok: false,
    problem: { kind: "badPattern", pattern: "u{prot}" },
  });
  expect(rules.all()).toEqual([]);
});
