/** What MAC tables add to what switches say of each other. Pure. */
import type { Claims } from "./merge_claims.ts";
import { type Directions, directionsOf } from "./merge_directions.ts";
import { noteDoubts } from "./merge_doubts.ts";
import { fillPorts } from "./merge_fill.ts";
import { Forest } from "./merge_forest.ts";
import { type Inferred, inferCables } from "./merge_inferred.ts";
import { doubts, machinesInside, placeInside } from "./merge_inside.ts";
import { type Link, linksOf } from "./merge_links.ts";
import { type Cable, type End, type Known, type Notes, portId } from "./merge_model.ts";
import { tellingMacs } from "./merge_own_macs.ts";
import { isManagement, wholePort } from "./merge_ports.ts";
import { type Segment, segmentsOf } from "./merge_segments.ts";
import { NOWHERE, Tables } from "./merge_tables.ts";

export type Told = { readonly switches: readonly Known[]; readonly cables: readonly Cable[] };

export type Placed = Told & {
  /** Ports with a switch behind them, though it is not always known where. */
  readonly uplinks: readonly string[];
  /** Where a machine is that no port has. */
  readonly inside: (mac: string) => End | undefined;
  /** How many tables say that a machine is not there. */
  readonly doubts: (mac: string, end: End) => number;
};

/** A link that was found tells more of those that were not. */
const MAX_ROUNDS = 3;

export function placeByTables(told: Told & Pick<Claims, "plugs">, notes: Notes): Placed {
  const tables = new Tables(told.switches, tellingMacs(told.switches, told.plugs));
  const links = bridging(linksOf(told.switches, told.cables)).toSorted(bySurety);
  noteDoubts({ switches: told.switches, tables, forest: forestOf(tables, links, []) }, links, notes);
  let round = placeOnce(tables, told, links, []);
  for (let rounds = 1; rounds < MAX_ROUNDS; rounds++) {
    const next = placeOnce(tables, told, links, round.cables);
    const isDone = next.cables.length <= round.cables.length;
    if (isDone) break;
    round = next;
  }
  const { toward, filled, cables, added } = round;
  const switches = [...told.switches, ...added];
  return {
    switches,
    cables: [...filled, ...cables],
    uplinks: portsToward(tables, toward),
    doubts: (mac, { at }) => doubts({ tables, toward }, mac, at),
    inside: (mac) => placeInside({ ...round, tables, switches }, mac),
  };
}

type Round = Inferred & {
  readonly toward: Directions;
  readonly segments: readonly Segment[];
  /** What was told, with the ports that tables show. */
  readonly filled: readonly Cable[];
};

function placeOnce(
  tables: Tables,
  { switches, cables: told }: Told,
  links: readonly Link[],
  found: readonly Cable[],
): Round {
  const toward = directionsOf(tables, forestOf(tables, links, found));
  const filled = fillPorts(told, tables, toward);
  const ends = bridging(linksOf(switches, filled)).flatMap((link) => [
    link.ends,
    ...link.made.map((cable) => wholeEnds(switches, cable.ends)),
  ]);
  const segments = segmentsOf(tables, toward, ends);
  const isCrowded = ({ ports }: Segment): boolean => machinesInside(tables, ports) > 0;
  return { toward, filled, segments, ...inferCables(switches, segments, isCrowded) };
}

/** @param found by tables, in the round before; what leads to a switch that nobody knows is left out */
function forestOf(tables: Tables, links: readonly Link[], found: readonly Cable[]): Forest {
  const known = found.filter(({ ends }) => ends.every(({ at }) => at < tables.of.length));
  return new Forest(
    tables,
    [...links, ...known].map(({ ends }) => ends),
  );
}

const bridging = (links: readonly Link[]): readonly Link[] =>
  links.filter(({ made }) => !made.some(({ ends }) => ends.some(isManagement)));

const bySurety = ({ made: left }: Link, { made: right }: Link): number =>
  Number(right.some(isCertain)) - Number(left.some(isCertain));

const isCertain = ({ confidence }: Cable): boolean => confidence === "certain";

const wholeEnds = (switches: readonly Known[], ends: readonly [End, End]): readonly [End, End] => [
  wholeEnd(switches, ends[0]),
  wholeEnd(switches, ends[1]),
];

const wholeEnd = (switches: readonly Known[], { at, port }: End): End => ({
  at,
  port: port === undefined ? undefined : wholePort(switches[at]?.book, port),
});

const portsToward = (tables: Tables, toward: Directions): readonly string[] =>
  toward.flatMap((row, at) =>
    [...new Set(row ?? [])]
      .filter((port) => port > NOWHERE)
      .map((port) => portId(at, tables.portNames[at]?.[port] ?? "")),
  );
