import { expect, test } from "vitest";
import { HOW, setup } from "./identities_fixture.ts";
import { mac, port, uuid } from "./judged.ts";

test("a node that moved is told once, by its command, and is over when it comes back", async () => {
  const { identities, events, at } = await setup();
  at(1, 1);
  expect(events).toEqual([]);
  at(1, 7);
  at(2, 2);
  expect(events).toEqual([
    {
      kind: "identityDoubt",
      nodes: ["n1"],
      problem: `n1 (${mac(1)}) moved from rack1-sw Eth1 to rack1-sw Eth7`,
      settle: "brigade node accept n1",
    },
  ]);
  expect(identities.ofNode("n1")).toMatchObject([{ kind: "moved" }]);
  at(1, 1);
  expect(events.at(-1)).toMatchObject({ kind: "identitySettled", nodes: ["n1"] });
  expect(identities.open()).toEqual([]);
});

test("an accepted move is where the node is expected from then on, also after the next start", async () => {
  const { identities, events, at, stores, nodes } = await setup();
  at(1, 1);
  at(1, 7);
  expect(await identities.accept(["n1", "n2"], { ...HOW, dryRun: true })).toMatchObject({ stored: false });
  expect(identities.open()).toHaveLength(1);
  expect(await identities.accept(["n1", "n2"], HOW)).toMatchObject({ ok: true, nodes: [{ name: "n1" }] });
  expect(nodes.byName("n1")?.identity).toEqual({ places: { [mac(1)]: port(7) } });
  expect(identities.open()).toEqual([]);
  const told = events.length;
  at(1, 1);
  at(1, 7);
  expect(events.slice(told)).toMatchObject([
    { kind: "identityDoubt", problem: expect.stringContaining("to rack1-sw Eth1") },
    { kind: "identitySettled" },
  ]);
  await nodes.settled();
  expect(stores.nodes.all().find(({ name }) => name === "n1")?.identity?.places).toEqual({
    [mac(1)]: port(7),
  });
});

test("a pinned node that moved and is off is accepted where it was seen last", async () => {
  const { identities, at, nodes } = await setup();
  at(1, 1);
  await nodes.update("n1", { pinned: true });
  at(1, 7);
  at(1);
  expect(identities.whyHeld("n1")).toContain("moved");
  await identities.accept(["n1"], HOW);
  expect(nodes.byName("n1")?.identity?.places).toEqual({ [mac(1)]: port(7) });
  expect(identities.whyHeld("n1")).toBeUndefined();
  at(1, 7);
  expect(identities.open()).toEqual([]);
});

test("nodes that exchanged their cables and are off are accepted where they were seen last", async () => {
  const { identities, at, off, nodes } = await setup();
  at(1, 1);
  at(2, 2);
  at(1);
  at(2, 1);
  at(1, 2);
  off();
  expect(identities.open()).toMatchObject([{ finding: { kind: "cablesSwapped" } }]);
  await identities.accept(["n1", "n2"], HOW);
  expect(nodes.byName("n1")?.identity?.places).toEqual({ [mac(1)]: port(2) });
  expect(nodes.byName("n2")?.identity?.places).toEqual({ [mac(2)]: port(1) });
  expect(identities.open()).toEqual([]);
});

test("a node that moves to a place a second time is told a second time", async () => {
  const { identities, events, at } = await setup();
  at(1, 1);
  at(1, 7);
  await identities.accept(["n1"], HOW);
  at(1, 1);
  await identities.accept(["n1"], HOW);
  const told = events.length;
  at(1, 7);
  expect(events.slice(told)).toMatchObject([{ kind: "identityDoubt" }]);
  expect(identities.open()).toHaveLength(1);
});

test("what was told before a restart is not told again", async () => {
  const { at, stores, nodes, identities } = await setup();
  at(1, 1);
  at(1, 7);
  await nodes.settled();
  await identities.settled();
  const again = await setup(stores);
  // Before a switch was asked, and after.
  again.identities.look();
  again.at(1, 7);
  expect(again.events).toEqual([]);
  expect(again.identities.open()).toMatchObject([{ finding: { kind: "moved" } }]);
});

test("nobody moves away from a switch that was silent, and a move that is told stays", async () => {
  const { identities, events, at, unsure, nodes } = await setup();
  at(1, 1);
  at(2, 2);
  unsure.add("s1");
  at(1, 7);
  expect(events).toEqual([]);
  unsure.clear();
  at(1, 7);
  expect(identities.open()).toMatchObject([{ finding: { kind: "moved" } }]);
  await nodes.update("n1", { pinned: true });
  unsure.add("s1");
  at(1, 7);
  expect(identities.whyHeld("n1")).toContain("moved");
  at(1, 1);
  expect(identities.open()).toEqual([]);
});

test("exchanged cables are not news while a switch is silent, and stay told", async () => {
  const { identities, at, off, unsure } = await setup();
  at(1, 1);
  at(2, 2);
  unsure.add("s1");
  off();
  at(1, 2);
  at(2, 1);
  expect(identities.open()).toEqual([]);
  unsure.clear();
  at(2, 1);
  unsure.add("s1");
  at(2, 1);
  expect(identities.open()).toMatchObject([{ finding: { kind: "cablesSwapped" } }]);
  at(2, 2);
  at(1, 1);
  expect(identities.open()).toEqual([]);
});

test("three machines with one UUID: told once, nobody is held, and the UUID is nobody's", async () => {
  const { identities, events, say, nodes } = await setup();
  for (const number of [1, 2, 3]) say(number, { serial: `SN-000${number}`, uuid: uuid("1") });
  expect(identities.open()).toMatchObject([{ finding: { kind: "shared", nodes: ["n1", "n2", "n3"] } }]);
  for (const name of ["n1", "n2", "n3"]) {
    expect(identities.whyHeld(name)).toBeUndefined();
    expect(nodes.byName(name)?.identity?.uuid).toBeUndefined();
    expect(nodes.byName(name)?.identity?.serial).toMatch(/^SN-/);
  }
  await identities.accept(["n2"], HOW);
  const told = events.length;
  say(1, { serial: "SN-0001", uuid: uuid("2") });
  say(1, { serial: "SN-0001", uuid: uuid("1") });
  expect(identities.open()).toEqual([]);
  expect(events.slice(told).filter(({ kind }) => kind === "identityDoubt")).toMatchObject([
    { problem: expect.stringMatching(/^n\[2-3\] have the same/) },
  ]);
});

test.each([
  ["elsewhere", (setting: Awaited<ReturnType<typeof setup>>) => setting.at(1, 7)],
  ["another machine", (setting: Awaited<ReturnType<typeof setup>>) => setting.say(1, { serial: "SN-0009" })],
])("a node that is %s is held only where it is pinned", async (_, change) => {
  const setting = await setup();
  setting.at(1, 1);
  setting.say(1, { serial: "SN-0001" });
  change(setting);
  expect(setting.identities.whyHeld("n1")).toBeUndefined();
  await setting.nodes.update("n1", { pinned: true });
  expect(setting.identities.whyHeld("n1")).toContain('settle it with "brigade node accept n1"');
  await setting.identities.accept(["n1"], HOW);
  expect(setting.identities.whyHeld("n1")).toBeUndefined();
});

test("a node is held as well when one of its groups is pinned", async () => {
  const { identities, at, nodes } = await setup();
  at(1, 1);
  at(1, 7);
  await nodes.update("n1", { groups: ["rack1"] });
  expect(identities.whyHeld("n1")).toBeUndefined();
  await nodes.update("n1", { groups: ["rack1", "pinned"] });
  expect(identities.whyHeld("n1")).toContain("moved");
});

test("a node that moved and is switched off has still moved; one that is gone has not", async () => {
  const { identities, events, at, nodes } = await setup();
  at(1, 1);
  at(2, 2);
  at(1, 7);
  at(2, 2, 7);
  at(1);
  at(2);
  expect(identities.open()).toMatchObject([
    { finding: { kind: "moved" } },
    { finding: { kind: "macOnTwoPorts" } },
  ]);
  expect(events).toHaveLength(2);
  await nodes.remove("n1");
  at(2, 2);
  expect(identities.open()).toEqual([]);
});

test("an accepted board is what the node is known by", async () => {
  const { nodes, identities, say } = await setup();
  say(1, { serial: "SN-0001", uuid: uuid("1") });
  say(1, { serial: "SN-0009", uuid: uuid("2") });
  await identities.accept(["n1"], HOW);
  expect(nodes.byName("n1")?.identity).toMatchObject({ serial: "SN-0009" });
  expect(identities.open()).toEqual([]);
});

test("accepting what is not there changes nothing", async () => {
  const { identities } = await setup();
  expect(await identities.accept(["n1", "n9"], HOW)).toMatchObject({
    ok: false,
    problem: { kind: "unknownNode", node: "n9" },
  });
});
