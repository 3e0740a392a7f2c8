/** Links that close a ring, and ports with more than one neighbour. Pure. */
import type { Link } from "./merge_links.ts";
import type { End, Known, Notes } from "./merge_model.ts";
import { ring, twoNeighbours } from "./merge_notes.ts";
import { portAt } from "./merge_speed.ts";

/** Ports for the people who run a switch, as Dell, Cisco, Arista, Juniper, Huawei and HP call them. They bridge nothing. */
const MANAGEMENT = /^(?:management(?:ethernet)?|mgmt|meth|oobm?|fxp|vme|me|em)[ ]?[0-9]|^oobm?$/i;

/** In the order of the links: what comes later closes the ring. All stay in the graph. */
export function noteRings(switches: readonly Known[], links: readonly Link[], notes: Notes): void {
  const root = switches.map((_, index) => index);
  const rootOf = (index: number): number => {
    let at = index;
    while (root[at] !== at) at = root[at] ?? at;
    return at;
  };
  const linked = new Set<string>();
  for (const { ends } of links) {
    if (ends.some(({ port }) => port !== undefined && MANAGEMENT.test(port))) continue;
    const [one, other] = ends.map(({ at }) => rootOf(at)) as [number, number];
    const pair = `${ends[0].at} ${ends[1].at}`;
    if (one === other) notes.push(ring(switches, ends, linked.has(pair)));
    root[one] = other;
    linked.add(pair);
  }
}

/** The cables of an aggregate may well lead to several switches that act as one. */
export function noteCrowdedPorts(switches: readonly Known[], links: readonly Link[], notes: Notes): void {
  const sides = links
    .flatMap(({ made }) => made.map(({ ends }) => ends))
    .flatMap(([left, right]) => [
      { near: left, far: right },
      { near: right, far: left },
    ]);
  const byPort = Map.groupBy(sides, ({ near }) => keyOf(near));
  for (const group of byPort.values()) {
    const near = group[0]?.near;
    const fars = new Map(group.map(({ far }) => [keyOf(far), far]));
    if (near?.port !== undefined && fars.size > cablesAt(switches, near))
      notes.push(twoNeighbours(switches, near, [...fars.values()]));
  }
}

const keyOf = ({ at, port }: End): string => `${at}\n${port ?? ""}`;

/** How many cables a port may have: an aggregate those of its members, any number where those are not known. */
function cablesAt(switches: readonly Known[], near: End): number {
  if (portAt(switches, near)?.kind !== "lag") return 1;
  const members = switches[near.at]?.book?.membersOf.get(near.port ?? "") ?? [];
  return members.length === 0 ? Number.POSITIVE_INFINITY : members.length;
}
