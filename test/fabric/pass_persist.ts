/** Rows of a MIB in the words of the `pass_persist` of snmpd.conf(5). Pure. */

/** The OID as numbers, then what snmpd wants to see of it; octets in hex with spaces. */
export type Row = {
  readonly oid: readonly number[];
  readonly type:
    | "integer"
    | "octet"
    | "objectid"
    | "ipaddress"
    | "counter"
    | "gauge"
    | "timeticks"
    | "counter64";
  readonly value: string;
};

export const octets = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");

export const oidOf = (text: string): readonly number[] => text.split(".").filter(Boolean).map(Number);

/** As SNMP orders them: number by number, the shorter first. */
export function compareOids(left: readonly number[], right: readonly number[]): number {
  const at = left.findIndex((number, index) => number !== right[index]);
  return at === -1 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? -1);
}

export const inOrder = (rows: readonly Row[]): readonly Row[] =>
  rows.toSorted((left, right) => compareOids(left.oid, right.oid));

/** @param rows {@link inOrder}. @returns lines that answer a request */
export function answer(rows: readonly Row[], command: string, oid: readonly number[]): readonly string[] {
  let low = 0;
  for (let high = rows.length; low < high; ) {
    const middle = (low + high) >> 1;
    const order = compareOids(rows[middle]?.oid ?? [], oid);
    if (order < 0 || (order === 0 && command === "getnext")) low = middle + 1;
    else high = middle;
  }
  const row = rows[low];
  if (row === undefined || (command === "get" && compareOids(row.oid, oid) !== 0)) return ["NONE"];
  return [`.${row.oid.join(".")}`, row.type, row.value];
}
