/** At what rate a chain goes, what holds it up, and what it puts on each link. Pure. */
import { type Hop, hopsBetween } from "./crossings.ts";
import type { FabricTree } from "./fabric_tree.ts";
import type { SwitchId } from "./graph.ts";
import { UNKNOWN_MBIT } from "./known_rate.ts";
import type { ChainBound } from "./order_types.ts";
import { linkFaults, linkMbit, mbitLeft } from "./port_health.ts";
import type { TreeSwitch } from "./spanning_tree.ts";

export type Stop = {
  readonly node: string;
  readonly at?: { readonly switch: SwitchId; readonly port?: string | undefined } | undefined;
  /** {@link UNKNOWN_MBIT}: not known. */
  readonly rateMbit: number;
};

/** What goes over the link above a switch, in Mbit/s, and in how many streams. */
export type Load = {
  down: number;
  up: number;
  readonly streams: { down: number; up: number };
};

type Direction = "down" | "up";

export type Stream = {
  readonly bounds: readonly ChainBound[];
  /** At which it leaves the appliance. */
  readonly firstMbit: number;
  /** At which it reaches its last node. */
  readonly lastMbit: number;
};

type Source = { readonly mbit: number; readonly at?: SwitchId | undefined };

/**
 * Sends one stream from the appliance through the stops. It never gets faster again: a node passes on what it has.
 *
 * @param loads what all streams so far put on the link above each switch; this one is added
 */
export function sendThrough(
  seen: FabricTree,
  { source, stops }: { readonly source: Source; readonly stops: readonly Stop[] },
  loads: Map<TreeSwitch, Load>,
): Stream {
  const bounds: ChainBound[] = [];
  let rate = UNKNOWN_MBIT;
  let first: number | undefined;
  let before = source.at;
  const limit = (fromNode: string, mbit: number, cause: Pick<ChainBound, "by" | "at">): void => {
    if (mbit >= rate) return;
    rate = mbit;
    if (bounds.at(-1)?.fromNode === fromNode) bounds.pop();
    bounds.push({ fromNode, rateMbit: rate, ...cause });
  };
  for (const { node, at, rateMbit } of stops) {
    if (first === undefined) limit(node, source.mbit, { by: "appliance" });
    const hops = at ? hopsAndTops(seen, before ?? at.switch, at.switch) : [];
    for (const { below } of hops)
      if (below.link) limit(node, seen.rateOf(below.link.link), { by: "link", at: below.link.ends[0] });
    limit(node, rateMbit, { by: "node", at });
    for (const { below, direction } of hops) addLoad(loads, below, direction, rate);
    first ??= rate;
    before = at?.switch ?? before;
  }
  return { bounds, firstMbit: first ?? rate, lastMbit: rate };
}

/**
 * Between islands something leads out of the top of one and into the top of the other. What leads out of the
 * appliance's own may be a link for each of them.
 */
function hopsAndTops({ tree, isReached }: FabricTree, from: SwitchId, to: SwitchId): readonly Hop[] {
  const hops = hopsBetween(tree, from, to);
  const [top, otherTop] = [from, to].map((id) => tree.switches.get(tree.switches.get(id)?.root ?? ""));
  if (!top || !otherTop || top === otherTop) return hops;
  const between: readonly Hop[] = [
    { below: top, direction: "up" },
    { below: otherTop, direction: "down" },
  ];
  return [...hops, ...between.filter(({ below }) => !isReached(below.id))];
}

function addLoad(loads: Map<TreeSwitch, Load>, below: TreeSwitch, direction: Direction, mbit: number): void {
  const load = loads.get(below) ?? { down: 0, up: 0, streams: { down: 0, up: 0 } };
  loads.set(below, load);
  load[direction] += mbit;
  load.streams[direction]++;
}

/** Whether the link above a switch carries what is put on it. One of which nobody knows the speed is given one stream. */
export function carries({ index, faultsOf }: FabricTree, { link }: TreeSwitch, load: Load): boolean {
  const whole = link && linkMbit(index, link.link);
  if (!link || whole === undefined) return Math.max(load.streams.down, load.streams.up) <= 1;
  return Math.max(load.down, load.up) <= mbitLeft(whole, linkFaults(faultsOf, link.link));
}
