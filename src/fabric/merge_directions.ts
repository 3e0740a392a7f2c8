/**
 * Through which port each switch reaches each other one. In a tree of switches that is one port each; it is known from
 * LLDP, from a switch's own MAC addresses in the table of the other, or from the machines that both have learnt.
 *
 * Of the last: a machine is on the port of A towards B, or on the port of B towards A, or both; so that two machines on one
 * port of A and on different ports of B show the port of A towards B. After Breitbart et al., "Topology Discovery in
 * Heterogeneous IP Networks" (2000), and Lowekamp, O'Hallaron and Gross, "Topology Discovery for Large Ethernet
 * Networks" (2001), whose rules need no whole tables.
 *
 * Pure.
 */
import type { Forest } from "./merge_forest.ts";
import { majority, NOWHERE, type Tables, vote } from "./merge_tables.ts";

/** `toward[a][b]`: port number of a; {@link NOWHERE}: not known. */
export type Directions = readonly Int16Array[];

export function directionsOf(tables: Tables, forest: Forest): Directions {
  const count = tables.of.length;
  const toward = Array.from({ length: count }, () => new Int16Array(count));
  for (let from = 0; from < count; from++) forest.reach(from, (to, port) => set(toward, { from, to, port }));
  byOwnMacs(tables, toward);
  byMachines(tables, toward);
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

function byOwnMacs(tables: Tables, toward: Directions): void {
  tables.of.forEach((table, from) => {
    if (!table) return;
    tables.own.forEach((macs, to) => {
      const votes = new Map<number, number>();
      for (const mac of macs) {
        const port = table.portOf[mac] ?? NOWHERE;
        if (port > NOWHERE) vote(votes, port);
      }
      set(toward, { from, to, port: majority(votes) });
    });
  });
}

/** How many machines are on each two ports of two switches. */
type Cross = ReadonlyMap<number, ReadonlyMap<number, number>>;

function byMachines(tables: Tables, toward: Directions): void {
  for (let from = 0; from < tables.of.length; from++)
    for (let to = 0; to < from; to++) {
      if (toward[from]?.[to] !== NOWHERE && toward[to]?.[from] !== NOWHERE) continue;
      set(toward, { from, to, port: spreadRow(crossOf(tables, from, to)) });
      set(toward, { from: to, to: from, port: spreadRow(crossOf(tables, to, from)) });
    }
}

function crossOf(tables: Tables, from: number, to: number): Cross {
  const cross = new Map<number, Map<number, number>>();
  const [one, other] = [tables.of[from]?.portOf, tables.of[to]?.portOf];
  if (!one || !other) return cross;
  for (let mac = 0; mac < tables.macs; mac++) {
    const port = one[mac] ?? NOWHERE;
    const far = other[mac] ?? NOWHERE;
    if (port <= NOWHERE || far <= NOWHERE) continue;
    const row = cross.get(port) ?? new Map<number, number>();
    cross.set(port, row);
    vote(row, far);
  }
  return cross;
}

/** The port whose machines are on several ports of the other; each that is not on the fullest of these is a vote. */
function spreadRow(cross: Cross): number {
  const votes = new Map<number, number>();
  for (const [port, row] of cross) {
    const counts = [...row.values()];
    const spread = counts.reduce((sum, one) => sum + one, 0) - Math.max(...counts);
    if (spread > 0) vote(votes, port, spread);
  }
  return majority(votes);
}

/** A reaches B through p: what A has on other ports, B has on its port towards A. */
function bySide(tables: Tables, toward: Directions): void {
  for (let from = 0; from < tables.of.length; from++)
    for (let to = 0; to < tables.of.length; to++) {
      const known = toward[to]?.[from] ?? NOWHERE;
      if (known === NOWHERE || toward[from]?.[to] !== NOWHERE) continue;
      set(toward, { from, to, port: sideVotes(tables, { from, to, port: known }) });
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
