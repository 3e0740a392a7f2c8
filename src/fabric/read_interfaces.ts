/** Interfaces: IF-MIB (RFC 2863) and dot3StatsDuplexStatus of EtherLike-MIB (RFC 3635). Pure. */
import type { Mac } from "#src/value/mac.ts";
import { INTERFACES } from "./mib.ts";
import { portKindOf } from "./read_port_kind.ts";
import { indexOf, macOf, numberOf, textOf } from "./read_value.ts";
import type { PortKind } from "./reading.ts";
import type { SnmpValue } from "./snmp_value.ts";
import { onlyNumber, type VarbindTable } from "./varbind_table.ts";

/** Each of VLANs by thousands has an interface on some switches. */
export const MAX_PORTS = 8192;

const UP = 1;
const DUPLEX = [undefined, undefined, "half", "full"] as const;
/** Twice what Ethernet has today; more is an error of units. */
const MAX_SPEED_MBIT = 3_200_000;
/** ifSpeed of what is faster than it can say. */
const SPEED_ABOVE_BITS = 0xffff_ffff;

/** One row, before it has a name that no other port has. */
export type Interface = {
  readonly ifIndex: number;
  /** Empty texts where the switch has none. */
  readonly ifName: string;
  readonly description: string;
  readonly alias: string;
  readonly kind: PortKind;
  readonly mac: Mac | undefined;
  readonly isUp: boolean;
  readonly speedMbit: number | undefined;
  readonly duplex: "full" | "half" | undefined;
  readonly inErrors: number | undefined;
  readonly inDiscards: number | undefined;
  readonly inPackets: number | undefined;
};

/** By ifIndex, at most {@link MAX_PORTS}. */
export type Interfaces = ReadonlyMap<number, Interface>;

export function readInterfaces(table: VarbindTable): Interfaces {
  const interfaces = new Map<number, Interface>();
  for (const column of [INTERFACES.description, INTERFACES.type, INTERFACES.name, INTERFACES.operStatus])
    for (const index of table.column(column).keys()) {
      const ifIndex = onlyNumber(index);
      if (ifIndex === undefined || ifIndex === 0 || interfaces.size >= MAX_PORTS) continue;
      if (!interfaces.has(ifIndex)) interfaces.set(ifIndex, readInterface(table, ifIndex, index));
    }
  return new Map([...interfaces].sort(([a], [b]) => a - b));
}

function readInterface(table: VarbindTable, ifIndex: number, index: string): Interface {
  const of = (column: keyof typeof INTERFACES): SnmpValue | undefined =>
    table.column(INTERFACES[column]).get(index);
  const [ifName, description] = [textOf(of("name")), textOf(of("description"))];
  return {
    ifIndex,
    ifName,
    description,
    alias: textOf(of("alias")),
    kind: portKindOf({ ifType: numberOf(of("type")), names: [ifName, description] }),
    mac: macOf(of("mac")),
    isUp: numberOf(of("operStatus")) === UP,
    speedMbit: speedOf(of("speedMbit"), of("speedBits")),
    duplex: DUPLEX[numberOf(of("duplex")) ?? 0],
    inErrors: sumOf(numberOf(of("inErrors")), numberOf(of("inDiscards"))),
    inDiscards: countOf(numberOf(of("inDiscards"))),
    inPackets: countOf(numberOf(of("inPackets"))),
  };
}

function speedOf(mbitValue: SnmpValue | undefined, bitsValue: SnmpValue | undefined): number | undefined {
  const mbit = indexOf(mbitValue);
  if (mbit !== undefined && mbit <= MAX_SPEED_MBIT) return mbit;
  const bits = indexOf(bitsValue);
  if (bits === undefined || bits >= SPEED_ABOVE_BITS || bits < 1e6) return undefined;
  return Math.round(bits / 1e6);
}

/** Agents that count below zero say nothing. */
const countOf = (count: number | undefined): number | undefined =>
  count !== undefined && count >= 0 ? count : undefined;

const sumOf = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined && b === undefined ? undefined : Math.max(0, a ?? 0) + Math.max(0, b ?? 0);
