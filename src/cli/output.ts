/** How values look on a terminal. Pure. */
import { inertLine } from "#src/value/inert_line.ts";

/** Columns as wide as their widest cell, two spaces between; columns of numbers lean right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map(inertLine));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const isNumber = head.map(
    (_, column) => rows.length > 0 && rows.every((row) => /^[\d.,-]*$/.test(row[column] ?? "")),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  return `${cells.map(line).join("\n")}\n`;
}

/** `label: value` lines; what has no value is left out. */
export function fields(pairs: readonly (readonly [label: string, value: string | undefined])[]): string {
  const said = pairs.filter((pair): pair is readonly [string, string] => (pair[1] ?? "") !== "");
  const width = Math.max(0, ...said.map(([label]) => label.length));
  return said.map(([label, value]) => `${`${label}:`.padEnd(width + 2)}${inertLine(value)}\n`).join("");
}

export const seconds = (ms: number): string => (ms / 1000).toFixed(1);

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** Decimal units, as networks and disks are sold. */
export function size(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power]}`;
}

/** `42 s`, `3 min 5 s`, `2 h 10 min`. */
export function duration(ms: number): string {
  const sec = Math.round(ms / 1000);
  if (sec < 60) return `${sec} s`;
  if (sec < 3600) return `${Math.floor(sec / 60)} min ${sec % 60} s`;
  return `${Math.floor(sec / 3600)} h ${Math.floor((sec % 3600) / 60)} min`;
}

export const time = (atMs: number): string => new Date(atMs).toISOString().slice(0, 19).replace("T", " ");

/** New lines are only those between fields; what a stranger put into a text is escaped as JSON does. */
export const json = (value: unknown): string =>
  JSON.stringify(value, null, 2)
    .split("\n")
    .map((line) => `${inertLine(line)}\n`)
    .join("");
