/** What LLDP heard, on switches of TP-Link that have it in a table of their own. Pure. */
import { parseIpv4 } from "#src/value/ipv4.ts";
import { TPLINK_LLDP } from "./mib.ts";
import type { Interfaces } from "./read_interfaces.ts";
import { bridgeFact, MAX_NEIGHBOURS } from "./read_lldp.ts";
import { chassisIdOf, portIdOf } from "./read_lldp_id.ts";
import { textOf } from "./read_value.ts";
import type { SwitchNeighbour } from "./reading.ts";
import type { SnmpValue } from "./snmp_value.ts";
import { indexNumbers, type VarbindTable } from "./varbind_table.ts";

/** Names of subtypes, as those switches write them, to their numbers in IEEE 802.1AB. */
const CHASSIS_SUBTYPES: Readonly<Record<string, number>> = {
  "mac address": 4,
  "interface name": 6,
  "locally assigned": 7,
};
const PORT_SUBTYPES: Readonly<Record<string, number>> = {
  "mac address": 3,
  "interface name": 5,
  "locally assigned": 7,
};

export function readTpLink(table: VarbindTable, interfaces: Interfaces): readonly SwitchNeighbour[] {
  const neighbours: SwitchNeighbour[] = [];
  for (const index of table.column(TPLINK_LLDP.chassisId).keys()) {
    if (neighbours.length >= MAX_NEIGHBOURS) break;
    const [ifIndex = 0] = indexNumbers(index) ?? [];
    const neighbour = neighbourAt(table, index, interfaces.has(ifIndex) ? ifIndex : undefined);
    if (neighbour) neighbours.push(neighbour);
  }
  return neighbours;
}

function neighbourAt(
  table: VarbindTable,
  index: string,
  ifIndex: number | undefined,
): SwitchNeighbour | undefined {
  const of = (column: keyof typeof TPLINK_LLDP): SnmpValue | undefined =>
    table.column(TPLINK_LLDP[column]).get(index);
  const chassisId = chassisIdOf(subtypeIn(CHASSIS_SUBTYPES, of("chassisSubtype")), of("chassisId"));
  if (!chassisId) return undefined;
  const address = parseIpv4(textOf(of("managementAddress")));
  return {
    protocol: "lldp",
    ...(ifIndex === undefined ? {} : { ifIndex }),
    chassisId,
    portId: portIdOf(subtypeIn(PORT_SUBTYPES, of("portSubtype")), of("portId")),
    portDescription: textOf(of("portDescription")),
    systemName: textOf(of("systemName")),
    systemDescription: textOf(of("systemDescription")),
    addresses: address === undefined || address === "0.0.0.0" ? [] : [address],
    ...bridgeFact(isBridgeBy(textOf(of("capabilitiesEnabled")) || textOf(of("capabilitiesSupported")))),
  };
}

function subtypeIn(
  subtypes: Readonly<Record<string, number>>,
  name: SnmpValue | undefined,
): SnmpValue | undefined {
  const text = textOf(name).toLowerCase();
  const number = Object.hasOwn(subtypes, text) ? subtypes[text] : undefined;
  return number === undefined ? undefined : { kind: "number", number };
}

/** @param names of capabilities, with blanks between, for example `Bridge WLAN Access Point Router` */
function isBridgeBy(names: string): boolean | undefined {
  if (!/[a-z]/i.test(names)) return undefined;
  return /\b(?:bridge|router)\b/i.test(names) && !/telephone/i.test(names);
}
