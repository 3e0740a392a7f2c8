/** The MIB of a made-up switch, as an agent serves it: rows in the order of their OIDs. */
import { BRIDGE, INTERFACES, LLDP, Q_BRIDGE, SYSTEM } from "#src/fabric/mib.ts";
import { compareOids } from "#src/fabric/oid_order.ts";
import type { SnmpValue, Varbind } from "#src/fabric/snmp_value.ts";

export type MadeNeighbour = {
  readonly port: number;
  readonly name: string;
  readonly mac: string;
  readonly portId: string;
  readonly address?: string;
};
export type MadeSwitch = {
  readonly name: string;
  /** Of its chassis and its bridge. */
  readonly mac: string;
  readonly ports: number;
  readonly addresses?: readonly string[];
  readonly neighbours?: readonly MadeNeighbour[];
  /** In VLAN 1. */
  readonly learned?: readonly { readonly mac: string; readonly port: number }[];
};

const MAC_SUBTYPE = 4;
const IF_NAME_SUBTYPE = 5;
const ETHERNET = 6;
const LEARNED = 3;
const BRIDGE_BITS = Buffer.from([0x20]);

const num = (number: number): SnmpValue => ({ kind: "number", number });
export const octetsValue = (bytes: Uint8Array | string): SnmpValue => ({
  kind: "octets",
  bytes: Uint8Array.from(Buffer.from(bytes)),
});
const macBytes = (mac: string): Buffer => Buffer.from(mac.replaceAll(":", ""), "hex");
const dotted = (mac: string): string => [...macBytes(mac)].join(".");

export function switchRows(made: MadeSwitch): readonly Varbind[] {
  const rows: [string, SnmpValue][] = [
    ...ownRows(made),
    ...Array.from({ length: made.ports }, (_, at) => portRows(at + 1)).flat(),
    ...(made.neighbours ?? []).flatMap(neighbourRows),
    ...(made.learned ?? []).flatMap(({ mac, port }): [string, SnmpValue][] => [
      [`${Q_BRIDGE.fdbPort}.1.${dotted(mac)}`, num(port)],
      [`${Q_BRIDGE.fdbStatus}.1.${dotted(mac)}`, num(LEARNED)],
    ]),
  ];
  return rows.map(([oid, value]) => ({ oid, value })).sort((left, right) => compareOids(left.oid, right.oid));
}

const ownRows = ({ name, mac, addresses = [] }: MadeSwitch): [string, SnmpValue][] => [
  [`${SYSTEM.description}.0`, octetsValue("Made switch")],
  [`${SYSTEM.objectId}.0`, { kind: "oid", oid: "1.3.6.1.4.1.99999.1" }],
  [`${SYSTEM.name}.0`, octetsValue(name)],
  [`${BRIDGE.address}.0`, octetsValue(macBytes(mac))],
  [`${LLDP.ownChassisSubtype}.0`, num(MAC_SUBTYPE)],
  [`${LLDP.ownChassisId}.0`, octetsValue(macBytes(mac))],
  [`${LLDP.ownSystemName}.0`, octetsValue(name)],
  ...addresses.map((address): [string, SnmpValue] => [`1.3.6.1.2.1.4.20.1.2.${address}`, num(1)]),
];

const portRows = (port: number): [string, SnmpValue][] => [
  [`${INTERFACES.description}.${port}`, octetsValue(`Port ${port}`)],
  [`${INTERFACES.type}.${port}`, num(ETHERNET)],
  [`${INTERFACES.operStatus}.${port}`, num(1)],
  [`${INTERFACES.inErrors}.${port}`, num(0)],
  [`${INTERFACES.name}.${port}`, octetsValue(`p${port}`)],
  [`${INTERFACES.speedMbit}.${port}`, num(1000)],
  [`${INTERFACES.alias}.${port}`, octetsValue("")],
  [`${INTERFACES.duplex}.${port}`, num(3)],
  [`${BRIDGE.portIfIndex}.${port}`, num(port)],
  [`${LLDP.ownPortSubtype}.${port}`, num(IF_NAME_SUBTYPE)],
  [`${LLDP.ownPortId}.${port}`, octetsValue(`p${port}`)],
  [`${LLDP.ownPortDescription}.${port}`, octetsValue(`Port ${port}`)],
];

function neighbourRows({ port, name, mac, portId, address }: MadeNeighbour): [string, SnmpValue][] {
  const index = `0.${port}.1`;
  return [
    [`${LLDP.chassisSubtype}.${index}`, num(MAC_SUBTYPE)],
    [`${LLDP.chassisId}.${index}`, octetsValue(macBytes(mac))],
    [`${LLDP.portSubtype}.${index}`, num(IF_NAME_SUBTYPE)],
    [`${LLDP.portId}.${index}`, octetsValue(portId)],
    [`${LLDP.systemName}.${index}`, octetsValue(name)],
    [`${LLDP.capabilitiesSupported}.${index}`, octetsValue(BRIDGE_BITS)],
    [`${LLDP.capabilitiesEnabled}.${index}`, octetsValue(BRIDGE_BITS)],
    ...(address === undefined
      ? []
      : [[`${LLDP.managementAddress}.${index}.1.4.${address}`, num(2)] as [string, SnmpValue]]),
  ];
}
