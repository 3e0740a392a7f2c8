import { describe, expect, test } from "vitest";
import {
  broadcastAddress,
  inSubnet,
  ipv4FromNumber,
  ipv4ToNumber,
  netmask,
  parseIpv4,
  subnetOf,
} from "#src/value/ipv4.ts";
import { macBytes, macFromBytes, parseMac } from "#src/value/mac.ts";
import { naturalOrder } from "#src/value/natural_order.ts";

describe("parseMac", () => {
  test.each(["52:54:00:AB:CD:EF", "52-54-00-ab-cd-ef", "525400abcdef", " 52:54:00:ab:cd:ef "])(
    "reads %s",
    (text) => {
      expect(parseMac(text)).toBe("52:54:00:ab:cd:ef");
    },
  );

  test.each(["", "52:54:00:ab:cd", "52:54:00:ab:cd:eg", "52:54:00:ab:cd:ef:01", "5254.00ab.cdef"])(
    "refuses %j",
    (text) => {
      expect(parseMac(text)).toBeUndefined();
    },
  );

  test("bytes and text are one address", () => {
    const mac = macFromBytes(Uint8Array.of(0x52, 0x54, 0, 0xab, 0xcd, 0xef));
    expect(mac).toBe("52:54:00:ab:cd:ef");
    expect([...macBytes(mac)]).toEqual([0x52, 0x54, 0, 0xab, 0xcd, 0xef]);
  });
});

describe("parseIpv4", () => {
  test.each(["0.0.0.0", "10.77.0.1", "255.255.255.255"])("reads %s and back", (text) => {
    const address = parseIpv4(text);
    expect(address && ipv4FromNumber(ipv4ToNumber(address))).toBe(text);
  });

  test.each(["", "10.77.0", "10.77.0.256", "10.77.0.01", "10.77.0.1.2", "a.b.c.d", "10.77.0.-1"])(
    "refuses %j",
    (text) => {
      expect(parseIpv4(text)).toBeUndefined();
    },
  );
});

test("a subnet knows its mask, its members and its broadcast address", () => {
  const address = ipv4FromNumber(0x0a4d_0105);
  const subnet = subnetOf(address, 23);
  expect(subnet).toEqual({ network: "10.77.0.0", prefixBits: 23 });
  expect(netmask(23)).toBe("255.255.254.0");
  expect(netmask(0)).toBe("0.0.0.0");
  expect(broadcastAddress(subnet)).toBe("10.77.1.255");
  expect(inSubnet(address, subnet)).toBe(true);
  expect(inSubnet(ipv4FromNumber(0x0a4d_0205), subnet)).toBe(false);
});

test("names are ordered as people count", () => {
  expect(["node10", "node2", "node1.rack10", "node1.rack9"].sort(naturalOrder)).toEqual([
    "node1.rack9",
    "node1.rack10",
    "node2",
    "node10",
  ]);
});
