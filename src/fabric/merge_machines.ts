/** Which neighbours are machines at the edge and no switches. Pure. */
import type { Mac } from "#src/value/mac.ts";
import { firstLabel, macOfId } from "./merge_names.ts";
import type { Endpoint, SwitchNeighbour } from "./reading.ts";

export type EndpointBook = {
  readonly byMac: ReadonlyMap<Mac, string>;
  readonly byName: ReadonlyMap<string, string>;
  /** Those that name the endpoint. */
  readonly macsOf: ReadonlyMap<string, readonly Mac[]>;
};

/** A MAC address that two endpoints have names the first by name: which of them it is nobody can tell here. */
export function endpointBook(endpoints: readonly Endpoint[]): EndpointBook {
  const sorted = [...endpoints].sort((left, right) => (left.name < right.name ? -1 : 1));
  const byMac = new Map<Mac, string>();
  for (const { name, macs } of sorted) for (const mac of macs) if (!byMac.has(mac)) byMac.set(mac, name);
  const macsOf = new Map<string, Mac[]>();
  for (const [mac, name] of byMac) {
    const macs = macsOf.get(name);
    if (macs) macs.push(mac);
    else macsOf.set(name, [mac]);
  }
  return { byMac, byName: new Map(sorted.toReversed().map(({ name }) => [firstLabel(name), name])), macsOf };
}

/** Nodes that run an LLDP daemon; they may well say that they are bridges, for containers. */
export function endpointOf(book: EndpointBook, neighbour: SwitchNeighbour): string | undefined {
  const [port, chassis] = [macOfId(neighbour.portId), macOfId(neighbour.chassisId)];
  return (
    (port && book.byMac.get(port)) ??
    (chassis && book.byMac.get(chassis)) ??
    (neighbour.systemName === "" ? undefined : book.byName.get(firstLabel(neighbour.systemName)))
  );
}

/** Its MAC address, where it says one: that of the port rather than that of the chassis. */
export const machineMac = (neighbour: SwitchNeighbour): Mac | undefined =>
  macOfId(neighbour.portId) ?? macOfId(neighbour.chassisId);

/** Cisco's phones are named after their MAC address, and say what they are over CDP only. */
const PHONE_NAME = /^SEP[0-9A-F]{12}(?:\.|$)/;

/**
 * Phones, access points, servers and the agents that sit in network cards. Those say nothing of what they are, have no
 * name, and give a MAC address for their port, or nothing.
 */
export function isNoSwitch({ isBridge, systemName, portId }: SwitchNeighbour): boolean {
  if (isBridge !== undefined) return !isBridge;
  if (systemName !== "") return PHONE_NAME.test(systemName);
  return portId.text === "" || macOfId(portId) !== undefined;
}
