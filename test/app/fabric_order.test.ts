import { expect, test } from "vitest";
import { placesOf } from "#src/app/fabric_order.ts";
import { chainOrder } from "#src/fabric/order.ts";
import { type MadeFabric, madeFabric } from "#test/fabric/made_fabric.ts";
import { at, set, uplink } from "#test/fabric/order_helpers.ts";

const order = (made: MadeFabric, nodes: readonly string[], sourceMbit?: number) =>
  placesOf(chainOrder(madeFabric(made), { appliance: "appliance", nodes, sourceMbit }));

test("nodes have their places, and as many chains as the links between switches carry", () => {
  const links = [uplink("e1", 1000), uplink("e2", 1000)];
  const made = { links, at: { appliance: "core/a", ...at("n[1-12]", "e1"), ...at("n[13-24]", "e2") } };
  const two = order(made, set("n[1-24]"), 10_000);
  expect(two.count).toBe(24);
  expect(two.placeOf("n13")).toEqual({ position: 12, path: ["core", "e2"] });
  expect(set("n[1-24]").map((node) => two.chainOf?.(node))).toEqual([
    ...Array(12).fill(0),
    ...Array(12).fill(1),
  ]);
});

test("without speeds, or where nobody saw any of the nodes, the broadcast says how many chains there are", () => {
  expect(order({ at: { appliance: "s/a", n1: "s/1" } }, ["n1"]).chainOf).toBeUndefined();
  expect(order({ at: { appliance: "s/a", n1: "s/1" } }, ["n1"], 10_000).chainOf).toBeUndefined();
  expect(order({}, ["n1"], 10_000).chainOf).toBeUndefined();
});
