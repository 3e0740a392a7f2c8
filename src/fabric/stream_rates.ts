/** At what rate a chain goes, what holds it up, and what it puts on each link. Pure. */
import { hopsBetween } from "./crossings.ts";
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

export type Load = { down: number; up: number };

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
 * @param loads what all streams so far put on the link above each switch, in Mbit/s; this one is added
 */
export function sendThrough(
  { tree, rateOf }: FabricTree,
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
    const hops = at ? hopsBetween(tree, before ?? at.switch, at.switch) : [];
    for (const { below } of hops)
      if (below.link) limit(node, rateOf(below.link.link), { by: "link", at: below.link.ends[0] });
    limit(node, rateMbit, { by: "node", at });
    for (const { below, direction } of hops) addLoad(loads, below, direction, rate);
    first ??= rate;
    before = at?.switch ?? before;
  }
  return { bounds, firstMbit: first ?? rate, lastMbit: rate };
}

function addLoad(loads: Map<TreeSwitch, Load>, below: TreeSwitch, direction: keyof Load, mbit: number): void {
  const load = loads.get(below) ?? { down: 0, up: 0 };
  loads.set(below, load);
  load[direction] += mbit;
}

/** What all streams together may put on the link above a switch, in each direction. */
export function capacityMbit({ index, faultsOf, rateOf }: FabricTree, { link }: TreeSwitch): number {
  if (!link) return UNKNOWN_MBIT;
  const whole = linkMbit(index, link.link);
  return whole === undefined ? rateOf(link.link) : mbitLeft(whole, linkFaults(faultsOf, link.link));
}
