/** The columns of a table of machines, and the fields of a machine in YAML: the same names. Pure. */
import type { ImportDraft } from "./import_draft.ts";
import { shown } from "./import_draft.ts";
import type { ImportedPower } from "./import_result.ts";

/** Each column and what else it may be called. */
export const NODE_COLUMNS = {
  name: ["hostname", "host", "node"],
  mac: ["hwaddr", "hw-address", "hardware"],
  macs: [],
  address: ["ip", "ip-address", "ipv4"],
  group: ["groups"],
  "kernel-arguments": [],
  bmc: ["ipmi", "bmc-address"],
  "bmc-port": [],
  "bmc-user": [],
  "bmc-password-file": [],
  "power-command": [],
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type NodeColumn = keyof typeof NODE_COLUMNS;

/** What a row says; a field may hold several words. */
export type NodeFields = ReadonlyMap<NodeColumn, readonly string[]>;

const BY_NAME: ReadonlyMap<string, NodeColumn> = new Map(
  Object.entries(NODE_COLUMNS).flatMap(([name, others]) =>
    [name, ...others].map((one) => [one, name as NodeColumn] as const),
  ),
);

export const nodeColumn = (text: string): NodeColumn | undefined =>
  BY_NAME.get(text.slice(0, 40).trim().toLowerCase().replaceAll(/[ _]/g, "-"));

/** Adds the machine of one row or mapping. */
export function addFields(draft: ImportDraft, line: number, fields: NodeFields): void {
  const all = (column: NodeColumn): readonly string[] =>
    (fields.get(column) ?? [])
      .flatMap((text) => text.slice(0, 4096).split(/[\s,;|]+/))
      .filter((text) => text !== "");
  const one = (column: NodeColumn): string | undefined => fields.get(column)?.join(" ").trim() || undefined;
  const power = readPower(draft, line, one);
  if (power === null) return;
  const kernelArguments = all("kernel-arguments");
  draft.add({
    line,
    name: one("name"),
    macs: [...all("mac"), ...all("macs")],
    address: one("address"),
    groups: all("group"),
    ...(power ? { power } : {}),
    ...(kernelArguments.length > 0 ? { kernelArguments } : {}),
  });
}

/** @returns `null` when something is said about power that does not fit together */
function readPower(
  draft: ImportDraft,
  line: number,
  one: (column: NodeColumn) => string | undefined,
): ImportedPower | null | undefined {
  const [address, user, command] = [one("bmc"), one("bmc-user"), one("power-command")];
  const [port, passwordFile] = [one("bmc-port"), one("bmc-password-file")];
  const saysBmc = [address, user, port, passwordFile].some((text) => text !== undefined);
  if (!saysBmc) return command === undefined ? undefined : { driver: "command", command: wordsOf(command) };
  if (command !== undefined) draft.problem(line, "a BMC and a power command", "leave one of the two out");
  else if (address === undefined)
    draft.problem(line, "a BMC's user, port or password without the BMC", "fill in the column bmc");
  else if (user === undefined) draft.problem(line, "a BMC without its user", "fill in the column bmc-user");
  else if (!isPort(port))
    draft.problem(line, `${shown(port ?? "")} is no port`, "write 1 to 65535, or nothing for 623");
  else {
    const numbered = port === undefined ? { address } : { address, port: Number(port) };
    return { driver: "ipmi", ...numbered, user, ...(passwordFile === undefined ? {} : { passwordFile }) };
  }
  return null;
}

const wordsOf = (command: string): readonly string[] => command.slice(0, 4096).split(/\s+/);

const isPort = (text: string | undefined): boolean =>
  text === undefined || (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535);
