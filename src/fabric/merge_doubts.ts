/** Where MAC tables do not fit what LLDP and CDP say. The latter is believed, for it does not age as tables do. Pure. */
import type { Forest } from "./merge_forest.ts";
import { machinesInside } from "./merge_inside.ts";
import type { Link } from "./merge_links.ts";
import type { End, Known, Notes } from "./merge_model.ts";
import { machinesBetween, tableDisagrees } from "./merge_notes.ts";
import { majority, NOWHERE, type Tables, vote } from "./merge_tables.ts";

type Facts = { readonly switches: readonly Known[]; readonly tables: Tables; readonly forest: Forest };

/** In a ring the table goes the other way round, and rings are noted for themselves. */
export function noteDoubts(facts: Facts, links: readonly Link[], notes: Notes): void {
  for (const { ends } of links) {
    const [one, other] = ends;
    if (facts.forest.isRinged(one.at)) continue;
    noteSide(facts, one, other, notes);
    noteSide(facts, other, one, notes);
    const inside = machinesInside(facts.tables, ends);
    if (inside > 0) notes.push(machinesBetween(facts.switches, ends, inside));
  }
}

function noteSide({ switches, tables }: Facts, near: End, far: End, notes: Notes): void {
  const table = tables.of[near.at];
  if (!table || near.port === undefined) return;
  const votes = new Map<number, number>();
  for (const mac of tables.own[far.at] ?? []) {
    const port = table.portOf[mac] ?? NOWHERE;
    if (port > NOWHERE) vote(votes, port);
  }
  const port = tables.portNames[near.at]?.[majority(votes)];
  if (port !== undefined && port !== "" && port !== near.port)
    notes.push(tableDisagrees(switches, { near, far }, { at: near.at, port }));
}
