import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ANSWER_MS, MAX_OPEN, OfferProbes } from "#src/dhcp/offer_probes.ts";
import type { ArpPacket } from "#src/net/arp.ts";
import { ipv4FromBytes, ipv4FromNumber } from "#src/value/ipv4.ts";
import { macFromBytes } from "#src/value/mac.ts";
import { ip, mac } from "./packets.ts";

const own = mac("52:54:00:00:00:fe");
const client = mac("52:54:00:00:00:01");
const other = mac("52:54:00:00:00:02");
const address = ip("10.77.0.100");

const says = (holder: string, of: string, op: ArpPacket["op"] = "reply"): ArpPacket => ({
  op,
  sender: { mac: mac(holder), address: ip(of) },
  target: { mac: own, address: ip("0.0.0.0") },
});

describe("whose answer counts", () => {
  const found = { mac: client, address, holder: other };
  test.each([
    { who: "another machine", packet: says(other, address), atMs: 1, expected: found },
    { who: "another machine that says so unasked", packet: says(other, address, "request"), expected: found },
    { who: "the machine that was offered it", packet: says(client, address), expected: undefined },
    { who: "our own card", packet: says(own, address), expected: undefined },
    { who: "another machine, for another address", packet: says(other, "10.77.0.101") },
    { who: "another machine that only asks for it", packet: says(other, "0.0.0.0", "request") },
    { who: "a group of machines", packet: says("01:00:5e:00:00:01", address) },
    { who: "everybody", packet: says("ff:ff:ff:ff:ff:ff", address) },
    { who: "nobody", packet: says("00:00:00:00:00:00", address) },
    { who: "another machine in time", packet: says(other, address), atMs: ANSWER_MS - 1, expected: found },
    { who: "another machine too late", packet: says(other, address), atMs: ANSWER_MS },
  ])("$who: $expected", ({ packet, atMs = 1, expected }) => {
    const probes = new OfferProbes(own);
    expect(probes.ask(client, address, 0)).toBe(true);
    expect(probes.hear(packet, atMs)).toEqual(expected);
  });

  test("one answer counts, the second one does not", () => {
    const probes = new OfferProbes(own);
    probes.ask(client, address, 0);
    expect(probes.hear(says(other, address), 1)).toBeDefined();
    expect(probes.hear(says("52:54:00:00:00:03", address), 2)).toBeUndefined();
  });

  test("nothing that was not asked about counts, whatever comes", () => {
    const host = fc.record({
      mac: fc.uint8Array({ minLength: 6, maxLength: 6 }).map(macFromBytes),
      address: fc.uint8Array({ minLength: 4, maxLength: 4 }).map(ipv4FromBytes),
    });
    const packet = fc.record({ op: fc.constantFrom("request", "reply"), sender: host, target: host });
    fc.assert(fc.property(packet, (said) => new OfferProbes(own).hear(said, 0) === undefined));
  });
});

describe("which offers are asked about", () => {
  test("a repeated offer is not asked about again within the time of the first", () => {
    const probes = new OfferProbes(own);
    expect([0, 1, ANSWER_MS - 1, ANSWER_MS].map((atMs) => probes.ask(client, address, atMs))).toEqual([
      ...[true, false, false, true],
    ]);
  });

  test("the same address offered to another machine is", () => {
    const probes = new OfferProbes(own);
    probes.ask(client, address, 0);
    expect(probes.ask(other, address, 1)).toBe(true);
    expect(probes.hear(says(client, address), 2)).toMatchObject({ mac: other, holder: client });
  });

  test("of a thousand at once two hundred are, and the next ones a second later", () => {
    const probes = new OfferProbes(own);
    const asked = (from: number, atMs: number): number =>
      Array.from({ length: 1000 }, (_, at) => probes.ask(client, ipv4FromNumber(from + at), atMs)).filter(
        Boolean,
      ).length;
    expect([asked(0, 0), asked(1000, 1000), asked(2000, 1900)]).toEqual([200, 200, MAX_OPEN - 400]);
  });

  test("it is idle when the last has run out", () => {
    const probes = new OfferProbes(own);
    expect(probes.isIdle(0)).toBe(true);
    probes.ask(client, address, 0);
    expect([1, ANSWER_MS].map((atMs) => probes.isIdle(atMs))).toEqual([false, true]);
  });
});
