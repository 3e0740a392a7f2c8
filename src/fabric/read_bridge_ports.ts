/**
 * Numbers of bridge ports to ifIndex: dot1dBasePortTable of BRIDGE-MIB (RFC 4188), and what to make of forwarding
 * tables that count their ports in another way. Pure.
 */
import { BRIDGE } from "./mib.ts";
import type { Interfaces } from "./read_interfaces.ts";
import { indexOf } from "./read_value.ts";
import { onlyNumber, type VarbindTable } from "./varbind_table.ts";

/** ifIndex by number of the bridge port. */
export type BridgePorts = ReadonlyMap<number, number>;

const MAX_BRIDGE_PORTS = 16_384;

/** As the switch says; ports that it does not have left out. */
export function readBridgePorts(table: VarbindTable, interfaces: Interfaces): BridgePorts {
  const numbers = table.column(BRIDGE.portNumber);
  const ports = new Map<number, number>();
  for (const [index, value] of table.column(BRIDGE.portIfIndex)) {
    if (ports.size >= MAX_BRIDGE_PORTS) break;
    const ifIndex = indexOf(value);
    // FortiSwitch: the index only counts the rows.
    const number = indexOf(numbers.get(index)) ?? onlyNumber(index);
    if (ifIndex !== undefined && number !== undefined && interfaces.has(ifIndex)) ports.set(number, ifIndex);
  }
  return ports;
}

type Numbering = (port: number) => number | undefined;

/**
 * How the port numbers of a forwarding table are to be read, decided by all of them together: as the switch says,
 * unless another numbering finds more than twice as many ports, and those are up.
 *
 * @param used the numbers in the forwarding table
 * @returns ifIndex by number, for those of `used` that are known
 */
export function forwardingPorts(
  used: ReadonlySet<number>,
  { base, table, interfaces }: ForwardingContext,
): BridgePorts {
  const identity: Numbering = (port) => (isPort(interfaces, port) ? port : undefined);
  const regular = portsBy((port) => base.get(port) ?? (isIdentity(base) ? identity(port) : undefined), used);
  const irregular = [...shiftedNumberings(base, used), spanningTreeNumbering(table, base), identity];
  const { ports: chosen } = irregular
    .map((numbering) => portsBy(numbering, used))
    .reduce(
      (best, ports) => {
        const score = upOf(ports, interfaces);
        return score > best.score ? { ports, score } : best;
      },
      { ports: regular, score: 2 * regular.size },
    );
  const physical = physicalPorts(interfaces);
  return new Map([...chosen].map(([number, ifIndex]) => [number, physical(ifIndex)]));
}

/** `ge-0/0/0.0` (Juniper) and `eth0.100` (Linux) bridge for the port that they are of. */
function physicalPorts(interfaces: Interfaces): (ifIndex: number) => number {
  const named = new Map([...interfaces.values()].map(({ ifName, ifIndex }) => [ifName, ifIndex]));
  return (ifIndex) => {
    const [, parent] = /^(.+)\.[0-9]+$/.exec(interfaces.get(ifIndex)?.ifName ?? "") ?? [];
    const of = parent === undefined ? undefined : named.get(parent);
    return of !== undefined && isPort(interfaces, of) ? of : ifIndex;
  };
}

export type ForwardingContext = {
  readonly base: BridgePorts;
  readonly table: VarbindTable;
  readonly interfaces: Interfaces;
};

const upOf = (ports: BridgePorts, interfaces: Interfaces): number =>
  [...ports.values()].filter((ifIndex) => interfaces.get(ifIndex)?.isUp === true).length;

function portsBy(numbering: Numbering, used: ReadonlySet<number>): BridgePorts {
  const ports = new Map<number, number>();
  for (const number of used) {
    const ifIndex = numbering(number);
    if (ifIndex !== undefined) ports.set(number, ifIndex);
  }
  return ports;
}

/** So that a port without a row in dot1dBasePortTable, which has one for others, is what it is called. */
const isIdentity = (base: BridgePorts): boolean => [...base].every(([number, ifIndex]) => number === ifIndex);

function isPort(interfaces: Interfaces, ifIndex: number): boolean {
  const kind = interfaces.get(ifIndex)?.kind;
  return kind === "ethernet" || kind === "lag";
}

/**
 * Counted from one less (Dell OS9) or from the first bridge port on (TP-Link). Only where no number fits as it is
 * and all fit so.
 */
function shiftedNumberings(base: BridgePorts, used: ReadonlySet<number>): readonly Numbering[] {
  const numbers = [...used];
  if (numbers.length < 2 || numbers.some((number) => base.has(number))) return [];
  const first = base.keys().reduce((least, number) => Math.min(least, number), Number.POSITIVE_INFINITY);
  return [-1, first - 1]
    .filter((shift) => numbers.every((number) => base.has(number + shift)))
    .map((shift) => (port: number) => base.get(port + shift));
}

/** dot1dStpPort of a row that another number is the index of. */
function spanningTreeNumbering(table: VarbindTable, base: BridgePorts): Numbering {
  const ports = new Map<number, number>();
  for (const [index, value] of table.column(BRIDGE.stpPort)) {
    const [number, row] = [indexOf(value), onlyNumber(index)];
    const ifIndex = row === undefined ? undefined : base.get(row);
    if (number !== undefined && ifIndex !== undefined) ports.set(number, ifIndex);
  }
  return (port) => ports.get(port);
}
