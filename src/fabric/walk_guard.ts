/**
 * What is taken of one column of a reply. A well-behaved agent gives ever larger OIDs and leaves the table at its end
 * (RFC 3416 section 4.2.3); one that repeats itself, or never ends, is cut here.
 *
 * Pure.
 */
import { compareOids, isBelow } from "./oid_order.ts";
import type { GapReason } from "./reading.ts";
import type { Varbind } from "./snmp_value.ts";

/** Of a reply to GetBulk, for one of the OIDs that were asked; `undefined`: endOfMibView. */
export type BulkCell = Varbind | undefined;

export type ColumnLimits = {
  readonly root: string;
  /** The last OID that was taken, at first the root. */
  readonly after: string;
  /** Rows that may still be taken. */
  readonly rowsLeft: number;
};

export type TakenCells = {
  readonly taken: readonly Varbind[];
  /** `whole`: the table has ended. Else why nothing more is asked; absent: there is more. */
  readonly end?: "whole" | Extract<GapReason, "loop" | "rowLimit"> | undefined;
};

export function takeCells(cells: readonly BulkCell[], { root, after, rowsLeft }: ColumnLimits): TakenCells {
  const taken: Varbind[] = [];
  let last = after;
  for (const cell of cells) {
    // What is outside may well be smaller: some agents begin again from the front.
    if (cell === undefined || !isBelow(cell.oid, root)) return { taken, end: "whole" };
    if (compareOids(cell.oid, last) <= 0) return { taken, end: "loop" };
    if (taken.length >= rowsLeft) return { taken, end: "rowLimit" };
    taken.push(cell);
    last = cell.oid;
  }
  return { taken };
}
