/** Links that close a ring, and ports with more than one neighbour. Pure. */
import type { Link } from "./merge_links.ts";
import type { Known, Notes } from "./merge_model.ts";
import { ring, twoNeighbours } from "./merge_notes.ts";

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
    const [one, other] = ends.map(({ at }) => rootOf(at)) as [number, number];
    const pair = `${ends[0].at} ${ends[1].at}`;
    if (one === other) notes.push(ring(switches, ends, linked.has(pair)));
    root[one] = other;
    linked.add(pair);
  }
}

export function noteCrowdedPorts(switches: readonly Known[], links: readonly Link[], notes: Notes): void {
  const ends = links.flatMap(({ ends: [left, right] }) => [
    { near: left, far: right },
    { near: right, far: left },
  ]);
  const byPort = Map.groupBy(ends, ({ near }) => `${near.at}\n${near.port ?? ""}`);
  for (const sides of byPort.values()) {
    const near = sides[0]?.near;
    if (near?.port !== undefined && sides.length > 1)
      notes.push(
        twoNeighbours(
          switches,
          near,
          sides.map(({ far }) => far),
        ),
      );
  }
}
