import { describe, expect, test } from "vitest";
import { bound, type Case, decide, forOther, nak, OTHER, reserved } from "./deciding.ts";
import { ip, override } from "./packets.ts";

const SELECTING: readonly Case[] = [
  {
    when: "it takes our offer",
    says: { server: "10.77.0.1", requested: "10.77.0.101" },
    held: [{ ...bound("10.77.0.101"), state: "offered" }],
    expected: { kind: "ack", address: ip("10.77.0.101") },
  },
  {
    when: "our offer ran out but the address is free",
    says: { server: "10.77.0.1", requested: "10.77.0.101" },
    expected: { kind: "ack", address: ip("10.77.0.101") },
  },
  {
    when: "it takes another server's offer",
    says: { server: "10.77.0.9", requested: "10.77.0.101" },
    expected: { kind: "silence", because: "otherServer" },
  },
  {
    when: "somebody else has the address",
    says: { server: "10.77.0.1", requested: "10.77.0.101" },
    held: [bound("10.77.0.101", OTHER)],
    expected: nak(/held by 52:54:00:00:00:02/),
  },
  {
    when: "it takes our offer by the name that its relay gave us",
    says: {
      server: "10.88.0.1",
      requested: "10.77.0.101",
      giaddr: "10.77.0.2",
      options: override("10.88.0.1"),
    },
    expected: { kind: "ack", address: ip("10.77.0.101") },
  },
  {
    when: "it takes another server's offer through a relay that gave us a name",
    says: {
      server: "10.77.0.9",
      requested: "10.77.0.101",
      giaddr: "10.77.0.2",
      options: override("10.88.0.1"),
    },
    expected: { kind: "silence", because: "otherServer" },
  },
  {
    when: "it is on our wire and names us as no relay has",
    says: { server: "10.88.0.1", requested: "10.77.0.101", options: override("10.88.0.1") },
    expected: { kind: "silence", because: "otherServer" },
  },
  { when: "it names no address", says: { server: "10.77.0.1" }, expected: nak(/no address/) },
  {
    when: "it takes an address outside the pool",
    says: { server: "10.77.0.1", requested: "10.77.0.50" },
    expected: nak(/not in the pool/),
  },
  {
    when: "it takes the broadcast address",
    says: { server: "10.77.0.1", requested: "10.77.0.255" },
    expected: nak(/not for nodes/),
  },
  {
    when: "it takes another node's fixed address",
    says: { server: "10.77.0.1", requested: "10.77.0.102" },
    context: forOther,
    expected: nak(/reserved for another/),
  },
  {
    when: "it takes what is kept for nodes",
    says: { server: "10.77.0.1", requested: "10.77.0.102" },
    context: { expectedNodes: 4 },
    expected: nak(/exhausted/),
  },
];

const INIT_REBOOT: readonly Case[] = [
  {
    when: "it remembers its lease",
    says: { requested: "10.77.0.101" },
    held: [bound("10.77.0.101")],
    expected: { kind: "ack", address: ip("10.77.0.101") },
  },
  {
    when: "it remembers an address of another network",
    says: { requested: "192.168.1.5" },
    expected: nak(/not on this network/),
  },
  {
    when: "it remembers a wrong address",
    says: { requested: "10.77.0.102" },
    held: [bound("10.77.0.101")],
    expected: nak(/its address is 10.77.0.101/),
  },
  {
    when: "nobody here knows it (RFC 2131 4.3.2: silence)",
    says: { requested: "10.77.0.102" },
    expected: { kind: "silence", because: "noRecord" },
  },
  {
    when: "its address was fixed to another since",
    says: { requested: "10.77.0.101" },
    held: [bound("10.77.0.101")],
    context: reserved,
    expected: nak(/fixed to 10.77.0.7/),
  },
  {
    when: "it has its fixed address",
    says: { requested: "10.77.0.7" },
    context: reserved,
    expected: { kind: "ack", address: ip("10.77.0.7") },
  },
];

const RENEWING: readonly Case[] = [
  {
    when: "it has the lease",
    says: { ciaddr: "10.77.0.101" },
    held: [bound("10.77.0.101")],
    expected: { kind: "ack", address: ip("10.77.0.101") },
  },
  {
    when: "we forgot the lease and the address is free",
    says: { ciaddr: "10.77.0.101" },
    expected: { kind: "ack", address: ip("10.77.0.101") },
  },
  {
    when: "the address went to another",
    says: { ciaddr: "10.77.0.101" },
    held: [bound("10.77.0.101", OTHER)],
    expected: nak(/held by/),
  },
  { when: "it is from another network", says: { ciaddr: "10.99.0.1" }, expected: nak(/not on this network/) },
  {
    when: "its address was fixed to another since: it keeps the old while it runs",
    says: { ciaddr: "10.77.0.101" },
    held: [bound("10.77.0.101")],
    context: reserved,
    expected: { kind: "ack", address: ip("10.77.0.101") },
  },
];

describe.each([
  { state: "SELECTING", cases: SELECTING },
  { state: "INIT-REBOOT", cases: INIT_REBOOT },
  { state: "RENEWING and REBINDING", cases: RENEWING },
])("REQUEST in $state", ({ cases }) => {
  test.each(cases)("$when", ({ says, expected, ...given }) =>
    expect(decide({ says: { message: "request", ...says }, ...given })).toMatchObject(expected),
  );
});
