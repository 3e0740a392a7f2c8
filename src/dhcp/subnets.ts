/**
 * Which subnet a message belongs to. RFC 2131 section 4.3.1, RFC 3527 (link selection in option 82),
 * RFC 3011 (option 118). Pure.
 */
import { type Ipv4, inSubnet, type Subnet } from "#src/value/ipv4.ts";
import type { DhcpFacts } from "./facts.ts";
import type { Pools } from "./leases.ts";
import type { Option } from "./option.ts";

/** One subnet as its clients see it, with what they may get. */
export type ServedSubnet = Pools & {
  readonly subnet: Subnet;
  /** Our address as its clients reach it. */
  readonly server: Ipv4;
  /** Default gateway; none unless the operator named one. */
  readonly router?: Ipv4 | undefined;
  /** How long a registered node keeps its address. */
  readonly leaseSec?: number | undefined;
  readonly options?: readonly Option[] | undefined;
  /** Its clients are on the wire of the interface and not behind a relay. */
  readonly isLocal: boolean;
};

type Asked = Pick<DhcpFacts, "giaddr" | "linkSelection" | "ciaddr">;

/**
 * What the relay asks for, else where the relay stands, else where the client stands: one that has an
 * address (RENEWING, RELEASE, INFORM) writes to us without a relay from any subnet.
 *
 * @returns `undefined` when a relay speaks for a network that is not served.
 */
export function subnetOfClient<T extends Pick<ServedSubnet, "subnet" | "isLocal">>(
  { giaddr, linkSelection, ciaddr }: Asked,
  subnets: readonly T[],
): T | undefined {
  const relayed = linkSelection ?? giaddr;
  if (relayed) return subnets.find(({ subnet }) => inSubnet(relayed, subnet));
  const own = ciaddr && subnets.find(({ subnet }) => inSubnet(ciaddr, subnet));
  return own ?? subnets.find(({ isLocal }) => isLocal);
}
