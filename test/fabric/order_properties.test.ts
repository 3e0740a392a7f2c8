import fc from "fast-check";
import { expect, test } from "vitest";
import { crossingsOf } from "#src/fabric/crossings.ts";
import { chainOrder } from "#src/fabric/order.ts";
import type { ChainOrder } from "#src/fabric/order_types.ts";
import { madeFabric } from "./made_fabric.ts";
import {
  countByHand,
  fabricOfTree,
  loadByHand,
  nodeName,
  pathDown,
  type RandomTree,
  randomTree,
  shuffled,
  switchName,
} from "./random_tree.ts";

const nodesOf = ({ nodes }: ChainOrder): readonly string[] => nodes.map(({ node }) => node);
const numberOf = (name: string): number => Number(name.slice(1));

test("one chain goes over each link at most once in each direction, and through each node once", () => {
  fc.assert(
    fc.property(randomTree, (tree) => {
      const nodes = tree.switchOf.map((_, at) => nodeName(at));
      const order = chainOrder(fabricOfTree(tree), { appliance: "appliance", nodes, maxChains: 1 });
      const stops = nodesOf(order).map((node) => tree.switchOf[numberOf(node)] ?? -1);
      expect(Math.max(0, ...countByHand(tree, stops).values())).toBeLessThanOrEqual(1);
      expect(nodesOf(order).toSorted()).toEqual(nodes.toSorted());
      expect(order.nodes.map(({ position }) => position)).toEqual(nodes.map((_, at) => at));
      for (const { node, path } of order.nodes)
        expect(path).toEqual(pathDown(tree, tree.switchOf[numberOf(node)] ?? -1).map(switchName));
    }),
  );
});

test("each of several chains keeps that bound, and together they load no link beyond its speed", () => {
  fc.assert(
    fc.property(randomTree, fc.integer({ min: 1, max: 5 }), (tree, minNodesPerChain) => {
      const nodes = tree.switchOf.map((_, at) => nodeName(at));
      const options = { appliance: "appliance", nodes, minNodesPerChain, sourceMbit: 40_000 };
      const order = chainOrder(fabricOfTree(tree), options);
      const loads = new Map<string, number>();
      for (const { first, count } of order.chains) {
        const own = nodesOf(order)
          .slice(first, first + count)
          .map(numberOf);
        const most = Math.max(
          0,
          ...countByHand(
            tree,
            own.map((node) => tree.switchOf[node] ?? -1),
          ).values(),
        );
        expect(most).toBeLessThanOrEqual(1);
        for (const [key, load] of loadByHand(tree, own, 40_000)) loads.set(key, (loads.get(key) ?? 0) + load);
      }
      for (const [key, load] of loads)
        expect(load, key).toBeLessThanOrEqual(tree.speeds[Number.parseInt(key, 10)] ?? 0);
      expect(order.chains.reduce((sum, { count }) => sum + count, 0)).toBe(nodes.length);
    }),
  );
});

test("it does not depend on the order in which things are given", () => {
  fc.assert(
    fc.property(randomTree, fc.integer(), (tree, seed) => {
      const fabric = fabricOfTree(tree);
      const nodes = tree.switchOf.map((_, at) => nodeName(at));
      const order = chainOrder(fabric, { appliance: "appliance", nodes });
      const other = chainOrder(shuffled(fabric, seed), { appliance: "appliance", nodes: nodes.toReversed() });
      expect(other).toEqual(order);
      expect(JSON.parse(JSON.stringify(order))).toEqual(JSON.parse(JSON.stringify(other)));
    }),
  );
});

test("among the switches below one, a faster subtree never comes behind a slower one", () => {
  fc.assert(
    fc.property(randomTree, (tree) => {
      const nodes = tree.switchOf.map((_, at) => nodeName(at));
      const { explanation } = chainOrder(fabricOfTree(tree), { appliance: "appliance", nodes });
      const rates = new Map<number, number[]>();
      for (const { switch: id, rateMbit = 0 } of explanation.visits) {
        const up = tree.above[numberOf(id)] ?? -1;
        rates.set(up, [...(rates.get(up) ?? []), rateMbit]);
      }
      for (const one of rates.values()) expect(one).toEqual(one.toSorted((left, right) => right - left));
      expect(explanation.visits[0]?.rateMbit).toBe(slowest(tree));
    }),
  );
});

/** Of all links that lead to nodes, and of the nodes. */
function slowest(tree: RandomTree): number {
  const used = new Set(tree.switchOf.flatMap((at) => pathDown(tree, at)));
  const links = [...used].filter((at) => at > 0).map((at) => tree.speeds[at] ?? 0);
  return Math.min(...links, ...tree.nodeSpeeds);
}

test("crossings are counted as by hand, whatever the order", () => {
  fc.assert(
    fc.property(randomTree, fc.integer(), (tree, seed) => {
      const order = tree.switchOf
        .map((_, at) => ({ at, key: Math.imul(at + 1, seed | 1) >>> 5 }))
        .sort((left, right) => left.key - right.key)
        .map(({ at }) => at);
      const counted = crossingsOf(fabricOfTree(tree), { appliance: "appliance", chain: order.map(nodeName) });
      const expected = countByHand(
        tree,
        order.map((at) => tree.switchOf[at] ?? -1),
      );
      const found = counted.flatMap(({ ends: [, { switch: below }], down, up }) => [
        ...(down > 0 ? [[`${numberOf(below)} down`, down] as const] : []),
        ...(up > 0 ? [[`${numberOf(below)} up`, up] as const] : []),
      ]);
      expect(new Map(found)).toEqual(expected);
    }),
  );
});

test("asking for some nodes gives them in the order that all of them have, where all are equally fast", () => {
  fc.assert(
    fc.property(randomTree, fc.integer({ min: 1, max: 4 }), (tree, keep) => {
      const even = {
        ...tree,
        speeds: tree.speeds.map(() => 1000),
        nodeSpeeds: tree.nodeSpeeds.map(() => 1000),
      };
      const nodes = tree.switchOf.map((_, at) => nodeName(at));
      const some = nodes.filter((_, at) => at % keep === 0);
      const order = chainOrder(fabricOfTree(even), { appliance: "appliance", nodes: some, maxChains: 1 });
      const stops = nodesOf(order).map((node) => tree.switchOf[numberOf(node)] ?? -1);
      expect(nodesOf(order).toSorted()).toEqual(some.toSorted());
      expect(Math.max(0, ...countByHand(even, stops).values())).toBeLessThanOrEqual(1);
    }),
  );
});

test("10,000 nodes behind 250 switches, and 2,000 switches in a row, are ordered", () => {
  const wide = madeFabric({
    links: Array.from({ length: 250 }, (_, at) => ({ ends: `core/${at} - e${at}/49`, speedMbit: 10_000 })),
    at: {
      appliance: "core/a",
      ...Object.fromEntries(
        Array.from({ length: 10_000 }, (_, at) => [`node${at}`, [`e${at % 250}/${at}`, 1000] as const]),
      ),
    },
  });
  const order = chainOrder(wide, {
    appliance: "appliance",
    nodes: Array.from({ length: 10_000 }, (_, at) => `node${at}`),
  });
  expect(order.nodes).toHaveLength(10_000);
  expect(order.explanation.mostCrossings).toEqual({ here: 1, byName: 40 });
  const deep = madeFabric({
    links: Array.from({ length: 2000 }, (_, at) => ({
      ends: `s${at}/down - s${at + 1}/up`,
      speedMbit: 1000,
    })),
    at: { appliance: "s0/a", near: "s0/1", far: "s2000/1" },
  });
  const { nodes } = chainOrder(deep, { appliance: "appliance", nodes: ["far", "near"] });
  expect(nodes.map(({ node, path }) => [node, path.length])).toEqual([
    ["near", 1],
    ["far", 64],
  ]);
});
