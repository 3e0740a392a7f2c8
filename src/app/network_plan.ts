/** Which addresses of the provisioning network are whose. Pure. */
import type { AddressRange } from "#src/config/field.ts";
import { POOL_MAX_ADDRESSES } from "#src/dhcp/leases.ts";
import type { NetworkInterface } from "#src/net/interface.ts";
import { broadcastAddress, type Ipv4, inSubnet, ipv4FromNumber, ipv4ToNumber } from "#src/value/ipv4.ts";
import { StartError } from "#src/value/start_error.ts";

type Own = Pick<NetworkInterface, "name" | "address" | "subnet">;

/** More machines than that on one network ask for a range of their own. */
const DEFAULT_POOL_ADDRESSES = 4096;
/** Below that there is no room for an appliance and a node. */
const LONGEST_PREFIX_BITS = 29;

/**
 * The addresses for machines without a fixed one: what the operator said, or
 * the upper half of the subnet.
 *
 * @throws {StartError} the range is not inside the subnet, or the subnet is too small to have one
 */
export function planPool(own: Own, asked: AddressRange | undefined): AddressRange {
  const { subnet } = own;
  const subnetText = `${subnet.network}/${subnet.prefixBits} of "${own.name}"`;
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
  if (!inSubnet(first, subnet) || !inSubnet(last, subnet))
    return `not inside ${subnet.network}/${subnet.prefixBits} of "${name}"`;
  const size = ipv4ToNumber(last) - ipv4ToNumber(first) + 1;
  return size > POOL_MAX_ADDRESSES ? `${size} addresses, the most are ${POOL_MAX_ADDRESSES}` : undefined;
}

/** Why no node can have this address, as a clause; `undefined` when one can. */
export function whyNotAddress({ name, address: own, subnet }: Own, address: Ipv4): string | undefined {
  if (!inSubnet(address, subnet))
    return `it is not in ${subnet.network}/${subnet.prefixBits}, the network of "${name}"`;
  if (address === own) return "it is the appliance's own";
  if (address === subnet.network) return "it is the network itself";
  if (address === broadcastAddress(subnet)) return "it is the broadcast address";
  return undefined;
}
