/** Reads a file of operations. Local files that it names are not opened here. Pure. */
import { isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument } from "yaml";
import { lineTooDeep } from "#src/value/yaml_depth.ts";

/** What the file says of one operation; `path` is as written, to be read by somebody else. */
export type WrittenOperation = {
  readonly name: string;
  readonly when: "before" | "after" | "instead";
  readonly step: string;
  readonly timeLimitSec?: number;
  readonly attempts?: number;
  readonly work:
    | { readonly kind: "run"; readonly path: string; readonly environment?: Readonly<Record<string, string>> }
    | {
        readonly kind: "script";
        readonly text: string;
        readonly environment?: Readonly<Record<string, string>>;
      }
    | { readonly kind: "send"; readonly path: string; readonly to: string; readonly mode?: string };
  /** From 1. */
  readonly line: number;
};

export type OperationsRead =
  | { readonly ok: true; readonly operations: readonly WrittenOperation[] }
  /** `wanted` says what stands there in a file that can be read. */
  | { readonly ok: false; readonly problems: readonly { readonly line: number; readonly wanted: string }[] };

const MAX_PROBLEMS = 20;
const MAX_DEPTH = 16;
const KEYS = [
  ...["name", "before", "after", "instead", "run", "script", "send"],
  ...["to", "mode", "environment", "timeout", "attempts"],
];
const WHENS = ["before", "after", "instead"] as const;
const WORKS = ["run", "script", "send"] as const;

/** Aliases are no part of the format: they are refused like everything that is no text. */
type Value = ParsedNode | null | undefined;

export function readOperationsYaml(text: string): OperationsRead {
  const deep = lineTooDeep(text, MAX_DEPTH);
  if (deep !== undefined) return { ok: false, problems: [{ line: deep, wanted: "less depth" }] };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const reader = new Reader(lines);
  for (const { pos, message } of document.errors)
    reader.refuse(pos[0], `YAML: ${message.split(/ at line|\n/)[0]}`);
  const operations = reader.problems.length === 0 ? readTop(reader, document.contents) : [];
  const { problems } = reader;
  return problems.length > 0
    ? { ok: false, problems: problems.slice(0, MAX_PROBLEMS) }
    : { ok: true, operations };
}

class Reader {
  readonly problems: { line: number; wanted: string }[] = [];
  readonly #lines: LineCounter;

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  lineOf(value: Value): number {
    return this.#lines.linePos(value?.range[0] ?? 0).line;
  }

  refuse(where: number | Value, wanted: string): undefined {
    const line = typeof where === "number" ? this.#lines.linePos(where).line : this.lineOf(where);
    this.problems.push({ line, wanted });
  }
}

function readTop(reader: Reader, top: Value): readonly WrittenOperation[] {
  const list = isMap(top) ? fieldsOf(reader, top, ["operations"]).get("operations") : top;
  if (!isSeq(list)) {
    reader.refuse(list ?? top, "operations, a list");
    return [];
  }
  return (list.items as readonly ParsedNode[]).flatMap((item) => readOperation(reader, item) ?? []);
}

function readOperation(reader: Reader, item: ParsedNode): WrittenOperation | undefined {
  if (!isMap(item))
    return reader.refuse(
      item,
      "an operation: name, a step after before, after or instead, and run, script or send",
    );
  const fields = fieldsOf(reader, item, KEYS);
  const name = textOf(fields.get("name"));
  const when = onlyOne(fields, WHENS);
  const step = when && textOf(fields.get(when));
  if (!name) return reader.refuse(fields.get("name") ?? item, "name, a word");
  if (!when || !step) return reader.refuse(item, "one of before, after and instead, with the name of a step");
  const work = readWork(reader, item, fields);
  if (!work) return undefined;
  const timeLimitSec = numberOf(reader, fields.get("timeout"), "timeout, in seconds");
  const attempts = numberOf(reader, fields.get("attempts"), "attempts, a number");
  return {
    ...{ name, when, step, work, line: reader.lineOf(item) },
    ...(timeLimitSec === undefined ? {} : { timeLimitSec }),
    ...(attempts === undefined ? {} : { attempts }),
  };
}

type Fields = ReadonlyMap<string, Value>;

function readWork(reader: Reader, item: ParsedNode, fields: Fields): WrittenOperation["work"] | undefined {
  const kind = onlyOne(fields, WORKS);
  const said = kind && textOf(fields.get(kind));
  if (!kind || !said) return reader.refuse(item, "one of run (a file), script (its text) and send (a file)");
  if (kind === "send") return readSend(reader, said, fields);
  for (const key of ["to", "mode"])
    if (fields.has(key)) reader.refuse(fields.get(key), `no ${key} beside ${kind}: it is for send`);
  const environment = readEnvironment(reader, fields.get("environment"));
  const more = environment === undefined ? {} : { environment };
  return kind === "run" ? { kind, path: said, ...more } : { kind, text: said, ...more };
}

function readSend(reader: Reader, path: string, fields: Fields): WrittenOperation["work"] | undefined {
  if (fields.has("environment")) reader.refuse(fields.get("environment"), "no environment beside send");
  const to = textOf(fields.get("to"));
  if (!to) return reader.refuse(fields.get("send"), "to beside send: the path on the node");
  const mode = textOf(fields.get("mode"));
  return mode === undefined ? { kind: "send", path, to } : { kind: "send", path, to, mode };
}

function readEnvironment(reader: Reader, value: Value): Readonly<Record<string, string>> | undefined {
  if (value === undefined) return undefined;
  if (!isMap(value)) return reader.refuse(value, "environment, a mapping of names to texts");
  const entries = value.items.map(({ key, value: one }): [string, string] => {
    const [name, text] = [textOf(key as ParsedNode), textOf(one as Value)];
    if (name === undefined || text === undefined) reader.refuse(key as ParsedNode, "a name and a text");
    return [name ?? "", text ?? ""];
  });
  return Object.fromEntries(entries);
}

/** The one of the keys that is there. */
const onlyOne = <Key extends string>(fields: Fields, keys: readonly Key[]): Key | undefined => {
  const [first, ...more] = keys.filter((key) => fields.has(key));
  return more.length === 0 ? first : undefined;
};

function numberOf(reader: Reader, value: Value, wanted: string): number | undefined {
  if (value === undefined) return undefined;
  const text = textOf(value) ?? "";
  return /^[1-9]\d{0,5}$/.test(text) ? Number(text) : reader.refuse(value, wanted);
}

function fieldsOf(reader: Reader, value: Value, known: readonly string[]): Fields {
  if (!isMap(value)) return new Map();
  const fields = new Map<string, Value>();
  for (const { key, value: one } of value.items) {
    const name = textOf(key as ParsedNode) ?? "";
    if (!known.includes(name)) reader.refuse(key as ParsedNode, `one of ${known.join(", ")}`);
    fields.set(name, one as Value);
  }
  return fields;
}

/** As it stands in the file, so that 0644 stays that. */
const textOf = (value: Value): string | undefined =>
  isScalar(value) && value.value !== null
    ? typeof value.value === "string"
      ? value.value
      : String(value.source ?? value.value)
    : undefined;
