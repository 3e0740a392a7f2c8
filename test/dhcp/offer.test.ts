import { describe, expect, test } from "vitest";
import type { Holding } from "#src/dhcp/leases.ts";
import {
  bound,
  type Case,
  decide,
  forOther,
  full,
  fullOfOffers,
  NOW_MS,
  nak,
  OTHER,
  OURS,
  reserved,
} from "./deciding.ts";
import { ip } from "./packets.ts";

/** One address. */
const KNOWN_POOL = { knownPool: { first: ip("10.77.0.201"), last: ip("10.77.0.201") } };

const DISCOVER: readonly Case[] = [
  {
    when: "it wants a free address",
    says: { requested: "10.77.0.102" },
    expected: { kind: "offer", address: ip("10.77.0.102") },
  },
  {
    when: "it has a lease, whatever it wants",
    says: { requested: "10.77.0.102" },
    held: [bound("10.77.0.101")],
    expected: { kind: "offer", address: ip("10.77.0.101") },
  },
  {
    when: "its lease ran out and the address is still free",
    says: {},
    held: [bound("10.77.0.103", OURS, NOW_MS - 1)],
    expected: { kind: "offer", address: ip("10.77.0.103") },
  },
  {
    when: "its address is fixed",
    says: {},
    context: reserved,
    expected: { kind: "offer", address: ip("10.77.0.7") },
  },
  {
    when: "its address is fixed though nobody registered it, and the pool is kept for nodes",
    says: {},
    context: { reserved: ip("10.77.0.7"), expectedNodes: 4 },
    expected: { kind: "offer", address: ip("10.77.0.7") },
  },
  {
    when: "its address is fixed and the pool is full",
    says: {},
    held: full,
    context: reserved,
    expected: { kind: "offer", address: ip("10.77.0.7") },
  },
  {
    when: "all but another node's fixed address are taken",
    says: { requested: "10.77.0.102" },
    held: full.filter(({ address }) => address !== "10.77.0.102"),
    context: forOther,
    expected: { kind: "silence", because: "poolExhausted" },
  },
  { when: "the pool is full", says: {}, held: full, expected: { kind: "silence", because: "poolExhausted" } },
  {
    when: "the pool is full of offers to strangers and the node is known",
    says: {},
    held: fullOfOffers,
    context: { isKnown: true },
    expected: { kind: "offer", address: ip("10.77.0.100") },
  },
  {
    when: "the last addresses are kept for registered nodes",
    says: {},
    context: { expectedNodes: 4 },
    expected: { kind: "silence", because: "poolExhausted" },
  },
  {
    when: "the last addresses are kept and it asks for one by number",
    says: { requested: "10.77.0.102" },
    context: { expectedNodes: 4 },
    expected: { kind: "silence", because: "poolExhausted" },
  },
  {
    when: "the last addresses are kept for nodes such as this",
    says: { requested: "10.77.0.102" },
    context: { expectedNodes: 4, isKnown: true },
    expected: { kind: "offer", address: ip("10.77.0.102") },
  },
  {
    when: "it wants the appliance's own address",
    says: { requested: "10.77.0.1" },
    held: full.slice(1),
    expected: { kind: "offer", address: ip("10.77.0.100") },
  },
  {
    when: "it is known and there is a pool for known nodes",
    says: { requested: "10.77.0.102" },
    context: { isKnown: true },
    pools: KNOWN_POOL,
    expected: { kind: "offer", address: ip("10.77.0.201") },
  },
  {
    when: "it was registered since it got its address",
    says: {},
    held: [bound("10.77.0.101")],
    context: { isKnown: true },
    pools: KNOWN_POOL,
    expected: { kind: "offer", address: ip("10.77.0.201") },
  },
  {
    when: "the pool for known nodes is full",
    says: { requested: "10.77.0.102" },
    held: [bound("10.77.0.201", OTHER)],
    context: { isKnown: true },
    pools: KNOWN_POOL,
    expected: { kind: "offer", address: ip("10.77.0.102") },
  },
  {
    when: "it is not known and asks for an address of the known nodes",
    says: { requested: "10.77.0.201" },
    held: full.slice(1),
    pools: KNOWN_POOL,
    expected: { kind: "offer", address: ip("10.77.0.100") },
  },
  {
    when: "only addresses of the known nodes are left",
    says: {},
    held: full,
    pools: KNOWN_POOL,
    expected: { kind: "silence", because: "poolExhausted" },
  },
];

const OTHERS: readonly Case[] = [
  {
    when: "a REQUEST of an unknown machine for an address of the known nodes",
    says: { message: "request", server: "10.77.0.1", requested: "10.77.0.201" },
    pools: KNOWN_POOL,
    expected: nak(/for registered nodes/),
  },
  {
    when: "RENEWING by a machine that is not registered any more",
    says: { message: "request", ciaddr: "10.77.0.201" },
    held: [bound("10.77.0.201")],
    pools: KNOWN_POOL,
    expected: { kind: "ack", address: ip("10.77.0.201") },
  },
  {
    when: "DECLINE by the holder",
    says: { message: "decline", server: "10.77.0.1", requested: "10.77.0.101" },
    held: [bound("10.77.0.101")],
    expected: { kind: "setAside", address: ip("10.77.0.101") },
  },
  {
    when: "DECLINE by somebody else",
    says: { message: "decline", server: "10.77.0.1", requested: "10.77.0.101" },
    held: [bound("10.77.0.101", OTHER)],
    expected: { kind: "silence", because: "notTheHolder" },
  },
  {
    when: "DECLINE of an address nobody has",
    says: { message: "decline", requested: "10.77.0.101" },
    expected: { kind: "silence" },
  },
  {
    when: "DECLINE to another server",
    says: { message: "decline", server: "10.77.0.9", requested: "10.77.0.101" },
    held: [bound("10.77.0.101")],
    expected: { kind: "silence" },
  },
  {
    when: "RELEASE by the holder",
    says: { message: "release", server: "10.77.0.1", ciaddr: "10.77.0.101" },
    held: [bound("10.77.0.101")],
    expected: { kind: "release", address: ip("10.77.0.101") },
  },
  {
    when: "RELEASE of somebody else's",
    says: { message: "release", ciaddr: "10.77.0.101" },
    held: [bound("10.77.0.101", OTHER)],
    expected: { kind: "silence" },
  },
  { when: "INFORM", says: { message: "inform", ciaddr: "10.77.0.50" }, expected: { kind: "inform" } },
  {
    when: "INFORM without an address to answer to",
    says: { message: "inform" },
    expected: { kind: "silence" },
  },
  {
    when: "an OFFER, which is for clients",
    says: { message: "offer" },
    expected: { kind: "silence", because: "notForServers" },
  },
];

describe("DISCOVER", () => {
  test.each(DISCOVER)("$when", ({ expected, ...given }) => expect(decide(given)).toMatchObject(expected));
});
describe("other messages", () => {
  test.each(OTHERS)("$when", ({ expected, ...given }) => expect(decide(given)).toMatchObject(expected));
});
describe("a declined address", () => {
  const declined: Holding = { ...bound("10.77.0.101", OTHER), state: "declined" };
  test("is not offered to who asks for it", () => {
    expect(decide({ says: { requested: "10.77.0.101" }, held: [declined] })).not.toMatchObject({
      address: "10.77.0.101",
    });
  });
  test("is refused to who complained about it", () => {
    expect(
      decide({ says: { message: "request", mac: OTHER, ciaddr: "10.77.0.101" }, held: [declined] }),
    ).toMatchObject(nak(/set aside/));
  });
});
