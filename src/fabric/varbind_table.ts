/**
 * The rows of a walk by the column that they belong to, sorted in once. Pure.
 *
 * What is none of the columns asked for, is malformed, or is above the limit of its column is passed over.
 */
import type { SnmpValue, Varbind } from "./snmp_value.ts";

/** Values of one column by what follows its OID: the numbers of the index with dots between. */
export type Column = ReadonlyMap<string, SnmpValue>;

/** Of one column: a forwarding table of the largest switches has so many. */
export const MAX_COLUMN_ROWS = 131_072;
/** RFC 2578 section 3.5: an OID has 128 numbers at most. */
const MAX_INDEX_NUMBERS = 128;
const MAX_NUMBER = 0xffff_ffff;
const INDEX = /^[0-9]{1,10}(?:\.[0-9]{1,10})*$/;
const NOTHING: Column = new Map();

export class VarbindTable {
  readonly #columns = new Map<string, Map<string, SnmpValue>>();

  constructor(varbinds: readonly Varbind[], columns: readonly string[]) {
    for (const column of columns) this.#columns.set(column, new Map());
    const lengths = [...new Set(columns.map((column) => column.length))];
    let last: string | undefined;
    for (const { oid, value } of varbinds) {
      if (last === undefined || oid[last.length] !== "." || !oid.startsWith(last))
        last = this.#columnOf(oid, lengths);
      if (last !== undefined) this.#put(last, oid.slice(last.length + 1), value);
    }
  }

  #columnOf(oid: string, lengths: readonly number[]): string | undefined {
    for (const length of lengths) {
      const column = oid[length] === "." ? oid.slice(0, length) : undefined;
      if (column !== undefined && this.#columns.has(column)) return column;
    }
    return undefined;
  }

  /** The first of two rows with one index stays: an agent that comes by again has started to loop. */
  #put(column: string, index: string, value: SnmpValue): void {
    const rows = this.#columns.get(column);
    if (!rows || rows.size >= MAX_COLUMN_ROWS || value.kind === "none" || rows.has(index)) return;
    if (INDEX.test(index)) rows.set(index, value);
  }

  column(oid: string): Column {
    return this.#columns.get(oid) ?? NOTHING;
  }

  /** Value of an object that is in no table. */
  scalar(oid: string): SnmpValue | undefined {
    return this.column(oid).get("0");
  }
}

/** The numbers of an index; `undefined` when there are too many, or one above 32 bits. */
export function indexNumbers(index: string): readonly number[] | undefined {
  const numbers = index.split(".").map(Number);
  const isIndex = numbers.length <= MAX_INDEX_NUMBERS && numbers.every((number) => number <= MAX_NUMBER);
  return isIndex ? numbers : undefined;
}

/** The number of an index that is one alone. */
export function onlyNumber(index: string): number | undefined {
  const number = Number(index);
  return Number.isInteger(number) && number <= MAX_NUMBER ? number : undefined;
}
