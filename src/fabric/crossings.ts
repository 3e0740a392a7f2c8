/** How often a chain goes over each link between switches. Pure. */
import { type FabricTree, treeFrom } from "./fabric_tree.ts";
import type { Fabric, SwitchId } from "./graph.ts";
import { placesOfNodes } from "./node_places.ts";
import type { LinkCrossings } from "./order_types.ts";
import type { SpanningTree, TreeSwitch } from "./spanning_tree.ts";

/** One way over the link above a switch. */
export type Hop = { readonly below: TreeSwitch; readonly direction: "down" | "up" };

/**
 * The links from one switch to another, in the order in which bytes go over them. Between islands nobody knows the
 * way: then only what is sure, up to the top of one and down from the top of the other.
 */
export function hopsBetween(tree: SpanningTree, from: SwitchId, to: SwitchId): readonly Hop[] {
  const up: Hop[] = [];
  const down: Hop[] = [];
  let left = tree.switches.get(from);
  let right = tree.switches.get(to);
  while (left !== right) {
    const climbs = (left?.depth ?? 0) >= (right?.depth ?? 0);
    const below = climbs ? left : right;
    if (!below?.above) break;
    if (climbs) left = below.above;
    else right = below.above;
    (climbs ? up : down).push({ below, direction: climbs ? "up" : "down" });
  }
  return [...up, ...down.reverse()];
}

export type ChainOnFabric = {
  /** Name of the appliance as an endpoint of the fabric. */
  readonly appliance: string;
  /** The nodes in the order of the chain. */
  readonly chain: readonly string[];
};

/**
 * Counts how often a chain goes over each link, from the appliance to its last node, if every node takes from the
 * one before it. Nodes that nobody saw are passed over. Links that are not crossed are left out.
 */
export function crossingsOf(fabric: Fabric, { appliance, chain }: ChainOnFabric): readonly LinkCrossings[] {
  const seen = treeFrom(fabric, appliance);
  const { attachments, isReached } = seen;
  const places = placesOfNodes({ nodes: chain, attachments, isReached });
  const switchOf = new Map(places.map(({ node, at }) => [node, at?.switch]));
  return countCrossings(
    seen,
    chain.flatMap((node) => switchOf.get(node) ?? []),
  );
}

/** @param stops the switches of the nodes of a chain, in its order; the appliance's goes before them */
export function countCrossings(
  { tree, appliance }: FabricTree,
  stops: readonly SwitchId[],
): readonly LinkCrossings[] {
  const counts = new Map<TreeSwitch, { down: number; up: number }>();
  let before = appliance[0]?.at.switch;
  for (const stop of stops) {
    for (const { below, direction } of hopsBetween(tree, before ?? stop, stop)) {
      const count = counts.get(below) ?? { down: 0, up: 0 };
      counts.set(below, count);
      count[direction]++;
    }
    before = stop;
  }
  return [...counts].flatMap(([{ link }, count]) => (link ? { ends: link.ends, ...count } : []));
}

export const mostCrossings = (crossings: readonly LinkCrossings[]): number =>
  crossings.reduce((most, { down, up }) => Math.max(most, down, up), 0);
