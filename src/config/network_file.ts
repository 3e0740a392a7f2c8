/**
 * Reads the file behind `--config`: interfaces, subnets and the fabric as YAML. Every problem is reported at once,
 * with its line and its place in the file.
 */
import { LineCounter, parseDocument } from "yaml";
import type { FabricChoice } from "./fabric.ts";
import { type ReadSecret, readFabric } from "./fabric_file.ts";
import { type FileProblem, FileReader, type Place } from "./file_reader.ts";
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

export type NetworkFileRead =
  | { readonly ok: true; readonly network: NetworkChoice; readonly fabric: FabricChoice }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

/** One line for each problem, for the screen. */
export const describeFileProblem = (file: string, { line, path, wanted }: FileProblem): string =>
  `Cannot use "${file}", line ${line}${path === "" ? "" : `, ${path}`}: wants ${wanted}`;

const TOP = ["interfaces", "subnets", "fabric"];
const INTERFACE = ["name", "mode"];
const SUBNET = ["subnet", "interface", "pool", "known-pool", "router", "lease-time", "options"];

export type FileReaders = {
  /** Checks one DHCP option as people write it. */
  readonly option: ReadValue<string>;
  readonly secret: ReadSecret;
};

/** @returns what is wanted, or everything that is wrong. Never throws. */
export function readNetworkFile(text: string, readers: FileReaders): NetworkFileRead {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const reader = new FileReader(lines);
  for (const { pos, message } of document.errors) reader.refuseAt(pos[0], `YAML: ${firstLine(message)}`);
  if (document.errors.length > 0) return { ok: false, problems: reader.problems };
  const top = reader.fields({ node: document.contents, path: "" }, TOP);
  const interfaces = reader.list(top.get("interfaces")).map((place) => readInterface(reader, place));
  const subnets = reader
    .list(top.get("subnets"))
    .map((place) => readOneSubnet(reader, place, readers.option));
  const fabric = readFabric(reader, top.get("fabric"), readers.secret);
  if (reader.problems.length === 0 && interfaces.length === 0)
    reader.refuse({ node: document.contents, path: "interfaces" }, "a list of at least one interface");
  if (reader.problems.length > 0) return { ok: false, problems: reader.problems };
  const network = { interfaces: interfaces.flatMap(whole), subnets: subnets.flatMap(whole) };
  return { ok: true, network, fabric };
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
