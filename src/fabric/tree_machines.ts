/** The machines at one switch, folded as people would write them: `node[1-16] on ports 1-16`. Pure. */
import { foldNodeSet } from "#src/value/node_set.ts";
import type { Attachment, Confidence } from "./graph.ts";
import type { PortIndex } from "./port_index.ts";
import { stableOrder } from "./port_index.ts";

/** Machines next to each other, at ports in the same order: the first at the first port, and so on. */
export type MachineRow = {
  readonly names: readonly string[];
  /** Empty: the ports are not known. */
  readonly ports: readonly string[];
  readonly speedMbit?: number | undefined;
  readonly confidence: Confidence;
};

/** Rows by port; those of which no port is known last. Machines without a name are no part of it. */
export function machineRows(machines: readonly Attachment[], index: PortIndex): readonly MachineRow[] {
  const named = machines
    .filter(({ endpoint }) => endpoint !== undefined)
    .toSorted((left, right) => byPort(left, right) || stableOrder(left.endpoint ?? "", right.endpoint ?? ""));
  const rows: { names: string[]; ports: string[]; speedMbit: number | undefined; confidence: Confidence }[] =
    [];
  for (const { endpoint = "", at, speedMbit: said, confidence } of named) {
    const speedMbit = said ?? index.portAt(at)?.speedMbit;
    const last = rows.at(-1);
    const fits =
      last &&
      last.speedMbit === speedMbit &&
      last.confidence === confidence &&
      last.ports.length > 0 === (at.port !== undefined) &&
      !last.ports.includes(at.port ?? "") &&
      stableOrder(last.names.at(-1) ?? "", endpoint) < 0;
    const row = fits ? last : { names: [], ports: [], speedMbit, confidence };
    if (!fits) rows.push(row);
    row.names.push(endpoint);
    if (at.port !== undefined) row.ports.push(at.port);
  }
  return rows;
}

const byPort = (left: Attachment, right: Attachment): number =>
  Number(left.at.port === undefined) - Number(right.at.port === undefined) ||
  stableOrder(left.at.port ?? "", right.at.port ?? "");

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
