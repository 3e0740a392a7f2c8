/**
 * Through which ports two switches reach each other, out of what both have learnt. A machine is on the port of A towards B, or
 * on the port of B towards A, or both: all of them lie on one row and one column of the table of A's ports by B's. The own
 * MAC addresses of B are on the row, those of A on the column. The row and the column that most are on are the ports, if
 * what speaks for them is more than what speaks against all: rows of tables are stale here and there.
 *
 * After Breitbart et al., "Topology Discovery in Heterogeneous IP Networks" (2000), and Lowekamp, O'Hallaron and Gross,
 * "Topology Discovery for Large Ethernet Networks" (2001), whose rules need no whole tables.
 *
 * Pure.
 */
import { NOWHERE, type Tables } from "./merge_tables.ts";

/** A switch's own MAC address says where it is, a machine only together with others. */
const OWN_MAC_WEIGHT = 2;

/** Port numbers; {@link NOWHERE}: not known. */
export type Ways = { readonly toOther: number; readonly toOne: number };

export function waysBetween(tables: Tables, one: number, other: number): Ways {
  const cross = crossOf(tables, one, other);
  if (!cross) return { toOther: NOWHERE, toOne: NOWHERE };
  const { rows, columns, counts, rowSums, columnSums } = cross;
  const byRow = new Int32Array(rows);
  const byColumn = new Int32Array(columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const met = at(rowSums, row) + at(columnSums, column) - at(counts, row * columns + column);
      if (met > at(byRow, row)) byRow[row] = met;
      if (met > at(byColumn, column)) byColumn[column] = met;
    }
  return { toOther: winner(byRow, cross.total), toOne: winner(byColumn, cross.total) };
}

/** By port number of each; number {@link NOWHERE} stands for ports that have nothing. */
type Cross = {
  readonly rows: number;
  readonly columns: number;
  readonly counts: Int32Array;
  readonly rowSums: Int32Array;
  readonly columnSums: Int32Array;
  readonly total: number;
};

function crossOf(tables: Tables, one: number, other: number): Cross | undefined {
  const [mine, theirs] = [tables.of[one]?.portOf, tables.of[other]?.portOf];
  const [rows, columns] = [tables.portNames[one]?.length ?? 1, tables.portNames[other]?.length ?? 1];
  if (!mine && !theirs) return undefined;
  const counts = new Int32Array(rows * columns);
  const rowSums = ownOn(tables, { table: mine, ports: rows, of: other });
  const columnSums = ownOn(tables, { table: theirs, ports: columns, of: one });
  let total = sum(rowSums) + sum(columnSums);
  for (let mac = 0; mine && theirs && mac < tables.macs; mac++) {
    const [row, column] = [at(mine, mac), at(theirs, mac)];
    if (row <= NOWHERE || column <= NOWHERE) continue;
    counts[row * columns + column] = at(counts, row * columns + column) + 1;
    rowSums[row] = at(rowSums, row) + 1;
    columnSums[column] = at(columnSums, column) + 1;
    total++;
  }
  return { rows, columns, counts, rowSums, columnSums, total };
}

type OwnOf = { readonly table: Int16Array | undefined; readonly ports: number; readonly of: number };

function ownOn(tables: Tables, { table, ports, of }: OwnOf): Int32Array {
  const sums = new Int32Array(ports);
  for (const mac of table ? (tables.own[of] ?? []) : []) {
    const port = table ? at(table, mac) : NOWHERE;
    if (port > NOWHERE) sums[port] = at(sums, port) + OWN_MAC_WEIGHT;
  }
  return sums;
}

/** The port that meets most, when no other comes near: what it does not meet is stale, and as much may be in its favour. */
function winner(met: Int32Array, total: number): number {
  let [best, second] = [NOWHERE, NOWHERE];
  for (let port = 1; port < met.length; port++) {
    if (at(met, port) > at(met, best)) [best, second] = [port, best];
    else if (second === best || at(met, port) > at(met, second)) second = port;
  }
  return at(met, best) - at(met, second) > total - at(met, best) ? best : NOWHERE;
}

const at = (list: Int32Array | Int16Array, index: number): number => list[index] ?? 0;

const sum = (list: Int32Array): number => list.reduce((all, one) => all + one, 0);
