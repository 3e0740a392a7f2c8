/** Machines from a table: a header row with names of columns; comma, semicolon or tab between. RFC 4180. Pure. */
import { ImportDraft, shown } from "./import_draft.ts";
import type { ImportResult } from "./import_result.ts";
import { addFields, NODE_COLUMNS, type NodeColumn, nodeColumn } from "./node_columns.ts";

const SEPARATORS = [",", ";", "\t"] as const;
const MAX_CELLS = 256;

type Row = { readonly line: number; readonly cells: readonly string[]; readonly isOpen: boolean };

export function readCsv(text: string): ImportResult {
  const draft = new ImportDraft();
  const rows = csvRows(text, separatorOf(text));
  const { value: head } = rows.next();
  const columns = head?.cells.map(nodeColumn) ?? [];
  if (!head || !(columns.includes("mac") || columns.includes("macs"))) {
    draft.problem(
      head?.line ?? 1,
      "no header row with a column mac",
      `begin with a row such as name,mac,address; columns: ${Object.keys(NODE_COLUMNS).join(", ")}`,
    );
    return draft.result();
  }
  for (const [at, column] of columns.entries())
    if (!column)
      draft.note(head.line, `column ${shown(head.cells[at] ?? "")} is not known`, "it is not imported");
  for (const row of rows) {
    if (draft.isFull) break;
    readRow(draft, row, columns);
  }
  return draft.result();
}

function readRow(
  draft: ImportDraft,
  { line, cells, isOpen }: Row,
  columns: readonly (NodeColumn | undefined)[],
): void {
  if (isOpen) {
    draft.problem(line, "a quote is not closed", "close it");
    return;
  }
  if (cells.length > columns.length && cells.slice(columns.length).some((cell) => cell.trim() !== "")) {
    draft.problem(
      line,
      `${cells.length} fields, and the header has ${columns.length}`,
      "put quotes around a field with a separator in it",
    );
    return;
  }
  const fields = new Map<NodeColumn, readonly string[]>();
  for (const [at, column] of columns.entries()) {
    const cell = cells[at]?.trim() ?? "";
    if (column && cell !== "") fields.set(column, [...(fields.get(column) ?? []), cell]);
  }
  if (fields.size > 0) addFields(draft, line, fields);
}

/** The one that the first line has most of. */
function separatorOf(text: string): string {
  const first =
    text
      .slice(0, 4096)
      .split(/\r?\n/)
      .find((line) => line.trim() !== "" && !line.startsWith("#")) ?? "";
  const count = (separator: string): number => first.split(separator).length;
  return [...SEPARATORS].sort((left, right) => count(right) - count(left))[0] ?? ",";
}

/** Rows that hold something; lines that begin with `#` are comments. */
function* csvRows(text: string, separator: string): Generator<Row, undefined> {
  let line = 1;
  for (let at = 0; at < text.length; ) {
    if (text[at] === "\n") {
      at++;
      line++;
      continue;
    }
    const row = csvRow(text, at, separator);
    const isComment = text[at] === "#";
    if (!isComment && row.cells.some((cell) => cell.trim() !== ""))
      yield { line, cells: row.cells, isOpen: row.isOpen };
    const end = isComment ? lineEnd(text, at) : row.end;
    for (; at < end; at++) if (text[at] === "\n") line++;
  }
  return undefined;
}

const lineEnd = (text: string, from: number): number => {
  const found = text.indexOf("\n", from);
  return found < 0 ? text.length : found + 1;
};

function csvRow(
  text: string,
  start: number,
  separator: string,
): { readonly cells: readonly string[]; readonly isOpen: boolean; readonly end: number } {
  const cells: string[] = [];
  let at = start;
  for (;;) {
    const cell = csvCell(text, at, separator);
    if (cells.length < MAX_CELLS) cells.push(cell.text);
    at = cell.end;
    if (cell.isOpen || text[at] !== separator) {
      return { cells, isOpen: cell.isOpen, end: cell.isOpen ? at : lineEnd(text, at) };
    }
    at++;
  }
}

/** A field up to its separator or the end of the line; in quotes it may hold both, and quotes twice. */
function csvCell(
  text: string,
  start: number,
  separator: string,
): { readonly text: string; readonly end: number; readonly isOpen: boolean } {
  if (text[start] !== '"') {
    let at = start;
    while (at < text.length && text[at] !== separator && text[at] !== "\n") at++;
    return { text: text.slice(start, at).replace(/\r$/, ""), end: at, isOpen: false };
  }
  let at = start + 1;
  while (at < text.length && (text[at] !== '"' || text[at + 1] === '"')) at += text[at] === '"' ? 2 : 1;
  const value = text.slice(start + 1, at).replaceAll('""', '"');
  if (at >= text.length) return { text: value, end: text.length, isOpen: true };
  at++;
  while (at < text.length && text[at] !== separator && text[at] !== "\n") at++;
  return { text: value, end: at, isOpen: false };
}
