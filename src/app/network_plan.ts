/** Which networks are served, and which addresses of them are whose. Pure. */
import type { AddressRange } from "#src/config/field.ts";
import type { InterfaceChoice, NetworkChoice, SubnetChoice } from "#src/config/network.ts";
import { POOL_MAX_ADDRESSES } from "#src/dhcp/leases.ts";
import type { Option } from "#src/dhcp/option.ts";
import type { ServedSubnet } from "#src/dhcp/subnets.ts";
import type { NetworkInterface } from "#src/net/interface.ts";
import {
  broadcastAddress,
  type Ipv4,
  inSubnet,
  ipv4FromNumber,
  ipv4ToNumber,
  type Subnet,
} from "#src/value/ipv4.ts";
import { StartError } from "#src/value/start_error.ts";

type Own = Pick<NetworkInterface, "name" | "address" | "subnet">;

/** One interface that is served. */
export type ServedNetwork = {
  readonly own: NetworkInterface;
  /** `proxy`: another DHCP server gives the addresses; it has no subnets then. */
  readonly mode: "authoritative" | "proxy";
  readonly subnets: readonly ServedSubnet[];
};

export type PlanDefaults = {
  readonly pool: AddressRange | undefined;
  readonly leaseSec: number;
  /** Reads options that were checked before. */
  readonly readOptions: (texts: readonly string[]) => readonly Option[];
};

/** More machines than that on one network ask for a range of their own. */
const DEFAULT_POOL_ADDRESSES = 4096;
/** Below that there is no room for an appliance and a node. */
const LONGEST_PREFIX_BITS = 29;

const textOf = ({ network, prefixBits }: Subnet): string => `${network}/${prefixBits}`;

/**
 * What is served by each interface that is not off. An interface for which no subnet is named serves its own.
 *
 * @throws {StartError} what was chosen does not fit together, or does not fit the interfaces
 */
export function planNetworks(
  { interfaces, subnets }: NetworkChoice,
  findInterface: (name: string) => NetworkInterface,
  defaults: PlanDefaults,
): readonly ServedNetwork[] {
  const homeless = subnets.find((one) => modeOf(interfaces, one.interface) !== "authoritative");
  if (homeless) {
    throw new StartError(
      `Cannot serve ${textOf(homeless.subnet)}: its interface "${homeless.interface}" is not among the authoritative ones; list it, or leave the subnet out`,
    );
  }
  const used = interfaces.filter(({ mode }) => mode !== "off");
  if (used.length === 0)
    throw new StartError('Cannot serve: every interface is "off"; choose one to be served');
  const found = used.map(({ name, mode }) => ({ own: findInterface(name), mode }));
  const withPool =
    found.find(({ own }) => defaults.pool && inSubnet(defaults.pool.first, own.subnet)) ?? found[0];
  const networks = found.map(({ own, mode }): ServedNetwork => {
    if (mode !== "authoritative") return { own, mode: "proxy", subnets: [] };
    const chosen = subnets.filter((one) => one.interface === own.name);
    const pool = own === withPool?.own ? defaults.pool : undefined;
    if (chosen.length === 0) return { own, mode, subnets: [ownSubnet(own, pool, defaults)] };
    return { own, mode, subnets: chosen.map((one) => planSubnet(own, one, defaults)) };
  });
  refuseOverlaps(networks);
  return networks;
}

const modeOf = (interfaces: readonly InterfaceChoice[], name: string): string | undefined =>
  interfaces.find((one) => one.name === name)?.mode;

const ownSubnet = (own: Own, pool: AddressRange | undefined, { leaseSec }: PlanDefaults): ServedSubnet => ({
  ...{ subnet: own.subnet, server: own.address, isLocal: true, leaseSec },
  pool: planPool(own, pool),
});

function planSubnet(own: Own, chosen: SubnetChoice, defaults: PlanDefaults): ServedSubnet {
  const { subnet, router, knownPool } = chosen;
  const isLocal = textOf(subnet) === textOf(own.subnet);
  if (!isLocal && inSubnet(own.address, subnet)) {
    throw new StartError(
      `Cannot serve ${textOf(subnet)}: "${own.name}" has ${own.address} in ${textOf(own.subnet)}; write the subnet as the interface has it`,
    );
  }
  const there = { name: own.name, address: own.address, subnet };
  const pool = planPool(there, chosen.pool);
  if (knownPool) planPool(there, knownPool);
  if (knownPool && overlap(knownPool, pool)) {
    throw new StartError(
      `Cannot give out ${knownPool.first}-${knownPool.last}: it overlaps with the pool ${pool.first}-${pool.last}; choose another known-pool`,
    );
  }
  if (router && !inSubnet(router, subnet)) {
    throw new StartError(`Cannot use ${router} as the router of ${textOf(subnet)}: it is not in that subnet`);
  }
  return {
    ...{ subnet, server: own.address, isLocal, pool, knownPool, router },
    leaseSec: chosen.leaseSec ?? defaults.leaseSec,
    options: defaults.readOptions(chosen.options),
  };
}

const overlap = (one: AddressRange, other: AddressRange): boolean =>
  ipv4ToNumber(one.first) <= ipv4ToNumber(other.last) && ipv4ToNumber(other.first) <= ipv4ToNumber(one.last);

function refuseOverlaps(networks: readonly ServedNetwork[]): void {
  const all = networks.flatMap(({ own, mode, subnets }) =>
    mode === "proxy" ? [own.subnet] : subnets.map(({ subnet }) => subnet),
  );
  for (const [index, one] of all.entries()) {
    const other = all
      .slice(index + 1)
      .find((later) => inSubnet(one.network, later) || inSubnet(later.network, one));
    if (other)
      throw new StartError(
        `Cannot serve ${textOf(one)} and ${textOf(other)}: they overlap; nobody could tell whose machine is whose`,
      );
  }
}

/**
 * The addresses for machines without a fixed one: what the operator said, or
 * the upper half of the subnet.
 *
 * @throws {StartError} the range is not inside the subnet, or the subnet is too small to have one
 */
export function planPool(own: Own, asked: AddressRange | undefined): AddressRange {
  const { subnet } = own;
  const subnetText = `${textOf(subnet)} of "${own.name}"`;
  if (asked) {
    const found = whyNotPool(own, asked);
    if (found === undefined) return asked;
    throw new StartError(`Cannot give out ${asked.first}-${asked.last}: ${found}; choose another --pool`);
  }
  if (subnet.prefixBits > LONGEST_PREFIX_BITS) {
    throw new StartError(
      `Cannot choose a pool in ${subnetText}: too small; give the interface a larger subnet, or say --pool FIRST-LAST`,
    );
  }
  const last = ipv4ToNumber(broadcastAddress(subnet)) - 1;
  const half = 2 ** (32 - subnet.prefixBits - 1);
  const size = Math.min(half - 1, DEFAULT_POOL_ADDRESSES);
  return { first: ipv4FromNumber(last - size + 1), last: ipv4FromNumber(last) };
}

function whyNotPool({ name, subnet }: Own, { first, last }: AddressRange): string | undefined {
  if (!inSubnet(first, subnet) || !inSubnet(last, subnet)) return `not inside ${textOf(subnet)} of "${name}"`;
  const size = ipv4ToNumber(last) - ipv4ToNumber(first) + 1;
  return size > POOL_MAX_ADDRESSES ? `${size} addresses, the most are ${POOL_MAX_ADDRESSES}` : undefined;
}

/** Every subnet that machines are served in, with our address there. */
export const placesOf = (networks: readonly ServedNetwork[]): readonly Own[] =>
  networks.flatMap(({ own, subnets }) => [
    own,
    ...subnets
      .filter(({ isLocal }) => !isLocal)
      .map(({ subnet, server }) => ({ name: own.name, address: server, subnet })),
  ]);

/** Why no node can have this address, as a clause; `undefined` when one can. */
export function whyNotAddress(places: readonly Own[], address: Ipv4): string | undefined {
  const place = places.find(({ subnet }) => inSubnet(address, subnet));
  if (!place) {
    const [only, ...more] = places.map(({ name, subnet }) => `${textOf(subnet)}, the network of "${name}"`);
    return more.length === 0
      ? `it is not in ${only}`
      : `it is in none of the networks that are served (${places.map(({ subnet }) => textOf(subnet)).join(", ")})`;
  }
  if (address === place.address) return "it is the appliance's own";
  if (address === place.subnet.network) return "it is the network itself";
  if (address === broadcastAddress(place.subnet)) return "it is the broadcast address";
  return undefined;
}

/** Our address as the machine at `address` reaches it; that of the first interface for one from nowhere. */
export function serverFor(places: readonly Own[], address: Ipv4): Ipv4 {
  const place = places.find(({ subnet }) => inSubnet(address, subnet)) ?? places[0];
  return place?.address ?? ("0.0.0.0" as Ipv4);
}
