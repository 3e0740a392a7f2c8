/**
 * One table of one switch on its way in: which GetBulk comes next (RFC 3416 section 4.2.3), and what its reply means.
 * It goes on from the last OID of each column, however the request before ended. Columns go their own ways: a sparse one
 * is asked from where it stands, one that has ended is asked no more.
 *
 * Pure. Ends: each request either takes rows, or makes the next one smaller, or ends a column.
 */
import type { GapReason, ReadingGap } from "./reading.ts";
import type { SnmpTable } from "./snmp_tables.ts";
import type { Varbind } from "./snmp_value.ts";
import { type BulkCell, takeCells } from "./walk_guard.ts";

/** A reply of this many values is some 4 KB. */
const MAX_CELLS = 100;
/** Many tables are empty; what the agent then sends is of no use. */
const FIRST_REPETITIONS = 4;
/** Of two objects and their strings. */
const VARBIND_BYTES = 150;
/** Requests without a reply, retransmissions not counted, before a table is given up. */
const MAX_SILENCES = 2;

/**
 * Why a request brought no rows. `tooBig`: the agent cannot fit the reply. `end`: noSuchName, the end of the MIB in the
 * words of agents that never left SNMPv1. `closed`: our own doing.
 */
export type BulkFailure = "noAnswer" | "tooBig" | "refused" | "malformed" | "end" | "closed";
export type BulkReply =
  /** A list for each OID that was asked; the agent may have stopped in the middle. */
  | { readonly ok: true; readonly columns: readonly (readonly BulkCell[])[] }
  | { readonly ok: false; readonly why: BulkFailure };
export type BulkRequest = { readonly oids: readonly string[]; readonly repetitions: number };

type Column = {
  readonly root: string;
  readonly rows: Varbind[];
  end?: "whole" | GapReason | undefined;
};

export class TableWalk {
  readonly table: SnmpTable;
  readonly #columns: readonly Column[];
  #asked: readonly Column[] = [];
  #repetitions: number;
  /** Columns asked at once; less than all when replies do not fit. */
  #width: number;
  #maxCells = MAX_CELLS;
  #silences = 0;

  constructor(table: SnmpTable) {
    this.table = table;
    this.#columns = table.columns.map((root) => ({ root, rows: [] }));
    this.#width = table.columns.length;
    this.#repetitions = Math.min(FIRST_REPETITIONS, table.rowLimit);
  }

  /** What to ask now; `undefined` when the table is read or given up. */
  next(): BulkRequest | undefined {
    this.#asked = this.#columns.filter(({ end }) => end === undefined).slice(0, this.#width);
    if (this.#asked.length === 0) return undefined;
    return { oids: this.#asked.map(lastOidOf), repetitions: this.#repetitions };
  }

  /** The reply to what `next` said. @returns roughly the memory, in bytes, of what was taken */
  take(reply: BulkReply): number {
    if (!reply.ok) this.#takeFailure(reply.why);
    else if (reply.columns.every((cells) => cells.length === 0)) this.#shrinkOrEnd("malformed");
    else return this.#takeRows(reply.columns);
    return 0;
  }

  /** Gives up what has not ended by itself; it may be taken up again with `resume`. */
  cut(reason: GapReason): void {
    for (const column of this.#columns) column.end ??= reason;
  }

  get hasRows(): boolean {
    return this.#columns.some(({ rows }) => rows.length > 0);
  }

  /** By column, each in the order of its OIDs. */
  get columns(): readonly { readonly root: string; readonly rows: readonly Varbind[] }[] {
    return this.#columns;
  }

  /** Whether it broke off for want of replies and may be taken up again where it stands. */
  get isBroken(): boolean {
    return this.#columns.some(({ end }) => end === "noAnswer");
  }

  resume(): void {
    this.#silences = 0;
    for (const column of this.#columns) if (column.end === "noAnswer") column.end = undefined;
  }

  get gap(): ReadingGap | undefined {
    const column = this.#columns.find(({ end }) => end !== undefined && end !== "whole");
    if (!column?.end || column.end === "whole") return undefined;
    return { table: this.table.name, reason: column.end };
  }

  #takeFailure(why: BulkFailure): void {
    switch (why) {
      case "noAnswer":
        // A large reply comes in fragments, and is lost when one of them is.
        this.#silences++;
        if (this.#silences >= MAX_SILENCES) this.cut("noAnswer");
        else this.#shrink();
        return;
      case "refused":
        this.cut("refused");
        return;
      case "closed":
        this.cut("deadline");
        return;
      case "end":
        this.#shrinkOrEnd("whole");
        return;
      case "tooBig":
      case "malformed":
        this.#shrinkOrEnd("malformed");
    }
  }

  /** When it cannot be smaller, the one column that is asked is at fault. */
  #shrinkOrEnd(end: "whole" | GapReason): void {
    if (this.#shrink()) return;
    for (const column of this.#asked) column.end = end;
    this.#width = this.table.columns.length;
    this.#maxCells = MAX_CELLS;
  }

  #shrink(): boolean {
    if (this.#repetitions > 1) this.#repetitions >>= 1;
    else if (this.#asked.length > 1) this.#width = Math.ceil(this.#asked.length / 2);
    else return false;
    this.#maxCells = Math.max(1, this.#asked.length * this.#repetitions);
    return true;
  }

  #takeRows(columns: readonly (readonly BulkCell[])[]): number {
    const { rowLimit } = this.table;
    this.#silences = 0;
    let isFull = true;
    let tookBytes = 0;
    for (const [index, column] of this.#asked.entries()) {
      const cells = columns[index] ?? [];
      const { taken, end } = takeCells(cells, {
        root: column.root,
        after: lastOidOf(column),
        rowsLeft: rowLimit - column.rows.length,
      });
      column.rows.push(...taken);
      tookBytes += taken.reduce((sum, varbind) => sum + memoryBytes(varbind), 0);
      // A scalar is a column of one: nobody asks what follows.
      column.end = end ?? (rowLimit === 1 && taken.length > 0 ? "whole" : undefined);
      isFull &&= end !== undefined || cells.length >= this.#repetitions;
    }
    // An agent that stops in the middle has its reasons.
    if (isFull) this.#grow();
    return tookBytes;
  }

  #grow(): void {
    const most = Math.max(1, Math.floor(this.#maxCells / Math.max(1, this.#asked.length)));
    this.#repetitions = Math.min(this.#repetitions * 2, most, this.table.rowLimit);
  }
}

const memoryBytes = ({ oid, value }: Varbind): number =>
  VARBIND_BYTES + oid.length + (value.kind === "octets" ? value.bytes.length : 0);

const lastOidOf = ({ root, rows }: Column): string => rows.at(-1)?.oid ?? root;
