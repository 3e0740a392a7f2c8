/**
 * What to answer a DHCP client: a pure function of its facts, the lease table
 * and what is known about the machine. RFC 2131 section 4.3.
 *
 * Changes nothing; the server carries the decision out.
 */
import { broadcastAddress, type Ipv4, inSubnet, type Subnet } from "#src/value/ipv4.ts";
import { unreachable } from "#src/value/unreachable.ts";
import type { DhcpFacts } from "./facts.ts";
import type { LeaseTable } from "./leases.ts";

export type SilenceReason =
  /** It chose another server (option 54). */
  | "otherServer"
  /** RFC 2131 section 4.3.2: no record of this client, so another server may have one. */
  | "noRecord"
  | "poolExhausted"
  | "notTheHolder"
  | "notForServers";

export type DhcpDecision =
  | { readonly kind: "offer"; readonly address: Ipv4 }
  | { readonly kind: "ack"; readonly address: Ipv4 }
  /** Configuration without an address, for a client that has one. */
  | { readonly kind: "inform" }
  | { readonly kind: "nak"; readonly because: string }
  /** Another machine answers for the address: set it aside. */
  | { readonly kind: "setAside"; readonly address: Ipv4 }
  | { readonly kind: "release"; readonly address: Ipv4 }
  | { readonly kind: "silence"; readonly because: SilenceReason };

/** What one subnet serves, and what is known about the machine that asks. */
export type OfferContext = {
  readonly server: Ipv4;
  readonly subnet: Subnet;
  readonly table: LeaseTable;
  readonly nowMs: number;
  /** Registered by an operator. */
  readonly isKnown: boolean;
  /** The address that the operator fixed for this machine. */
  readonly reserved: Ipv4 | undefined;
  /** Whether the operator fixed the address for another machine. */
  readonly isReservedForOther: (address: Ipv4) => boolean;
  /** Registered nodes without a fixed address: as many addresses of the pool are kept for them. */
  readonly expectedNodes: number;
};

export function decideDhcp(facts: DhcpFacts, context: OfferContext): DhcpDecision {
  switch (facts.message) {
    case "discover": {
      const address = chooseAddress(facts, context);
      return address ? { kind: "offer", address } : silence("poolExhausted");
    }
    case "request":
      return decideRequest(facts, context);
    case "decline":
      return holdsIt(facts, facts.requestedAddress, context)
        ? { kind: "setAside", address: facts.requestedAddress }
        : silence("notTheHolder");
    case "release":
      return holdsIt(facts, facts.ciaddr, context)
        ? { kind: "release", address: facts.ciaddr }
        : silence("notTheHolder");
    case "inform":
      return facts.ciaddr ? { kind: "inform" } : silence("noRecord");
    case "offer":
    case "ack":
    case "nak":
      return silence("notForServers");
    default:
      return unreachable(facts.message);
  }
}

/** The fixed address, else the one it has, else the one it asks for, else a free one. */
function chooseAddress(facts: DhcpFacts, context: OfferContext): Ipv4 | undefined {
  const { table, reserved, isReservedForOther } = context;
  const wishes = [reserved, table.ofMac(facts.mac)?.address, facts.requestedAddress];
  const granted = wishes.find((wish) => wish && !whyNot(facts, wish, context) && !mayMove(wish, context));
  if (granted && granted === reserved) return granted;
  if (!mayTakeFree(facts, context)) return undefined;
  if (granted) return granted;
  const free = table.pickFree(facts.mac, context.isKnown, isReservedForOther);
  return free ?? (context.isKnown ? table.pickFromOffers(isReservedForOther) : undefined);
}

/** A node that was registered since it got its address moves, when it starts anew, to the pool of those. */
const mayMove = (wish: Ipv4, { table, isKnown, reserved }: OfferContext): boolean =>
  isKnown && wish !== reserved && table.freeForKnown > 0 && !table.inKnownPool(wish);

/** Machines that nobody registered never take the last addresses that registered nodes will need. */
function mayTakeFree({ mac }: DhcpFacts, { table, isKnown, expectedNodes }: OfferContext): boolean {
  if (isKnown || table.ofMac(mac)) return true;
  return table.freeAddresses > Math.max(0, expectedNodes - table.heldByKnown - table.freeForKnown);
}

/** RFC 2131 section 4.3.2, table 4: SELECTING names the server, RENEWING and REBINDING have ciaddr, INIT-REBOOT has neither. */
function decideRequest(facts: DhcpFacts, context: OfferContext): DhcpDecision {
  const { serverId, requestedAddress, ciaddr } = facts;
  if (serverId && !isOurs(facts, context)) return silence("otherServer");
  if (!serverId && !ciaddr) return decideInitReboot(facts, context);
  const address = serverId ? (requestedAddress ?? ciaddr) : ciaddr;
  if (!address) return nak("the request names no address");

  const problem = whyNot(facts, address, context);
  if (problem) return nak(problem);
  if (address !== context.reserved && !mayTakeFree(facts, context)) return nak("the pool is exhausted");
  return { kind: "ack", address };
}

/** A client that starts with the address it remembers. */
function decideInitReboot(facts: DhcpFacts, context: OfferContext): DhcpDecision {
  const { requestedAddress: address, mac } = facts;
  if (!address) return nak("the request names no address");
  const problem = whyNot(facts, address, context) ?? whyMoved(address, context);
  if (problem) return nak(problem);
  const held = context.table.ofMac(mac)?.address;
  if (held === address || context.reserved === address) return { kind: "ack", address };
  // With a record that says otherwise the client is wrong; without one it may be another server's client.
  return held ? nak(`its address is ${held}`) : silence("noRecord");
}

/** A node that starts anew moves to the address that the operator has fixed since; a running one keeps what it has. */
function whyMoved(address: Ipv4, { reserved, table, nowMs }: OfferContext): string | undefined {
  if (!reserved || reserved === address || table.ofAddress(reserved, nowMs)) return undefined;
  return `its address is fixed to ${reserved}`;
}

/** Why this machine may not have this address; `undefined` when it may. */
function whyNot({ mac }: DhcpFacts, address: Ipv4, context: OfferContext): string | undefined {
  const { server, subnet, table, nowMs, reserved, isReservedForOther } = context;
  if (!inSubnet(address, subnet)) return `${address} is not on this network`;
  if (address === server || address === subnet.network || address === broadcastAddress(subnet)) {
    return `${address} is not for nodes`;
  }
  const holder = table.ofAddress(address, nowMs);
  if (holder?.state === "declined") return `${address} is set aside: another machine uses it`;
  if (holder && holder.mac !== mac) return `${address} is held by ${holder.mac}`;
  if (address === reserved) return undefined;
  if (isReservedForOther(address)) return `${address} is reserved for another node`;
  // A machine that is not registered any more keeps what it has.
  if (table.inPool(address, context.isKnown || holder !== undefined)) return undefined;
  return table.inKnownPool(address) ? `${address} is for registered nodes` : `${address} is not in the pool`;
}

function holdsIt(facts: DhcpFacts, address: Ipv4 | undefined, context: OfferContext): address is Ipv4 {
  if (!address || (facts.serverId && !isOurs(facts, context))) return false;
  const holder = context.table.ofAddress(address, context.nowMs);
  return holder?.mac === facts.mac && holder.state !== "declined";
}

/** Ours, or what its relay made of ours (RFC 5107 section 4). */
const isOurs = ({ serverId, serverOverride }: DhcpFacts, { server }: OfferContext): boolean =>
  serverId === server || (serverOverride !== undefined && serverId === serverOverride);

const nak = (because: string): DhcpDecision => ({ kind: "nak", because });
const silence = (because: SilenceReason): DhcpDecision => ({ kind: "silence", because });
