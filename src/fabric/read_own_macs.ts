/** MAC addresses that are the switch's own, to know it by when others speak of it. Pure. */
import type { Mac } from "#src/value/mac.ts";
import type { ChassisId } from "./lldp_id.ts";
import { isLocallyAdministered, isMachineMac } from "./mac_text.ts";
import { BRIDGE } from "./mib.ts";
import type { BridgePorts } from "./read_bridge_ports.ts";
import type { Interfaces } from "./read_interfaces.ts";
import { macOf } from "./read_value.ts";
import type { VarbindTable } from "./varbind_table.ts";

/** An interface has one, and a stack's bridge as many as it has boxes. */
const MAX_OWN_MACS = 16_384;

export type OwnMacFacts = {
  readonly table: VarbindTable;
  readonly interfaces: Interfaces;
  readonly bridgePorts: BridgePorts;
  readonly chassisId: ChassisId | undefined;
  /** Those that its forwarding table calls its own. */
  readonly self: readonly Mac[];
};

/** The bridge's first. Those that routers share (VRRP and the like) tell nothing and are left out. */
export function ownMacsOf({ table, interfaces, bridgePorts, chassisId, self }: OwnMacFacts): readonly Mac[] {
  const bridge = macOf(table.scalar(BRIDGE.address));
  const chassis = chassisId?.value.kind === "mac" ? chassisId.value.mac : undefined;
  const all = [bridge, chassis, ...interfaceMacs(interfaces, bridgePorts), ...self];
  return [...new Set(all.flatMap((mac) => (mac !== undefined && isMachineMac(mac) ? [mac] : [])))].slice(
    0,
    MAX_OWN_MACS,
  );
}

/**
 * Inside of switches there are interfaces with MACs that somebody made up, on all switches of that make the same
 * (Juniper: 02:00:00:00:00:0a). They are no ports of the bridge.
 */
function interfaceMacs(interfaces: Interfaces, bridgePorts: BridgePorts): readonly (Mac | undefined)[] {
  const ports = new Set(bridgePorts.values());
  return [...interfaces.values()]
    .filter(({ ifIndex, mac }) => mac === undefined || ports.has(ifIndex) || !isLocallyAdministered(mac))
    .map(({ mac }) => mac);
}
