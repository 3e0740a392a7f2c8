/** Links that close a ring, and ports with more than one neighbour. Pure. */
import type { Link } from "./merge_links.ts";
import { type End, type Known, type Notes, portId } from "./merge_model.ts";
import { ring, twoNeighbours } from "./merge_notes.ts";
import { isManagement } from "./merge_ports.ts";
import { Roots } from "./merge_roots.ts";
import { portAt } from "./merge_speed.ts";

/**
 * What comes later closes the ring; all stay in the graph. An aggregate that ends on two switches (MLAG, MC-LAG, vPC)
 * is one link to the pair, and the cable between the two is no ring.
 */
export function noteRings(switches: readonly Known[], links: readonly Link[], notes: Notes): void {
  const trees = new Roots(switches.length);
  const pairs = new Roots(switches.length);
  const split = splitAggregates(switches, links);
  for (const ends of split.values()) for (const { at } of ends) pairs.join(ends[0]?.at ?? at, at);
  const counted = new Set<string>();
  const linked = new Set<string>();
  for (const { ends } of links) {
    const [one, other] = [ends[0].at, ends[1].at];
    if (pairs.isJoined(one, other) || ends.some(isManagement)) continue;
    const bundles = ends.map(keyOf).filter((key) => split.has(key));
    const isCounted = bundles.some((key) => counted.has(key));
    for (const key of bundles) counted.add(key);
    if (isCounted) continue;
    const [left, right] = [pairs.rootOf(one), pairs.rootOf(other)];
    const isRing = trees.isJoined(left, right);
    if (isRing) notes.push(ring(switches, ends, linked.has(`${one} ${other}`)));
    trees.join(left, right);
    linked.add(`${one} ${other}`);
  }
}

/** Far ends by aggregate, of those with more than one far switch. */
function splitAggregates(
  switches: readonly Known[],
  links: readonly Link[],
): ReadonlyMap<string, readonly End[]> {
  const fars = farsByPort(links);
  return new Map(
    [...fars]
      .filter(([, { near, ends }]) => ends.length > 1 && isAggregate(switches, near))
      .map(([key, { ends }]) => [key, ends]),
  );
}

/** The cables of an aggregate may well lead to several switches that act as one. */
export function noteCrowdedPorts(switches: readonly Known[], links: readonly Link[], notes: Notes): void {
  for (const { near, ends } of farsByPort(links.flatMap(({ made }) => made)).values()) {
    const fars = new Map(ends.map((far) => [keyOf(far), far]));
    if (near.port !== undefined && fars.size > cablesAt(switches, near))
      notes.push(twoNeighbours(switches, near, [...fars.values()]));
  }
}

/** How many cables a port may have: an aggregate those of its members, any number where those are not known. */
function cablesAt(switches: readonly Known[], near: End): number {
  if (!isAggregate(switches, near)) return 1;
  const members = switches[near.at]?.book?.membersOf.get(near.port ?? "") ?? [];
  return members.length === 0 ? Number.POSITIVE_INFINITY : members.length;
}

function farsByPort(
  links: readonly Pick<Link, "ends">[],
): ReadonlyMap<string, { readonly near: End; readonly ends: End[] }> {
  const fars = new Map<string, { readonly near: End; readonly ends: End[] }>();
  for (const { ends } of links)
    for (const [near, far] of [ends, [ends[1], ends[0]] as const]) {
      const known = fars.get(keyOf(near));
      if (known) known.ends.push(far);
      else fars.set(keyOf(near), { near, ends: [far] });
    }
  return fars;
}

export const isAggregate = (switches: readonly Known[], end: End): boolean =>
  portAt(switches, end)?.kind === "lag" ||
  (end.port !== undefined && (switches[end.at]?.book?.membersOf.has(end.port) ?? false));

const keyOf = ({ at, port }: End): string => portId(at, port ?? "");

/** Union-find. */
