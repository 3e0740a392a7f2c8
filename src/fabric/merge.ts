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
import { attachmentsOf } from "./merge_edges.ts";
import { hubsOf } from "./merge_hubs.ts";
import { type Link, linksOf, renderLinks } from "./merge_links.ts";
import { type End, type Known, type MergeInput, type Notes, portId } from "./merge_model.ts";
import { sameIdentity, tooManySwitches } from "./merge_notes.ts";
import { placeByTables, type Told } from "./merge_placing.ts";
import { wholePort } from "./merge_ports.ts";
import { renderSwitches } from "./merge_render.ts";
import { noteCrowdedPorts, noteRings } from "./merge_rings.ts";
import { Roots } from "./merge_roots.ts";

export function mergeFabric(input: MergeInput): Fabric {
  const gathered = gatherClaims(input);
  const { plugs, endpoints } = gathered;
  const notes: Notes = gathered.twice.map(([one, other]) => sameIdentity(gathered.switches, one, other));
  if (gathered.crowd) notes.push(tooManySwitches(gathered.switches, gathered.crowd));
  const told = believe(gathered, notes);
  const placed = placeByTables({ ...told, plugs }, notes);
  const { switches } = placed;
  const links = linksOf(switches, placed.cables);
  noteRings(switches, links, notes);
  noteCrowdedPorts(switches, links, notes);
  const uplinks = new Set([...uplinksOf(switches, links), ...placed.uplinks]);
  const { inside, doubts } = placed;
  const trees = treesOf(switches, links);
  const attachments = attachmentsOf({ switches, plugs, endpoints, uplinks, inside, doubts, trees }, notes);
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

/** What switches say of each other, as far as it fits together. */
function believe({ switches: known, claims }: Claims, notes: Notes): Told {
  const sure = believedPorts(known, cablesOf(known, believedClaims(known, claims, notes), notes), notes);
  const { cables, added } = hubsOf(known, sure);
  return { switches: [...known, ...added], cables };
}

/** In a network that is all wrong, the first of each kind say enough. */
const MAX_OF_A_KIND = 500;

function sortedNotes(notes: readonly Contradiction[]): readonly Contradiction[] {
  const byText = new Map(notes.map((note) => [`${note.kind} ${note.text}`, note]));
  const sorted = [...byText].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, note]) => note);
  const kinds = Map.groupBy(sorted, ({ kind }) => kind);
  return [...kinds.values()].flatMap((ofKind) => ofKind.slice(0, MAX_OF_A_KIND));
}

function treesOf(switches: readonly Known[], links: readonly Link[]): Roots {
  const trees = new Roots(switches.length);
  for (const { ends } of links) trees.join(ends[0].at, ends[1].at);
  return trees;
}

const allEnds = ({ ends, made }: Link): readonly End[] => [...ends, ...made.flatMap((cable) => cable.ends)];

const uplinksOf = (switches: readonly Known[], links: readonly Link[]): readonly string[] =>
  links
    .flatMap(allEnds)
    .flatMap(({ at, port }) => (port === undefined ? [] : [portId(at, wholePort(switches[at]?.book, port))]));
