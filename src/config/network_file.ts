/**
 * Reads the file behind `--config`: interfaces and subnets as YAML. Every problem is reported at once,
 * with its line and its place in the file.
 */
import { isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument } from "yaml";
import {
  type InterfaceChoice,
  type NetworkChoice,
  type ReadValue,
  readAddress,
  readLeaseSec,
  readMode,
  readName,
  readRange,
  readSubnet,
  type SubnetChoice,
} from "./network.ts";

export type FileProblem = {
  readonly line: number;
  /** `subnets[0].pool`; empty where the whole file is meant. */
  readonly path: string;
  readonly wanted: string;
};

export type NetworkFileRead =
  | { readonly ok: true; readonly network: NetworkChoice }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

/** One line for each problem, for the screen. */
export const describeFileProblem = (file: string, { line, path, wanted }: FileProblem): string =>
  `Cannot use "${file}", line ${line}${path === "" ? "" : `, ${path}`}: wants ${wanted}`;

type Place = { readonly node: ParsedNode | null | undefined; readonly path: string };
type Fields = ReadonlyMap<string, Place>;

const TOP = ["interfaces", "subnets"];
const INTERFACE = ["name", "mode"];
const SUBNET = ["subnet", "interface", "pool", "known-pool", "router", "lease-time", "options"];

/**
 * @param readOption checks one DHCP option as people write it
 * @returns what is wanted, or everything that is wrong. Never throws.
 */
export function readNetworkFile(text: string, readOption: ReadValue<string>): NetworkFileRead {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const reader = new FileReader(lines);
  for (const { pos, message } of document.errors) reader.refuseAt(pos[0], `YAML: ${firstLine(message)}`);
  if (document.errors.length > 0) return { ok: false, problems: reader.problems };
  const top = reader.fields({ node: document.contents, path: "" }, TOP);
  const interfaces = reader.list(top.get("interfaces")).map((place) => readInterface(reader, place));
  const subnets = reader.list(top.get("subnets")).map((place) => readOneSubnet(reader, place, readOption));
  if (reader.problems.length === 0 && interfaces.length === 0)
    reader.refuse({ node: document.contents, path: "interfaces" }, "a list of at least one interface");
  if (reader.problems.length > 0) return { ok: false, problems: reader.problems };
  return { ok: true, network: { interfaces: interfaces.flatMap(whole), subnets: subnets.flatMap(whole) } };
}

const whole = <T>(one: T | undefined): readonly T[] => (one === undefined ? [] : [one]);
const firstLine = (message: string): string => message.split(/ at line|\n/)[0] ?? "";

function readInterface(reader: FileReader, place: Place): InterfaceChoice | undefined {
  const fields = reader.fields(place, INTERFACE);
  const name = reader.needed(place, fields, { name: "name", read: readName });
  const mode = reader.value(fields.get("mode"), readMode) ?? "authoritative";
  return name === undefined ? undefined : { name, mode };
}

function readOneSubnet(
  reader: FileReader,
  place: Place,
  readOption: ReadValue<string>,
): SubnetChoice | undefined {
  const fields = reader.fields(place, SUBNET);
  const subnet = reader.needed(place, fields, { name: "subnet", read: readSubnet });
  const card = reader.needed(place, fields, { name: "interface", read: readName });
  const options = reader.list(fields.get("options")).map((one) => reader.value(one, readOption));
  const rest = {
    pool: reader.value(fields.get("pool"), readRange),
    knownPool: reader.value(fields.get("known-pool"), readRange),
    router: reader.value(fields.get("router"), readAddress),
    leaseSec: reader.value(fields.get("lease-time"), readLeaseSec),
    options: options.flatMap(whole),
  };
  return subnet && card ? { subnet, interface: card, ...rest } : undefined;
}

/** Walks the document and collects what is wrong with it. */
class FileReader {
  readonly problems: FileProblem[] = [];
  readonly #lines: LineCounter;

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  refuseAt(offset: number, wanted: string, path = ""): void {
    this.problems.push({ line: this.#lines.linePos(offset).line, path, wanted });
  }

  refuse({ node, path }: Place, wanted: string): void {
    this.refuseAt(node?.range[0] ?? 0, wanted, path);
  }

  /** The entries of a mapping; names that nobody knows are problems. */
  fields(place: Place, known: readonly string[]): Fields {
    const fields = new Map<string, Place>();
    if (!isMap(place.node)) {
      this.refuse(place, `a mapping with ${known.join(", ")}`);
      return fields;
    }
    for (const { key, value } of place.node.items) {
      const name = isScalar(key) ? String(key.value) : "";
      const path = place.path === "" ? name : `${place.path}.${name}`;
      const node = value as ParsedNode | null;
      if (known.includes(name)) fields.set(name, { node: node ?? key, path });
      else this.refuse({ node: key, path }, `one of ${known.join(", ")}`);
    }
    return fields;
  }

  /** The entries of a list; none when it is not there. */
  list(place: Place | undefined): readonly Place[] {
    if (!place) return [];
    if (!isSeq(place.node)) {
      this.refuse(place, "a list");
      return [];
    }
    return place.node.items.map((node, index) => ({
      node: node as ParsedNode,
      path: `${place.path}[${index}]`,
    }));
  }

  value<T>(place: Place | undefined, read: ReadValue<T>): T | undefined {
    if (!place) return undefined;
    const result = read(isScalar(place.node) ? String(place.node.value) : "");
    if ("value" in result) return result.value;
    this.refuse(place, result.wanted);
    return undefined;
  }

  needed<T>(
    parent: Place,
    fields: Fields,
    { name, read }: { readonly name: string; readonly read: ReadValue<T> },
  ): T | undefined {
    const place = fields.get(name);
    if (place) return this.value(place, read);
    if (isMap(parent.node)) this.refuse(parent, `${name}: ${wantedBy(read)}`);
    return undefined;
  }
}

/** What a reader takes, from its own mouth. */
function wantedBy(read: ReadValue<unknown>): string {
  const result = read("");
  return "wanted" in result ? result.wanted : "a value";
}
