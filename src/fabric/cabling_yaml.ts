/** Reads a cabling file in YAML. Pure. */
import { isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument } from "yaml";
import type {
  CablingProblem,
  CablingRead,
  ExpectedLink,
  ExpectedNode,
  WrittenPort,
} from "./cabling_types.ts";
import {
  PLACE_WANTED,
  type Place,
  readPlace,
  readSpeed,
  SPEED_WANTED,
  splitSpeed,
  spread,
} from "./cabling_words.ts";

const MAX_PROBLEMS = 100;
const TOP_WANTED = "nodes, a mapping of nodes to places, and links, a list";
const LINK_WANTED = "two places like sw1/49 - sw2/49, and a speed like 10G where one is wanted";
const PLACE_KEYS = ["switch", "port", "at", "speed"];
const LINK_KEYS = ["ends", "speed"];

/** Aliases are no part of the format: they are refused like everything that is no text. */
type Value = ParsedNode | null | undefined;

export function readCablingYaml(text: string): CablingRead {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const reader = new Reader(lines);
  for (const { pos, message } of document.errors.slice(0, MAX_PROBLEMS))
    reader.refuse(pos[0], `YAML: ${message.split(/ at line|\n/)[0]}`);
  if (reader.problems.length === 0) readTop(reader, document.contents);
  const { nodes, links, problems } = reader;
  return problems.length > 0 ? { ok: false, problems } : { ok: true, cabling: { nodes, links } };
}

class Reader {
  readonly problems: CablingProblem[] = [];
  readonly nodes: ExpectedNode[] = [];
  readonly links: ExpectedLink[] = [];
  readonly #lines: LineCounter;

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  lineOf(value: Value): number {
    return this.#lines.linePos(value?.range[0] ?? 0).line;
  }

  refuse(where: number | Value, wanted: string): undefined {
    const line = typeof where === "number" ? this.#lines.linePos(where).line : this.lineOf(where);
    if (this.problems.length < MAX_PROBLEMS) this.problems.push({ line, wanted });
  }
}

/** `nodes` and `links`; without either all of it is nodes. */
function readTop(reader: Reader, top: Value): undefined {
  if (isEmpty(top)) return undefined;
  if (isSeq(top)) return readLinks(reader, top);
  const entries = entriesOf(top);
  if (!entries) return reader.refuse(top, TOP_WANTED);
  const isNamed = entries.some(({ key }) => key === "nodes" || key === "links");
  if (!isNamed) return readNodes(reader, top);
  for (const { key, keyNode, value } of entries) {
    if (key === "nodes") readNodes(reader, value);
    else if (key === "links") readLinks(reader, value);
    else reader.refuse(keyNode, TOP_WANTED);
  }
}

function readNodes(reader: Reader, value: Value): undefined {
  if (isEmpty(value)) return undefined;
  const entries = entriesOf(value);
  if (!entries) return reader.refuse(value, "a mapping of nodes to places");
  for (const entry of entries) {
    const places = isSeq(entry.value) ? (entry.value.items as readonly ParsedNode[]) : [entry.value];
    for (const place of places) readNode(reader, entry, place);
  }
}

function readNode(reader: Reader, { key, keyNode }: Entry, written: Value): undefined {
  const place = readWrittenPlace(reader, written ?? keyNode);
  if (!place) return undefined;
  const found = spread(key, place, reader.lineOf(keyNode));
  if ("wanted" in found) return reader.refuse(keyNode, found.wanted);
  for (const node of found.value) reader.nodes.push(node);
}

function readLinks(reader: Reader, value: Value): undefined {
  if (isEmpty(value)) return undefined;
  if (!isSeq(value)) return reader.refuse(value, "a list of links");
  for (const item of value.items as readonly ParsedNode[]) {
    const link = readLink(reader, item);
    if (link) reader.links.push(link);
  }
}

function readLink(reader: Reader, item: Value): ExpectedLink | undefined {
  const line = reader.lineOf(item);
  const entries = entriesOf(item);
  if (!entries) {
    const { rest, speedMbit } = splitSpeed(textOf(item) ?? "");
    const places = rest.split(/\s+(?:-+>?|<-+>|—|–)\s+/).map(readPlace);
    const [left, right] = places.map((place) => ("value" in place ? place.value.at : undefined));
    if (places.length !== 2 || !left || !right) return reader.refuse(item, LINK_WANTED);
    return { ends: [left, right], line, ...(speedMbit === undefined ? {} : { speedMbit }) };
  }
  const fields = fieldsOf(reader, item, LINK_KEYS);
  const ends = fields.get("ends");
  const places = isSeq(ends)
    ? (ends.items as readonly ParsedNode[]).map((end) => readWrittenPlace(reader, end))
    : [];
  const [left, right] = places;
  if (places.length !== 2) return reader.refuse(item, LINK_WANTED);
  const speedMbit = speedOf(reader, fields.get("speed"));
  return left && right
    ? { ends: [left.at, right.at], line, ...(speedMbit === undefined ? {} : { speedMbit }) }
    : undefined;
}

/** A place in one text, or `{switch, port, speed}`, or `{at, speed}`. */
function readWrittenPlace(reader: Reader, value: Value): Place | undefined {
  if (!isMap(value)) return placeIn(reader, value);
  const fields = fieldsOf(reader, value, PLACE_KEYS);
  const written = writtenPort(fields);
  const place = written ? { at: written } : placeIn(reader, fields.get("at") ?? value);
  const speedMbit = speedOf(reader, fields.get("speed"));
  return place && speedMbit !== undefined ? { ...place, speedMbit } : place;
}

function placeIn(reader: Reader, value: Value): Place | undefined {
  const place = readPlace(textOf(value) ?? "");
  return "value" in place ? place.value : reader.refuse(value, PLACE_WANTED);
}

function writtenPort(fields: ReadonlyMap<string, Value>): WrittenPort | undefined {
  const [id, port] = [textOf(fields.get("switch")), textOf(fields.get("port"))];
  return id && port ? { switch: id, port } : undefined;
}

function speedOf(reader: Reader, value: Value): number | undefined {
  if (value === undefined) return undefined;
  return readSpeed(textOf(value) ?? "") ?? reader.refuse(value, SPEED_WANTED);
}

type Entry = { readonly key: string; readonly keyNode: ParsedNode; readonly value: Value };

/** Of a mapping; undefined: it is none. */
function entriesOf(value: Value): readonly Entry[] | undefined {
  if (!isMap(value)) return undefined;
  return value.items.map(({ key, value: one }) => ({
    key: textOf(key as ParsedNode) ?? "",
    keyNode: key as ParsedNode,
    value: one as Value,
  }));
}

function fieldsOf(reader: Reader, value: Value, known: readonly string[]): ReadonlyMap<string, Value> {
  const entries = entriesOf(value) ?? [];
  for (const { key, keyNode } of entries)
    if (!known.includes(key)) reader.refuse(keyNode, `one of ${known.join(", ")}`);
  return new Map(entries.map((entry) => [entry.key, entry.value]));
}

/** As it stands in the file, so that port 1/10 stays that and 010 does not become 10. */
const textOf = (value: Value): string | undefined =>
  isScalar(value) && value.value !== null
    ? typeof value.value === "string"
      ? value.value
      : String(value.source ?? value.value)
    : undefined;

const isEmpty = (value: Value): boolean =>
  value === null || value === undefined || (isScalar(value) && value.value === null);
