/** What CDP heard: cdpCacheTable of CISCO-CDP-MIB. Pure. */
import type { Ipv4 } from "#src/value/ipv4.ts";
import { type ChassisId, type PortId, readChassisId, readPortId } from "./lldp_id.ts";
import { CDP } from "./mib.ts";
import { isBridgeByCdp } from "./read_capabilities.ts";
import type { Interfaces } from "./read_interfaces.ts";
import { bridgeFact, MAX_NEIGHBOURS } from "./read_lldp.ts";
import { bytesOf, ipv4OfNumbers, numberOf, textOf } from "./read_value.ts";
import type { SwitchNeighbour } from "./reading.ts";
import { settledId } from "./settled_id.ts";
import type { SnmpValue } from "./snmp_value.ts";
import { indexNumbers, type VarbindTable } from "./varbind_table.ts";

/** CDP has no subtypes; a device id is a local one, a port id an interface name. */
const SUBTYPE = { macAddress: 4, local: 7, interfaceName: 5 } as const;
const MAX_ID_BYTES = 255;
/** CiscoNetworkProtocol. */
const IP = 1;

export function readCdp(table: VarbindTable, interfaces: Interfaces): readonly SwitchNeighbour[] {
  const neighbours: SwitchNeighbour[] = [];
  for (const index of table.column(CDP.deviceId).keys()) {
    if (neighbours.length >= MAX_NEIGHBOURS) break;
    const numbers = indexNumbers(index);
    if (numbers?.length === 2)
      neighbours.push(...neighbourAt(table, index, { interfaces, ifIndex: numbers[0] ?? 0 }));
  }
  return neighbours;
}

function neighbourAt(
  table: VarbindTable,
  index: string,
  { interfaces, ifIndex }: { readonly interfaces: Interfaces; readonly ifIndex: number },
): readonly SwitchNeighbour[] {
  const of = (column: keyof typeof CDP): SnmpValue | undefined => table.column(CDP[column]).get(index);
  const device = bytesOf(of("deviceId")).subarray(0, MAX_ID_BYTES);
  if (device.length === 0) return [];
  const address =
    numberOf(of("addressType")) === IP
      ? ipv4OfNumbers([...bytesOf(of("address")).subarray(0, MAX_ID_BYTES)])
      : undefined;
  return [
    {
      protocol: "cdp",
      ...(interfaces.has(ifIndex) ? { ifIndex } : {}),
      chassisId: deviceIdOf(device),
      portId: portOf(bytesOf(of("devicePort"))),
      portDescription: "",
      systemName: textOf(of("systemName")) || withoutSerial(textOf(of("deviceId"))),
      systemDescription: [textOf(of("platform")), textOf(of("version"))]
        .filter((text) => text !== "")
        .join(", "),
      addresses: listOf(address),
      ...bridgeFact(isBridgeByCdp(of("capabilities"))),
    },
  ];
}

/** Small switches and phones send their MAC, as bytes or as twelve digits. */
function deviceIdOf(bytes: Uint8Array): ChassisId {
  const idOf = (subtype: number): ChassisId =>
    settledId(readChassisId(Buffer.concat([Uint8Array.of(subtype), bytes])));
  const asMac = idOf(SUBTYPE.macAddress);
  return asMac.value.kind === "mac" ? { ...asMac, subtype: "macAddress" } : idOf(SUBTYPE.local);
}

const portOf = (bytes: Uint8Array): PortId =>
  settledId(
    readPortId(Buffer.concat([Uint8Array.of(SUBTYPE.interfaceName), bytes.subarray(0, MAX_ID_BYTES)])),
  );

/** NX-OS: `name(SERIAL)`. */
const withoutSerial = (deviceId: string): string => deviceId.replace(/\([0-9A-Z]+\)$/, "");

const listOf = (address: Ipv4 | undefined): readonly Ipv4[] => (address === undefined ? [] : [address]);
