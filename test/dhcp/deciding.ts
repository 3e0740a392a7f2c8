/** Asks the policy about one client: a pool of four addresses, of which `held` are taken. */
import { expect } from "vitest";
import { type Holding, LeaseTable, type Pools } from "#src/dhcp/leases.ts";
import { type DhcpDecision, decideDhcp, type OfferContext } from "#src/dhcp/offer.ts";
import { type ClientSays, clientFacts, ip, mac } from "./packets.ts";

export const OURS = "52:54:00:00:00:01";
export const OTHER = "52:54:00:00:00:02";
export const NOW_MS = 1_000_000;
const LATER_MS = NOW_MS + 60_000;

export const bound = (address: string, who = OURS, endsAtMs = LATER_MS): Holding => ({
  ...{ mac: mac(who), address: ip(address), state: "bound", endsAtMs, isKnown: false },
});

export type Case = {
  readonly when: string;
  readonly says: ClientSays;
  readonly held?: readonly Holding[];
  readonly context?: Partial<OfferContext>;
  /** Beside the pool for everybody. */
  readonly pools?: Pick<Pools, "knownPool">;
  readonly expected: Partial<DhcpDecision>;
};

export function decide({
  says,
  held = [],
  context = {},
  pools = {},
}: Omit<Case, "when" | "expected">): DhcpDecision {
  const table = new LeaseTable({ pool: { first: ip("10.77.0.100"), last: ip("10.77.0.103") }, ...pools }, [
    ip("10.77.0.1"),
  ]);
  for (const holding of held) table.hold(holding);
  return decideDhcp(clientFacts({ mac: OURS, ...says }), {
    server: ip("10.77.0.1"),
    subnet: { network: ip("10.77.0.0"), prefixBits: 24 },
    table,
    nowMs: NOW_MS,
    isKnown: false,
    reserved: undefined,
    isReservedForOther: () => false,
    expectedNodes: 0,
    ...context,
  });
}

export const full = [100, 101, 102, 103].map((last) =>
  bound(`10.77.0.${last}`, `52:54:00:00:01:${last.toString(16)}`),
);
export const fullOfOffers = full.map((holding): Holding => ({ ...holding, state: "offered" }));
export const reserved = { reserved: ip("10.77.0.7"), isKnown: true };
export const forOther = { isReservedForOther: (address: string) => address === "10.77.0.102" };
export const nak = (because: RegExp): Partial<DhcpDecision> => ({
  kind: "nak",
  because: expect.stringMatching(because),
});
