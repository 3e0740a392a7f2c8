/**
 * Through which port each switch reaches each other one. In a tree of switches that is one port each; it is known from
 * LLDP, or from what both have in their MAC tables. Pure.
 */
import { waysBetween } from "./merge_cross.ts";
import type { Forest } from "./merge_forest.ts";
import { majority, NOWHERE, type Tables, vote } from "./merge_tables.ts";

/**
 * `toward[a][b]`: port number of a; {@link NOWHERE}: not known. Only those have a row that have a table or lie between
 * others: what hangs on one link has one way, and there may be thousands that somebody has made up.
 */
export type Directions = readonly (Int16Array | undefined)[];

export function directionsOf(tables: Tables, forest: Forest): Directions {
  const count = tables.of.length;
  const toward = tables.of.map((table, at) =>
    table || forest.isBetween(at) ? new Int16Array(count) : undefined,
  );
  toward.forEach((row, from) => {
    if (row) forest.reach(from, (to, port) => set(toward, { from, to, port }));
  });
  byTables(tables, toward);
  forest.spread(toward);
  bySide(tables, toward);
  forest.spread(toward);
  return toward;
}

type Toward = { readonly from: number; readonly to: number; readonly port: number };

/** What was there before is surer. */
function set(toward: Directions, { from, to, port }: Toward): void {
  const row = toward[from];
  if (row && from !== to && row[to] === NOWHERE) row[to] = port;
}

/** What tables say of each two, where LLDP does not. */
function byTables(tables: Tables, toward: Directions): void {
  for (const one of tables.shown)
    for (let other = 0; other < tables.of.length; other++) {
      // Two with tables are looked at once.
      if (other === one || (other > one && tables.of[other])) continue;
      if (toward[one]?.[other] !== NOWHERE && toward[other]?.[one] !== NOWHERE) continue;
      const { toOther, toOne } = waysBetween(tables, one, other);
      set(toward, { from: one, to: other, port: toOther });
      set(toward, { from: other, to: one, port: toOne });
    }
}

/** A reaches B through p: what A has on other ports, B has on its port towards A. */
function bySide(tables: Tables, toward: Directions): void {
  for (const from of tables.shown)
    for (const to of tables.shown) {
      const back = toward[to]?.[from] ?? NOWHERE;
      if (back === NOWHERE || toward[from]?.[to] !== NOWHERE) continue;
      set(toward, { from, to, port: sideVotes(tables, { from, to, port: back }) });
    }
}

/** @param beyond the port of `to` towards `from` */
function sideVotes(tables: Tables, { from, to, port: beyond }: Toward): number {
  const votes = new Map<number, number>();
  const [mine, theirs] = [tables.of[from]?.portOf, tables.of[to]?.portOf];
  if (!mine || !theirs) return NOWHERE;
  for (let mac = 0; mac < tables.macs; mac++) {
    const port = mine[mac] ?? NOWHERE;
    const far = theirs[mac] ?? NOWHERE;
    if (port > NOWHERE && far > NOWHERE && far !== beyond) vote(votes, port);
  }
  return majority(votes);
}
