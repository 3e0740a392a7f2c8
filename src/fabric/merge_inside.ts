/** Machines that are on no port of a switch with a MAC table: in between such switches, or behind one without. Pure. */
import type { Directions } from "./merge_directions.ts";
import type { End, Known } from "./merge_model.ts";
import type { Segment } from "./merge_segments.ts";
import { NOWHERE, type Tables } from "./merge_tables.ts";

/** One may have moved while tables were read, and some rows are always stale. */
const ENOUGH_MACHINES = 2;
const STALE_SHARE = 0.05;

/**
 * How many MAC addresses of machines all ports have learnt, so that there is more than a cable between them; 0 where
 * they are so few that their rows may be stale. Ports of switches without table do not count.
 */
export function machinesInside(tables: Tables, ends: readonly End[]): number {
  const ports = ends.filter(({ at, port }) => port !== undefined && tables.of[at]);
  if (ports.length < 2) return 0;
  let [inside, known] = [0, 0];
  for (let mac = 0; mac < tables.macs; mac++) {
    if (tables.isOwn(mac) || ports.some(({ at }) => (tables.of[at]?.portOf[mac] ?? NOWHERE) <= NOWHERE))
      continue;
    known++;
    if (isSeenByAll(tables, { ports }, mac)) inside++;
  }
  return inside >= Math.max(ENOUGH_MACHINES, known * STALE_SHARE) ? inside : 0;
}

export type Inside = {
  readonly tables: Tables;
  readonly toward: Directions;
  readonly segments: readonly Segment[];
  readonly middleOf: ReadonlyMap<Segment, number>;
  readonly switches: readonly Known[];
};

/** Where it is, as far as that is sure: all switches that have learnt it point there. */
export function placeInside(inside: Inside, mac: string): End | undefined {
  const number = inside.tables.numberOf(mac);
  if (number === undefined) return undefined;
  const [segment, ...more] = inside.segments.filter((one) => isIn(inside, one, number));
  if (!segment || more.length > 0) return undefined;
  const middle = inside.middleOf.get(segment);
  return middle === undefined ? segment.ports[0] : { at: middle };
}

function isIn(inside: Inside, segment: Segment, mac: number): boolean {
  if (segment.ports.length === 0 || !isSeenByAll(inside.tables, segment, mac)) return false;
  const members = new Set(segment.ports.map(({ at }) => at));
  return inside.tables.of.every(
    (table, at) =>
      members.has(at) || !table || pointsThere(inside, segment, { at, port: table.portOf[mac] ?? NOWHERE }),
  );
}

type Sight = { readonly at: number; readonly port: number };

/** A switch that has not learnt the machine may have it all the same, unless it is known to be elsewhere. */
function pointsThere({ tables, toward }: Inside, { ports }: Segment, { at, port }: Sight): boolean {
  const [first] = ports;
  if (port !== NOWHERE) return port === toward[at]?.[first?.at ?? at];
  return ports.some((member) => {
    const way = toward[member.at]?.[at] ?? NOWHERE;
    return way !== NOWHERE && tables.portNames[member.at]?.[way] !== member.port;
  });
}

const isSeenByAll = (tables: Tables, { ports }: Pick<Segment, "ports">, mac: number): boolean =>
  ports.every(({ at, port }) => tables.portNames[at]?.[tables.of[at]?.portOf[mac] ?? NOWHERE] === port);

/** Tables of other switches that have a machine on a port which does not lead to switch `at`. */
export function doubts(
  { tables, toward }: Pick<Inside, "tables" | "toward">,
  mac: string,
  at: number,
): number {
  const number = tables.numberOf(mac);
  if (number === undefined) return 0;
  return tables.of.filter((table, from) => {
    const port = table?.portOf[number] ?? NOWHERE;
    const way = toward[from]?.[at] ?? NOWHERE;
    return from !== at && port > NOWHERE && way > NOWHERE && port !== way;
  }).length;
}
