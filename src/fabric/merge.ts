/**
 * One graph out of everything that a scan brought home. What is sure decides: LLDP of both sides, then of one, then
 * CDP, then MAC tables; newer before older. What does not fit is kept as a contradiction.
 *
 * The same scan gives the same graph, in whatever order its parts come.
 *
 * Pure.
 */
import type { Contradiction, Fabric } from "./graph.ts";
import { cablesOf } from "./merge_cables.ts";
import { gatherClaims } from "./merge_claims.ts";
import { attachmentsOf, portKey } from "./merge_edges.ts";
import { type Link, linksOf, renderLink } from "./merge_links.ts";
import type { End, Known, MergeInput, Notes } from "./merge_model.ts";
import { sameIdentity } from "./merge_notes.ts";
import { wholePort } from "./merge_ports.ts";
import { renderSwitches } from "./merge_render.ts";
import { noteCrowdedPorts, noteRings } from "./merge_rings.ts";

export function mergeFabric(input: MergeInput): Fabric {
  const { switches, claims, plugs, endpoints, twice } = gatherClaims(input);
  const notes: Notes = twice.map(([one, other]) => sameIdentity(switches, one, other));
  const links = linksOf(switches, cablesOf(switches, claims, notes));
  noteRings(switches, links, notes);
  noteCrowdedPorts(switches, links, notes);
  const uplinks = uplinksOf(switches, links);
  const attachments = attachmentsOf({ switches, plugs, endpoints, uplinks }, notes);
  const spokenOf = [...links.flatMap(allEnds), ...plugs.map(({ at }) => at)];
  return {
    takenAtMs: Math.max(0, ...input.readings.map(({ takenAtMs }) => takenAtMs)),
    switches: renderSwitches(switches, spokenOf),
    links: links.map((link) => renderLink(switches, link)),
    attachments,
    contradictions: notes.sort((left, right) => (sortKey(left) < sortKey(right) ? -1 : 1)),
  };
}

const sortKey = ({ kind, text }: Contradiction): string => `${kind} ${text}`;

const allEnds = ({ ends, made }: Link): readonly End[] => [...ends, ...made.flatMap((cable) => cable.ends)];

function uplinksOf(switches: readonly Known[], links: readonly Link[]): ReadonlySet<string> {
  const ends = links.flatMap(allEnds);
  return new Set(
    ends.flatMap(({ at, port }) =>
      port === undefined ? [] : [portKey(at, wholePort(switches[at]?.book, port))],
    ),
  );
}
