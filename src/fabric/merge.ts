/**
 * One graph out of everything that a scan brought home. What is sure decides: LLDP of both sides, then of one, then
 * CDP, then MAC tables; newer before older. What does not fit is kept as a contradiction.
 *
 * The same scan gives the same graph, in whatever order its parts come.
 *
 * Pure.
 */
import type { Contradiction, Fabric } from "./graph.ts";
import { addSwitchesBehindPorts } from "./merge_behind.ts";
import { believedClaims, believedPorts } from "./merge_belief.ts";
import { cablesOf } from "./merge_cables.ts";
import { type Claims, gatherClaims } from "./merge_claims.ts";
import { type Directions, directionsOf } from "./merge_directions.ts";
import { noteDoubts } from "./merge_doubts.ts";
import { attachmentsOf } from "./merge_edges.ts";
import { fillPorts } from "./merge_fill.ts";
import { Forest } from "./merge_forest.ts";
import { hubsOf } from "./merge_hubs.ts";
import { inferCables } from "./merge_inferred.ts";
import { doubts, hasMachines, placeInside } from "./merge_inside.ts";
import { type Link, linksOf, renderLinks } from "./merge_links.ts";
import { type Cable, type End, type Known, type MergeInput, type Notes, portId } from "./merge_model.ts";
import { sameIdentity } from "./merge_notes.ts";
import { tellingMacs } from "./merge_own_macs.ts";
import { isManagement, wholePort } from "./merge_ports.ts";
import { renderSwitches } from "./merge_render.ts";
import { noteCrowdedPorts, noteRings } from "./merge_rings.ts";
import { segmentsOf } from "./merge_segments.ts";
import { NOWHERE, Tables } from "./merge_tables.ts";

export function mergeFabric(input: MergeInput): Fabric {
  const gathered = gatherClaims(input);
  const { plugs, endpoints } = gathered;
  const notes: Notes = gathered.twice.map(([one, other]) => sameIdentity(gathered.switches, one, other));
  const told = believe(gathered, notes);
  const placed = placeByTables({ ...told, plugs }, notes);
  const { switches } = placed;
  const links = linksOf(switches, placed.cables);
  noteRings(switches, links, notes);
  noteCrowdedPorts(switches, links, notes);
  const uplinks = new Set([...uplinksOf(switches, links), ...placed.uplinks]);
  const { inside, doubts: doubtsOf } = placed;
  const attachments = attachmentsOf({ switches, plugs, endpoints, uplinks, inside, doubts: doubtsOf }, notes);
  const spokenOf = [...links.flatMap(allEnds), ...plugs.map(({ at }) => at)];
  return {
    takenAtMs: Math.max(0, ...input.readings.map(({ takenAtMs }) => takenAtMs)),
    ...addSwitchesBehindPorts({
      switches: renderSwitches(switches, spokenOf),
      links: renderLinks(switches, links),
      attachments,
    }),
    contradictions: sortedNotes(notes),
  };
}

type Told = { readonly switches: readonly Known[]; readonly cables: readonly Cable[] };

/** What switches say of each other, as far as it fits together. */
function believe({ switches: known, claims }: Claims, notes: Notes): Told {
  const sure = believedPorts(known, cablesOf(known, believedClaims(known, claims, notes), notes), notes);
  const { cables, added } = hubsOf(known, sure);
  return { switches: [...known, ...added], cables };
}

type Placed = {
  readonly switches: readonly Known[];
  readonly cables: readonly Cable[];
  readonly uplinks: readonly string[];
  readonly inside: (mac: string) => End | undefined;
  readonly doubts: (mac: string, end: End) => number;
};

/** What MAC tables add to what switches say of each other. */
function placeByTables(
  { switches: known, cables: told, plugs }: Told & Pick<Claims, "plugs">,
  notes: Notes,
): Placed {
  const tables = new Tables(known, tellingMacs(known, plugs));
  const links = bridging(linksOf(known, told));
  const forest = new Forest(
    tables,
    links.toSorted(bySurety).map(({ ends }) => ends),
  );
  const toward = directionsOf(tables, forest);
  noteDoubts({ switches: known, tables, forest }, links, notes);
  const filled = fillPorts(told, tables, toward);
  const segments = segmentsOf(
    tables,
    toward,
    bridging(linksOf(known, filled)).flatMap(({ ends, made }) => [
      ends,
      ...made.map((cable) => wholeEnds(known, cable.ends)),
    ]),
  );
  const { cables, added, middleOf } = inferCables(known, segments, (one) => hasMachines(tables, one));
  const switches = [...known, ...added];
  return {
    switches,
    cables: [...filled, ...cables],
    uplinks: portsToward(tables, toward),
    doubts: (mac, { at }) => doubts({ tables, toward }, mac, at),
    inside: (mac) => placeInside({ tables, toward, segments, middleOf, switches }, mac),
  };
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

/** A switch is behind these, though not always known where. */
const portsToward = (tables: Tables, toward: Directions): readonly string[] =>
  toward.flatMap((row, at) =>
    [...new Set(row)]
      .filter((port) => port > NOWHERE)
      .map((port) => portId(at, tables.portNames[at]?.[port] ?? "")),
  );

/** In a network that is all wrong, the first of each kind say enough. */
const MAX_OF_A_KIND = 500;

function sortedNotes(notes: readonly Contradiction[]): readonly Contradiction[] {
  const byText = new Map(notes.map((note) => [`${note.kind} ${note.text}`, note]));
  const sorted = [...byText].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, note]) => note);
  const kinds = Map.groupBy(sorted, ({ kind }) => kind);
  return [...kinds.values()].flatMap((ofKind) => ofKind.slice(0, MAX_OF_A_KIND));
}

const allEnds = ({ ends, made }: Link): readonly End[] => [...ends, ...made.flatMap((cable) => cable.ends)];

const uplinksOf = (switches: readonly Known[], links: readonly Link[]): readonly string[] =>
  links
    .flatMap(allEnds)
    .flatMap(({ at, port }) => (port === undefined ? [] : [portId(at, wholePort(switches[at]?.book, port))]));
