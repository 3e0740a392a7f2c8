/** Random trees of switches with nodes, as fabrics and as plain parents to check against. */
import fc from "fast-check";
import type { Fabric } from "#src/fabric/graph.ts";
import { type MadeLink, madeFabric } from "./made_fabric.ts";

export type RandomTree = {
  /** Of each switch the one above; the first one has none. */
  readonly above: readonly number[];
  /** Of each switch but the first: speed of the link above it. */
  readonly speeds: readonly number[];
  /** Switch of each node. */
  readonly switchOf: readonly number[];
  readonly nodeSpeeds: readonly number[];
};

const SPEEDS = [100, 1000, 10_000, 25_000];

export const randomTree: fc.Arbitrary<RandomTree> = fc
  .record({ switchCount: fc.integer({ min: 1, max: 12 }), nodeCount: fc.integer({ min: 1, max: 40 }) })
  .chain(({ switchCount, nodeCount }) =>
    fc.record({
      above: fc.tuple(
        ...Array.from({ length: switchCount }, (_, at) =>
          at === 0 ? fc.constant(-1) : fc.integer({ min: 0, max: at - 1 }),
        ),
      ),
      speeds: fc.array(fc.constantFrom(...SPEEDS), { minLength: switchCount, maxLength: switchCount }),
      switchOf: fc.array(fc.integer({ min: 0, max: switchCount - 1 }), {
        ...{ minLength: nodeCount, maxLength: nodeCount },
      }),
      nodeSpeeds: fc.array(fc.constantFrom(...SPEEDS), { minLength: nodeCount, maxLength: nodeCount }),
    }),
  );

export const switchName = (at: number): string => `s${at}`;
export const nodeName = (at: number): string => `n${at}`;

/** The appliance is at the first switch. */
export function fabricOfTree({ above, speeds, switchOf, nodeSpeeds }: RandomTree): Fabric {
  const links = above.flatMap((up, at): readonly MadeLink[] =>
    up < 0
      ? []
      : [{ ends: `${switchName(up)}/d${at} - ${switchName(at)}/up`, speedMbit: speeds[at] ?? 1000 }],
  );
  const nodes = switchOf.map(
    (at, node) => [nodeName(node), [`${switchName(at)}/p${node}`, nodeSpeeds[node] ?? 1000]] as const,
  );
  return madeFabric({ links, at: { appliance: `${switchName(0)}/a`, ...Object.fromEntries(nodes) } });
}

/** Switches from the first one down to this one. */
export function pathDown({ above }: RandomTree, to: number): readonly number[] {
  const path: number[] = [];
  for (let at = to; at >= 0; at = above[at] ?? -1) path.unshift(at);
  return path;
}

/** How often a chain from the first switch through these switches goes over the link above each switch: `3 down`, `3 up`. */
export function countByHand(tree: RandomTree, stops: readonly number[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const count = (key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const [number, stop] of stops.entries()) {
    const from = new Set(pathDown(tree, stops[number - 1] ?? 0));
    const to = new Set(pathDown(tree, stop));
    for (const at of from.difference(to)) count(`${at} up`);
    for (const at of to.difference(from)) count(`${at} down`);
  }
  return counts;
}

/** What a chain through these nodes puts on each link, in Mbit/s: it never gets faster than it was. */
export function loadByHand(
  tree: RandomTree,
  nodes: readonly number[],
  sourceMbit: number,
): ReadonlyMap<string, number> {
  const loads = new Map<string, number>();
  let rate = sourceMbit;
  for (const [number, node] of nodes.entries()) {
    const from = tree.switchOf[nodes[number - 1] ?? -1] ?? 0;
    const links = [...countByHand(tree, [from, tree.switchOf[node] ?? 0]).keys()].filter(
      (key) => !countByHand(tree, [from]).has(key),
    );
    const speeds = links.map((key) => tree.speeds[Number.parseInt(key, 10)] ?? 0);
    rate = Math.min(rate, tree.nodeSpeeds[node] ?? 0, ...speeds);
    for (const key of links) loads.set(key, rate);
  }
  return loads;
}

/** The same in another order, for what must not depend on that. */
export function shuffled(fabric: Fabric, seed: number): Fabric {
  const mix = <T>(list: readonly T[]): readonly T[] => {
    const keyed = list.map((one, at) => ({ one, key: Math.imul(at + 1, seed | 1) >>> 7 }));
    return keyed.sort((left, right) => left.key - right.key).map(({ one }) => one);
  };
  return {
    ...fabric,
    switches: mix(fabric.switches),
    links: mix(fabric.links),
    attachments: mix(fabric.attachments),
  };
}
