/**
 * A walk of a switch made into what the switch says. Whatever it contains: values of wrong types, indexes that are
 * none, and tables without end are passed over or cut, and nothing throws.
 *
 * Pure: no sockets, no clock.
 */
import * as mib from "./mib.ts";
import { readArp, readOwnAddresses } from "./read_addresses.ts";
import { readForwarding } from "./read_bridge.ts";
import { readBridgePorts } from "./read_bridge_ports.ts";
import { readCdp } from "./read_cdp.ts";
import { readChassis } from "./read_entity.ts";
import { readInterfaces } from "./read_interfaces.ts";
import { readLags } from "./read_lag.ts";
import { readLldp } from "./read_lldp.ts";
import { ownMacsOf } from "./read_own_macs.ts";
import { portsOf } from "./read_ports.ts";
import { readSystem } from "./read_system.ts";
import { readTpLink } from "./read_tplink.ts";
import type { LearnedMac, SwitchReading, SwitchWalk } from "./reading.ts";
import { VarbindTable } from "./varbind_table.ts";

/** Every column and scalar that is read, by its OID. */
export const READ_COLUMNS: readonly string[] = Object.values(mib).flatMap((objects) =>
  Object.values(objects),
);

export function readSwitch(walk: SwitchWalk): SwitchReading {
  const table = new VarbindTable(walk.varbinds, READ_COLUMNS);
  const interfaces = readInterfaces(table);
  const bridgePorts = readBridgePorts(table, interfaces);
  const lldp = readLldp(table, { interfaces, bridgePorts });
  const lags = readLags(table, { interfaces, bridgePorts });
  const { members, memberOf } = readChassis(table, interfaces);
  const forwarding = readForwarding(table, walk, interfaces);
  const { chassisId } = lldp;
  const ownMacs = ownMacsOf({ table, interfaces, bridgePorts, chassisId, self: forwarding.self });
  return {
    ...(walk.address === undefined ? {} : { address: walk.address }),
    takenAtMs: walk.takenAtMs,
    gaps: [...walk.gaps, ...forwarding.gaps],
    system: readSystem(table, lldp.systemName),
    ...(chassisId === undefined ? {} : { chassisId }),
    ownMacs,
    ownAddresses: readOwnAddresses(table, walk.address),
    members,
    ports: portsOf({ interfaces, ownPorts: lldp.ownPorts, memberOf, lags }),
    lags,
    neighbours: [...lldp.neighbours, ...readTpLink(table, interfaces), ...readCdp(table, interfaces)],
    learned: foreign(forwarding.learned, new Set(ownMacs)),
    arp: readArp(table),
  };
}

const foreign = (learned: readonly LearnedMac[], own: ReadonlySet<string>): readonly LearnedMac[] =>
  learned.filter(({ mac }) => !own.has(mac));
