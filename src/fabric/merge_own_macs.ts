/** MAC addresses of switches, as tables of other switches show them. Pure. */
import type { Ipv4 } from "#src/value/ipv4.ts";
import { type Mac, parseMac } from "#src/value/mac.ts";
import type { End, Known } from "./merge_model.ts";
import { isMachine, isShared, macOfId } from "./merge_names.ts";
import { isManagement } from "./merge_ports.ts";
import type { SwitchPort, SwitchReading } from "./reading.ts";

/** Some give their ports MAC addresses in LLDP that they do not have as interfaces, and send from these. */
export function macsOf({ ownMacs, ports }: SwitchReading): readonly Mac[] {
  const ofPorts = ports.flatMap(({ aliases }) => aliases.flatMap((alias) => parseMac(alias) ?? []));
  return [...new Set([...ownMacs, ...ofPorts])].filter((mac) => isMachine(mac) && !isShared(mac));
}

/** What ARP tables say. Where they differ, the newest does. */
export function arpOf(readings: readonly SwitchReading[]): ReadonlyMap<Ipv4, Mac> {
  const rows = readings.flatMap(({ takenAtMs, arp }) => arp.map((row) => ({ ...row, takenAtMs })));
  rows.sort((left, right) => left.takenAtMs - right.takenAtMs || (left.mac < right.mac ? -1 : 1));
  return new Map(
    rows.filter(({ mac }) => isMachine(mac) && !isShared(mac)).map(({ address, mac }) => [address, mac]),
  );
}

/** Of a switch that was not read, what its neighbours say, and what ARP tables say of its address. */
export function ownMacsOf(switches: readonly Known[]): readonly (readonly Mac[])[] {
  const arp = arpOf(switches.flatMap(({ reading }) => reading ?? []));
  return switches.map(({ reading, mentions, addresses }) => {
    if (reading) return macsOf(reading);
    const said = mentions.flatMap(({ chassisId, portId }) => [macOfId(chassisId), macOfId(portId)]);
    return [...said, ...addresses.map((address) => arp.get(address))].filter((mac) => mac !== undefined);
  });
}

/**
 * What tells of a switch in tables of others: its own MAC addresses, and those of machines that LLDP says are plugged into
 * it. Many a switch that gives no answer is placed by the latter alone.
 */
export function tellingMacs(
  switches: readonly Known[],
  plugs: readonly { readonly at: End; readonly mac?: Mac | undefined }[],
): readonly (readonly Mac[])[] {
  const ofMachines = Map.groupBy(plugs, ({ at }) => at.at);
  return ownMacsOf(switches).map((own, index) => [
    ...withoutManagement(own, switches[index]?.reading),
    ...(ofMachines.get(index) ?? []).flatMap(({ mac }) => mac ?? []),
  ]);
}

/** The management port of a switch is a machine in another network: it hangs where that is, and not where the switch does. */
function withoutManagement(own: readonly Mac[], reading: SwitchReading | undefined): readonly Mac[] {
  const macsWhere = (isWanted: (port: SwitchPort) => boolean): ReadonlySet<Mac | undefined> =>
    new Set(reading?.ports.filter(isWanted).map(({ mac }) => mac));
  const management = macsWhere(({ name }) => isManagement({ port: name }));
  const others = macsWhere(({ name }) => !isManagement({ port: name }));
  return own.filter((mac) => !management.has(mac) || others.has(mac));
}
