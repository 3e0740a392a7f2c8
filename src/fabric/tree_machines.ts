/** The machines at one switch, folded as people would write them: `node[1-16] on ports 1-16`. Pure. */
import { foldNodeSet } from "#src/value/node_set.ts";
import type { Attachment, Confidence } from "./graph.ts";
import type { PortIndex } from "./port_index.ts";
import { stableOrder } from "./port_index.ts";

/** Machines next to each other, at ports in the same order: the first at the first port, and so on. Or all at one port. */
export type MachineRow = {
  readonly names: readonly string[];
  /** Empty: the ports are not known. */
  readonly ports: readonly string[];
  readonly speedMbit?: number | undefined;
  readonly confidence: Confidence;
};

/** Rows by port; those of which no port is known last. Machines without a name are no part of it. */
export function machineRows(machines: readonly Attachment[], index: PortIndex): readonly MachineRow[] {
  const named = machines.filter(({ endpoint }) => endpoint !== undefined).toSorted(byPort);
  const rows: MachineRow[] = [];
  for (const own of Map.groupBy(named, ({ at }) => at.port ?? "").values()) {
    const row = rowOf(own, index);
    const last = rows.at(-1);
    if (last && goesOn(last, row)) rows[rows.length - 1] = joinRows(last, row);
    else rows.push(row);
  }
  return rows;
}

/** What is at one port: one machine, or several behind a switch that nobody sees. */
function rowOf(own: readonly Attachment[], index: PortIndex): MachineRow {
  const [first] = own;
  const port = first?.at.port;
  return {
    names: [...new Set(own.map(({ endpoint = "" }) => endpoint))].sort(stableOrder),
    ports: port === undefined ? [] : [port],
    speedMbit: first?.speedMbit ?? (first && index.portAt(first.at)?.speedMbit),
    confidence: first?.confidence ?? "inferred",
  };
}

/** Whether the next port has the next machine, and all else is alike. */
const goesOn = (row: MachineRow, next: MachineRow): boolean =>
  row.names.length === row.ports.length &&
  next.names.length === 1 &&
  next.ports.length === 1 &&
  row.speedMbit === next.speedMbit &&
  row.confidence === next.confidence &&
  stableOrder(row.names.at(-1) ?? "", next.names[0] ?? "") < 0;

const joinRows = (row: MachineRow, next: MachineRow): MachineRow => ({
  ...row,
  names: [...row.names, ...next.names],
  ports: [...row.ports, ...next.ports],
});

const byPort = (left: Attachment, right: Attachment): number =>
  Number(left.at.port === undefined) - Number(right.at.port === undefined) ||
  stableOrder(left.at.port ?? "", right.at.port ?? "") ||
  stableOrder(left.endpoint ?? "", right.endpoint ?? "");

export const namesText = ({ names }: MachineRow): string => foldNodeSet(names);

/** `on ports 1-16`, `on port Gi1/0/7`. */
export function portsText({ names, ports }: MachineRow): string {
  if (ports.length === 0)
    return names.length === 1 ? "on a port that nobody knows" : "on ports that nobody knows";
  return `on ${ports.length === 1 ? "port" : "ports"} ${foldPorts(ports)}`;
}

/** Numbers alone need no brackets around them. */
function foldPorts(ports: readonly string[]): string {
  const folded = foldNodeSet(ports);
  return /^\[([\d,-]+)\]$/.exec(folded)?.[1] ?? folded;
}
