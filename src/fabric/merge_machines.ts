/** Which neighbours are machines at the edge and no switches. Pure. */
import type { Mac } from "#src/value/mac.ts";
import { firstLabel, macOfId } from "./merge_names.ts";
import type { Endpoint, SwitchNeighbour } from "./reading.ts";

export type EndpointBook = {
  readonly byMac: ReadonlyMap<Mac, string>;
  readonly byName: ReadonlyMap<string, string>;
};

/** A MAC address that two endpoints have names the first by name: which of them it is nobody can tell here. */
export function endpointBook(endpoints: readonly Endpoint[]): EndpointBook {
  const sorted = [...endpoints].sort((left, right) => (left.name < right.name ? -1 : 1));
  const byMac = new Map<Mac, string>();
  for (const { name, macs } of sorted) for (const mac of macs) if (!byMac.has(mac)) byMac.set(mac, name);
  return { byMac, byName: new Map(sorted.toReversed().map(({ name }) => [firstLabel(name), name])) };
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

/**
 * Phones, access points, servers and the agents that sit in network cards. Those say nothing of what they are, have no
 * name, and give their MAC address for both ids.
 */
export function isNoSwitch(neighbour: SwitchNeighbour): boolean {
  if (neighbour.isBridge !== undefined) return !neighbour.isBridge;
  const chassis = macOfId(neighbour.chassisId);
  const port = macOfId(neighbour.portId);
  return neighbour.systemName === "" && chassis !== undefined && port !== undefined;
}
