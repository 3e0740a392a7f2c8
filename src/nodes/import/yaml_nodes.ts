/** Machines from YAML: a list of mappings, `nodes:` with such a list, or names with a mapping each. Pure. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type YAMLMap,
  type Node as YamlNode,
} from "yaml";
import { lineTooDeep } from "#src/value/yaml_depth.ts";
import { ImportDraft, shown } from "./import_draft.ts";
import { type ImportResult, MAX_IMPORT_DEPTH, MAX_IMPORT_NOTES } from "./import_result.ts";
import { addFields, type NodeColumn, nodeColumn } from "./node_columns.ts";

/** The parser takes some µs a character and much memory, whatever it reads. */
const MAX_YAML_CHARS = 2 * 1024 * 1024;
/** And more for each thing that it finds: 20,000 machines of 25 marks each are far below what takes ten seconds. */
const MAX_YAML_MARKS = 500_000;
const MARK = /[\s,:'"]/g;

export function readYamlNodes(text: string): ImportResult {
  const draft = new ImportDraft();
  if (text.length > MAX_YAML_CHARS) {
    draft.problem(
      1,
      `${text.length} characters, the most are ${MAX_YAML_CHARS}`,
      "split the file, or write CSV",
    );
    return draft.result();
  }
  if (hasMoreMarks(text, MAX_YAML_MARKS)) {
    draft.problem(
      1,
      `more than ${MAX_YAML_MARKS} blanks, line ends, colons, commas and quotes`,
      "split the file, or write CSV",
    );
    return draft.result();
  }
  const deep = lineTooDeep(text, MAX_IMPORT_DEPTH);
  if (deep !== undefined) {
    draft.problem(
      deep,
      `more than ${MAX_IMPORT_DEPTH} lists or mappings in each other`,
      "write a list of machines",
    );
    return draft.result();
  }
  const lines = new LineCounter();
  // Pretty errors and unique keys cost the square of the file's size.
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false, logLevel: "silent" } as const;
  const document = parseDocument(text, options);
  const lineOf = (node: { readonly range?: readonly number[] | null | undefined }): number =>
    lines.linePos(node.range?.[0] ?? 0).line || 1;
  for (const { message, pos } of document.errors.slice(0, MAX_IMPORT_NOTES))
    draft.problem(lines.linePos(pos[0]).line || 1, message.split("\n")[0] ?? "", "mend the file");
  if (document.errors.length === 0) readTop(draft, document.contents, lineOf);
  return draft.result();
}

function hasMoreMarks(text: string, limit: number): boolean {
  let count = 0;
  for (const _ of text.matchAll(MARK)) if (++count > limit) return true;
  return false;
}

type LineOf = (node: { readonly range?: readonly number[] | null | undefined }) => number;

function readTop(draft: ImportDraft, top: unknown, lineOf: LineOf): void {
  const inner = isMap(top) ? (top.get("nodes", true) as YamlNode | undefined) : undefined;
  const machines = inner ?? top;
  if (isSeq(machines)) {
    for (const item of machines.items) readMachine(draft, item, { lineOf });
  } else if (isMap(machines)) {
    for (const { key, value } of machines.items)
      readMachine(draft, value, { lineOf, name: isScalar(key) ? String(key.value) : "" });
  } else draft.problem(1, "no list of machines", "write a list of mappings, each with name and mac");
}

function readMachine(
  draft: ImportDraft,
  item: unknown,
  { lineOf, name }: { readonly lineOf: LineOf; readonly name?: string },
): void {
  if (!isMap(item)) {
    const line = isScalar(item) || isSeq(item) || isAlias(item) ? lineOf(item) : 1;
    draft.problem(line, "a machine that is no mapping", "write name: and mac: for each");
    return;
  }
  const fields = new Map<NodeColumn, readonly string[]>(name === undefined ? [] : [["name", [name]]]);
  const line = lineOf(item);
  if (readFields(draft, { item, line: lineOf }, fields)) addFields(draft, line, fields);
}

/** @returns false when a value is neither text nor a list of texts */
function readFields(
  draft: ImportDraft,
  { item, line }: { readonly item: YAMLMap; readonly line: LineOf },
  fields: Map<NodeColumn, readonly string[]>,
): boolean {
  let isRead = true;
  for (const { key, value } of item.items) {
    const name = isScalar(key) ? String(key.value) : "";
    const at = isScalar(key) ? line(key) : line(item);
    const column = nodeColumn(name);
    const texts = textsOf(value);
    if (!column) draft.note(at, `field ${shown(name)} is not known`, "it is not imported");
    else if (texts) fields.set(column, texts);
    else {
      isRead = false;
      draft.problem(at, `${shown(name)} is neither a text nor a list of texts`, "write one");
    }
  }
  return isRead;
}

function textsOf(value: unknown): readonly string[] | undefined {
  if (value === null) return [];
  if (isScalar(value)) return value.value === null ? [] : [scalarText(value)];
  if (!isSeq(value)) return undefined;
  const texts = value.items.map((item) => (isScalar(item) ? scalarText(item) : undefined));
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

/** As it is written: a MAC of digits only must not become a number. */
const scalarText = ({ value, source }: { readonly value: unknown; readonly source?: string }): string =>
  typeof value === "string" ? value : (source ?? String(value));
