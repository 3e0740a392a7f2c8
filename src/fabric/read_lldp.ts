/** What LLDP heard and what it says of the switch itself: LLDP-MIB and LLDP-V2-MIB of IEEE 802.1AB. Pure. */
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { ChassisId, PortId } from "./lldp_id.ts";
import { LLDP, LLDP_V2, MIKROTIK } from "./mib.ts";
import type { BridgePorts } from "./read_bridge_ports.ts";
import { isBridgeByLldp } from "./read_capabilities.ts";
import type { Interfaces } from "./read_interfaces.ts";
import { chassisIdOf, portIdOf } from "./read_lldp_id.ts";
import { type ManagementAddresses, readManagementAddresses } from "./read_lldp_management.ts";
import { type LocalPorts, localPortsOf, type OwnPort } from "./read_lldp_ports.ts";
import { indexOf, textOf } from "./read_value.ts";
import type { SwitchNeighbour } from "./reading.ts";
import type { SnmpValue } from "./snmp_value.ts";
import { indexNumbers, onlyNumber, type VarbindTable } from "./varbind_table.ts";

/** A port to a hub or to a provider's network hears dozens; no switch has more than this. */
export const MAX_NEIGHBOURS = 4096;
const MAX_OWN_PORTS = 8192;
const MAX_ADDRESSES = 8;

type Mib = typeof LLDP | typeof LLDP_V2;

export type LldpReading = {
  readonly chassisId: ChassisId | undefined;
  readonly systemName: string;
  readonly neighbours: readonly SwitchNeighbour[];
  /** What the switch calls its ports, by ifIndex. */
  readonly ownPorts: ReadonlyMap<number, OwnPort>;
};

export type LldpContext = { readonly interfaces: Interfaces; readonly bridgePorts: BridgePorts };

export function readLldp(table: VarbindTable, context: LldpContext): LldpReading {
  const [old, renewed] = [readMib(table, LLDP, context), readMib(table, LLDP_V2, context)];
  // Switches that have both say the same in both.
  const neighbours = renewed.neighbours.length > old.neighbours.length ? renewed.neighbours : old.neighbours;
  return {
    chassisId: old.chassisId ?? renewed.chassisId,
    systemName: old.systemName || renewed.systemName,
    neighbours,
    ownPorts: new Map([...renewed.ownPorts, ...old.ownPorts]),
  };
}

function readMib(table: VarbindTable, mib: Mib, { interfaces, bridgePorts }: LldpContext): LldpReading {
  const ownPorts = readOwnPorts(table, mib);
  const rows = latest(remoteRows(table, mib));
  const heardOn = new Set(rows.flatMap(({ place }) => place.localNumber ?? []));
  const ports = localPortsOf({ interfaces, bridgePorts, ownPorts, heardOn });
  const named = [...ownPorts].flatMap(([number, own]) => {
    const ifIndex = ports.get(number);
    return ifIndex === undefined ? [] : [[ifIndex, own] as const];
  });
  return {
    chassisId: chassisIdOf(table.scalar(mib.ownChassisSubtype), table.scalar(mib.ownChassisId)),
    systemName: textOf(table.scalar(mib.ownSystemName)),
    neighbours: rows.map((row) => neighbourOf(row, { table, mib, ports, interfaces })),
    ownPorts: new Map(named),
  };
}

function readOwnPorts(table: VarbindTable, mib: Mib): ReadonlyMap<number, OwnPort> {
  const [subtypes, descriptions] = [table.column(mib.ownPortSubtype), table.column(mib.ownPortDescription)];
  const ids = table.column(mib.ownPortId);
  const ports = new Map<number, OwnPort>();
  for (const index of [...ids.keys(), ...descriptions.keys()]) {
    const number = onlyNumber(index);
    if (number === undefined || ports.has(number) || ports.size >= MAX_OWN_PORTS) continue;
    ports.set(number, {
      id: portIdOf(subtypes.get(index), ids.get(index)),
      description: textOf(descriptions.get(index)),
    });
  }
  return ports;
}

type RemoteRow = {
  readonly index: string;
  readonly place: Place;
  readonly chassisId: ChassisId;
  readonly portId: PortId;
  readonly addresses: readonly Ipv4[];
};

function remoteRows(table: VarbindTable, mib: Mib): readonly RemoteRow[] {
  const [subtypes, ids] = [table.column(mib.chassisSubtype), table.column(mib.chassisId)];
  const names = table.column(mib.systemName);
  const addresses: ManagementAddresses = readManagementAddresses(table.column(mib.managementAddress));
  const rows: RemoteRow[] = [];
  for (const index of new Set([...ids.keys(), ...names.keys()])) {
    if (rows.length >= MAX_NEIGHBOURS) break;
    const place = placeOf(index, mib);
    // One that is known by its name alone is better than none.
    const chassisId =
      chassisIdOf(subtypes.get(index), ids.get(index)) ?? chassisIdOf(undefined, names.get(index));
    if (!place || !chassisId) continue;
    const portId = portIdOf(table.column(mib.portSubtype).get(index), table.column(mib.portId).get(index));
    rows.push({ index, place, chassisId, portId, addresses: addresses.get(index) ?? [] });
  }
  return rows;
}

type Place = {
  readonly timeMark: number;
  readonly localNumber: number | undefined;
};

/**
 * The index of a neighbour: time mark, local port, number (in LLDP-V2-MIB the number of the destination MAC before the
 * last). MikroTik has the number alone.
 */
function placeOf(index: string, mib: Mib): Place | undefined {
  const numbers = indexNumbers(index);
  if (!numbers) return undefined;
  const [timeMark = 0, localNumber] = numbers;
  const whole = mib === LLDP ? 3 : 4;
  if (numbers.length === whole) return { timeMark, localNumber };
  return numbers.length === 1 ? { timeMark: 0, localNumber: undefined } : undefined;
}

/** Some agents keep a neighbour under each time mark or number that it had; the last one is what holds. */
function latest(rows: readonly RemoteRow[]): readonly RemoteRow[] {
  const kept = new Map<string, RemoteRow>();
  for (const row of rows) {
    const { timeMark, localNumber = `index ${row.index}` } = row.place;
    const key = JSON.stringify([localNumber, row.chassisId.value, row.portId.value]);
    const before = kept.get(key);
    if (before === undefined || before.place.timeMark <= timeMark) kept.set(key, row);
  }
  return [...kept.values()];
}

type RowContext = {
  readonly table: VarbindTable;
  readonly mib: Mib;
  readonly ports: LocalPorts;
  readonly interfaces: Interfaces;
};

function neighbourOf(row: RemoteRow, { table, mib, ports, interfaces }: RowContext): SwitchNeighbour {
  const of = (column: keyof Mib): SnmpValue | undefined => table.column(mib[column]).get(row.index);
  const { localNumber } = row.place;
  const ifIndex =
    localNumber === undefined ? mikrotikPort(table, row.index, interfaces) : ports.get(localNumber);
  return {
    protocol: "lldp",
    ...(ifIndex === undefined ? {} : { ifIndex }),
    chassisId: row.chassisId,
    portId: row.portId,
    portDescription: textOf(of("portDescription")),
    systemName: textOf(of("systemName")),
    systemDescription: textOf(of("systemDescription")),
    addresses: withChassisAddress(row),
    ...bridgeFact(isBridgeByLldp(of("capabilitiesSupported"), of("capabilitiesEnabled"))),
  };
}

export const bridgeFact = (isBridge: boolean | undefined): { readonly isBridge?: boolean } =>
  isBridge === undefined ? {} : { isBridge };

function mikrotikPort(table: VarbindTable, index: string, interfaces: Interfaces): number | undefined {
  const ifIndex = indexOf(table.column(MIKROTIK.neighbourIfIndex).get(index));
  return ifIndex !== undefined && interfaces.has(ifIndex) ? ifIndex : undefined;
}

function withChassisAddress({ chassisId, addresses }: RemoteRow): readonly Ipv4[] {
  const { value } = chassisId;
  const own = value.kind === "network" && value.network.kind === "ipv4" ? [value.network.address] : [];
  return [...new Set([...addresses, ...own])].slice(0, MAX_ADDRESSES);
}
