/** Reads a cabling table: cells between commas, semicolons or tabs. Pure. */
import type { CablingProblem, CablingRead, ExpectedLink, ExpectedNode } from "./cabling_types.ts";
import {
  PLACE_WANTED,
  type Place,
  readPlace,
  readSpeed,
  SPEED_WANTED,
  spread,
  type Word,
} from "./cabling_words.ts";

/** Of a first row that only names columns. */
const HEADS = ["node", "name", "host", "hostname", "switch", "switch1", "from"];
const MAX_PROBLEMS = 100;
const ROW_WANTED = "node,switch,port[,speed] or switch,port,switch,port[,speed]";

type Row = { readonly cells: readonly string[]; readonly line: number };
type Entry = { readonly nodes: readonly ExpectedNode[] } | { readonly link: ExpectedLink };

export function readCablingTable(text: string): CablingRead {
  const problems: CablingProblem[] = [];
  const nodes: ExpectedNode[] = [];
  const links: ExpectedLink[] = [];
  const rows = rowsOf(text);
  for (const row of isHead(rows[0]) ? rows.slice(1) : rows) {
    const entry = readRow(row);
    if ("wanted" in entry) problems.push({ line: row.line, wanted: entry.wanted });
    else if ("nodes" in entry.value) for (const node of entry.value.nodes) nodes.push(node);
    else links.push(entry.value.link);
    if (problems.length === MAX_PROBLEMS) break;
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, cabling: { nodes, links } };
}

const isHead = (row: Row | undefined): boolean => HEADS.includes(row?.cells[0]?.toLowerCase() ?? "");

function rowsOf(text: string): readonly Row[] {
  return text
    .split(/\r\n|\r|\n/)
    .map((line, at) => ({ text: line.replace(/^\uFEFF/, "").trim(), line: at + 1 }))
    .filter((row) => row.text !== "" && !row.text.startsWith("#"))
    .map((row) => ({ cells: cellsOf(row.text), line: row.line }));
}

/** A cell in double quotes may have what else would end it; two of them are one. Commas inside brackets are of a node set. */
function cellsOf(row: string): readonly string[] {
  const cells = row.matchAll(/\s*(?:"((?:[^"]|"")*)"|((?:\[[^\]]*\]|[^,;\t])*))\s*(?:[,;\t]|$)/g);
  const found = [...cells].map(([, quoted, plain = ""]) => quoted?.replaceAll('""', '"') ?? plain.trim());
  // The end of a row matches once more, as an empty cell.
  while (found.length > 0 && found.at(-1) === "") found.pop();
  return found;
}

function readRow({ cells, line }: Row): Word<Entry> {
  const [first = "", second = "", third = "", fourth = "", fifth = ""] = cells;
  if (cells.length === 2) return nodesAt(first, readPlace(second), line);
  if (cells.length === 3 && second.includes("/") && readSpeed(third) !== undefined)
    return nodesAt(first, withSpeed(readPlace(second), third), line);
  const isNode = cells.length === 3 || (cells.length === 4 && readSpeed(fourth) !== undefined);
  if (isNode)
    return nodesAt(first, withSpeed({ value: { at: { switch: second, port: third } } }, fourth), line);
  if (cells.length !== 4 && cells.length !== 5) return { wanted: ROW_WANTED };
  const speedMbit = readSpeed(fifth);
  if (fifth !== "" && speedMbit === undefined) return { wanted: SPEED_WANTED };
  if ([first, second, third, fourth].includes("")) return { wanted: ROW_WANTED };
  const ends = [
    { switch: first, port: second },
    { switch: third, port: fourth },
  ] as const;
  return { value: { link: { ends, line, ...(speedMbit === undefined ? {} : { speedMbit }) } } };
}

function withSpeed(place: Word<Place>, text: string): Word<Place> {
  if ("wanted" in place || text === "") return place;
  const speedMbit = readSpeed(text);
  return speedMbit === undefined ? { wanted: SPEED_WANTED } : { value: { ...place.value, speedMbit } };
}

function nodesAt(nodes: string, place: Word<Place>, line: number): Word<Entry> {
  if ("wanted" in place) return place;
  if (place.value.at.switch === "" || place.value.at.port === "") return { wanted: PLACE_WANTED };
  const found = spread(nodes, place.value, line);
  return "wanted" in found ? found : { value: { nodes: found.value } };
}
