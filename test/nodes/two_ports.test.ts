/** MACs on two ports: cables that were moved, bonds, and two machines. */
import { expect, test } from "vitest";
import { HOW, setup } from "./identities_fixture.ts";
import { mac } from "./judged.ts";

const ON_TWO = `n1 (${mac(1)}) is seen at rack1-sw Eth1 and at rack1-sw Eth7: two machines have this MAC, or one pretends to; settle it with "brigade node accept n1"`;

test("a cable that was moved a moment ago holds nobody, and is over with the next scan", async () => {
  const { identities, events, scan } = await setup();
  scan(100, 1, 1, 7);
  scan(400, 1, 7, 1);
  expect(events).toMatchObject([{ kind: "identityDoubt" }]);
  expect(identities.whyHeld("n1")).toBeUndefined();
  scan(410, 1, 7);
  expect(events.slice(1)).toMatchObject([{ kind: "identitySettled" }]);
  // Elsewhere and much later: it begins anew.
  scan(4000, 1, 7, 1);
  expect(identities.whyHeld("n1")).toBeUndefined();
});

test("a MAC that stays on two ports longer than switches remember holds its node, however it is set", async () => {
  const { identities, scan, unsure, stores, nodes } = await setup();
  scan(100, 1, 1, 7);
  scan(431, 1, 1, 7);
  expect(identities.whyHeld("n1")).toBe(ON_TWO);
  expect(identities.whyHeld("n2")).toBeUndefined();
  // Not all switches said what they know: that ends nothing.
  unsure.add("s1");
  scan(800, 1, 1);
  scan(900, 1);
  expect(identities.whyHeld("n1")).toBe(ON_TWO);
  // Nor does a restart.
  await Promise.all([identities.settled(), nodes.settled()]);
  const again = await setup(stores);
  again.scan(900, 1, 1, 7);
  expect(again.identities.whyHeld("n1")).toBe(ON_TWO);
  unsure.clear();
  scan(1000, 1);
  expect(identities.whyHeld("n1")).toBeUndefined();
  expect(identities.open()).toEqual([]);
});

test("what LLDP says between scans neither proves that a MAC is on two ports nor ends it", async () => {
  const { identities, scan, at, clock } = await setup();
  scan(100, 1, 1, 7);
  clock.nowMs = 900_000;
  at(1, 1, 7);
  expect(identities.whyHeld("n1")).toBeUndefined();
  at(1, 1);
  expect(identities.open()).toMatchObject([{ finding: { kind: "macOnTwoPorts" } }]);
});

test("a pinned node is held at once while its MAC is on two ports", async () => {
  const { identities, scan, nodes } = await setup();
  await nodes.update("n1", { pinned: true });
  scan(100, 1, 1, 7);
  expect(identities.whyHeld("n1")).toBe(ON_TWO);
  scan(110, 1, 7, 1);
  expect(identities.whyHeld("n1")).toBe(ON_TWO);
  scan(120, 1, 1);
  expect(identities.whyHeld("n1")).toBeUndefined();
});

test("one more scan is asked for when it can tell a moved cable from two machines", async () => {
  const { identities, scan, asked, clock } = await setup();
  scan(100, 1, 1, 7);
  clock.nowMs = 430_000;
  identities.look();
  expect(asked.count).toBe(0);
  clock.nowMs = 431_000;
  identities.look();
  identities.look();
  expect(asked.count).toBe(1);
  scan(433, 1, 1, 7);
  scan(9000, 1, 1, 7);
  expect(asked.count).toBe(1);
  expect(identities.whyHeld("n1")).toBe(ON_TWO);
});

test("two ports that were accepted are news again after three scans that saw one, each counted once", async () => {
  const { identities, scan, at, unsure } = await setup();
  scan(100, 1, 1, 7);
  await identities.accept(["n1"], HOW);
  scan(1000, 1, 1);
  at(1, 1);
  at(1, 7);
  scan(2000, 1, 7);
  scan(3000, 1, 7, 1);
  expect(identities.open()).toEqual([]);
  scan(4000, 1, 1);
  scan(5000, 1, 1);
  // Off, or not looked for everywhere.
  scan(6000, 1);
  unsure.add("s1");
  scan(7000, 1, 1);
  scan(8000, 1, 1, 7);
  expect(identities.open()).toEqual([]);
  unsure.clear();
  for (const sec of [10_000, 11_000, 12_000]) scan(sec, 1, 1);
  scan(13_000, 1, 1, 7);
  expect(identities.open()).toMatchObject([{ finding: { kind: "macOnTwoPorts" } }]);
  scan(13_400, 1, 1, 7);
  expect(identities.whyHeld("n1")).toBe(ON_TWO);
});
