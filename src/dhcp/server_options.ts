/** What a DHCP server is built with: the subnets it serves, and whom it asks about machines, loaders and leases. */
import type { NetworkInterface } from "#src/net/interface.ts";
import type { Node } from "#src/nodes/node.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import type { NetworkBoot } from "./facts.ts";
import type { LeaseStore } from "./lease_store.ts";
import type { Option } from "./option.ts";
import type { BootAnswer } from "./replies.ts";
import type { ReportsTo } from "./server_reports.ts";
import type { ServedSubnet } from "./subnets.ts";

/** The questions that the server asks about machines. */
export type DhcpNodes = {
  readonly byMac: (mac: Mac) => Node | undefined;
  /** The node that the operator fixed this address for. */
  readonly byAddress: (address: Ipv4) => Node | undefined;
  /** A BMC is there, which has its address from elsewhere: no machine gets it from the pool. */
  readonly isBmcAddress: (address: Ipv4) => boolean;
  /** How many registered nodes take their address from the pool; as many are kept from unknown machines. */
  readonly withoutAddress: () => number;
  /** Options of the node itself; they hold against those of its subnet. */
  readonly optionsOf?: (node: Node) => readonly Option[];
};

export type DhcpServerOptions = ReportsTo & {
  readonly interface: Pick<NetworkInterface, "name" | "index" | "mac" | "address">;
  /** One of them at most is local. */
  readonly subnets: readonly ServedSubnet[];
  readonly nodes: DhcpNodes;
  readonly leases: LeaseStore;
  /** `server`: our address as the client reaches it. */
  readonly chooseBoot: (client: NetworkBoot, server: Ipv4) => BootAnswer;
  /** The machine has a new address from here: what it had from the server of another interface is over. */
  readonly moved?: (mac: Mac) => void;
  /** A machine that boots from the network has an address now; registers it when nobody knows it. Its node, if it has one. */
  readonly discover: (client: NetworkBoot, uuid: string | undefined) => Node | undefined;
  /** Wall clock. Only for what is stored: time limits run on a clock that nobody sets. */
  readonly nowMs: () => number;
  /** Bugs and what the socket reported. The server keeps running. */
  readonly onFault: (fault: unknown) => void;
  /** How often to look for other DHCP servers: each minute, but in tests. */
  readonly lookAroundMs?: number | undefined;
};
