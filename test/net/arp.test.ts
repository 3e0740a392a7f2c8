import fc from "fast-check";
import { expect, test } from "vitest";
import { type ArpPacket, arpProbe, decodeArp, encodeArp } from "#src/net/arp.ts";
import { type Ipv4, ipv4FromBytes } from "#src/value/ipv4.ts";
import { type Mac, macFromBytes } from "#src/value/mac.ts";

const OURS = "52:54:00:00:00:01" as Mac;
// As `arping -D` of Debian's iputils sent it: who has 10.77.0.7, sender 0.0.0.0.
const PROBE = "000108000604000152540000000100000000ffffffffffff0a4d0007";

test("a probe asks without saying that we have an address (RFC 5227 section 1.1)", () => {
  const expected = PROBE.replace("ffffffffffff", "000000000000");
  expect(arpProbe(OURS, "10.77.0.7" as Ipv4).toString("hex")).toBe(expected);
});

test("a probe of another program is read", () => {
  expect(decodeArp(Buffer.from(PROBE, "hex"))).toEqual({
    ok: true,
    value: {
      op: "request",
      sender: { mac: OURS, address: "0.0.0.0" },
      target: { mac: "ff:ff:ff:ff:ff:ff", address: "10.77.0.7" },
    },
  });
});

test.each([
  ["nothing", "", "hardware type"],
  ["half of a packet", PROBE.slice(0, 30), "sender address"],
  ["InfiniBand", PROBE.replace(/^0001/, "0020"), "hardware type"],
  ["IPv6", PROBE.replace("0800", "86dd"), "protocol type"],
  ["other lengths", PROBE.replace("0604", "1404"), "address lengths"],
  ["RARP", PROBE.replace("06040001", "06040003"), "op"],
])("%s is refused by name of the field", (_, hex, field) => {
  expect(decodeArp(Buffer.from(hex, "hex"))).toMatchObject({ ok: false, error: { field } });
});

const host = fc.record({
  mac: fc.uint8Array({ minLength: 6, maxLength: 6 }).map(macFromBytes),
  address: fc.uint8Array({ minLength: 4, maxLength: 4 }).map(ipv4FromBytes),
});
const packet: fc.Arbitrary<ArpPacket> = fc.record({
  op: fc.constantFrom("request", "reply"),
  sender: host,
  target: host,
});

test("what is encoded decodes to the same, padding of short frames or not", () => {
  fc.assert(
    fc.property(packet, fc.nat(18), (value, padding) => {
      const bytes = Buffer.concat([encodeArp(value), Buffer.alloc(padding)]);
      expect(decodeArp(bytes)).toEqual({ ok: true, value });
    }),
  );
});
