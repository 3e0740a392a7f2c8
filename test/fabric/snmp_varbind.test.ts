import { describe, expect, test } from "vitest";
import { readVarbind, SNMP_TYPE } from "#src/fabric/snmp_varbind.ts";

const OID = "1.3.6.1.2.1.1.1.0";
const NONE = { kind: "none" };

describe("values", () => {
  test.each<[string, number, unknown, unknown]>([
    ["INTEGER", SNMP_TYPE.integer, -5, { kind: "number", number: -5 }],
    ["Counter32", SNMP_TYPE.counter32, 4_294_967_295, { kind: "number", number: 4_294_967_295 }],
    ["Gauge32", SNMP_TYPE.gauge32, 10_000, { kind: "number", number: 10_000 }],
    ["TimeTicks", SNMP_TYPE.timeTicks, 1, { kind: "number", number: 1 }],
    ["an OID", SNMP_TYPE.oid, "1.3.6.1.4.1.9", { kind: "oid", oid: "1.3.6.1.4.1.9" }],
    ["an IpAddress", SNMP_TYPE.address, "10.0.0.1", { kind: "address", address: "10.0.0.1" }],
    ["Counter64", SNMP_TYPE.counter64, Buffer.from([1, 0]), { kind: "counter64", count: 256n }],
    [
      "the largest Counter64, with the zero in front",
      SNMP_TYPE.counter64,
      Buffer.from("00ffffffffffffffff", "hex"),
      { kind: "counter64", count: 2n ** 64n - 1n },
    ],
    ["Null", SNMP_TYPE.null, null, NONE],
    ["noSuchObject", SNMP_TYPE.noSuchObject, null, NONE],
    ["Opaque", SNMP_TYPE.opaque, Buffer.from([1]), NONE],
    ["a type that nobody has", 0x55, 7, NONE],
    ["an INTEGER that is none", SNMP_TYPE.integer, Number.NaN, NONE],
    ["octets that were cut", SNMP_TYPE.octets, null, NONE],
    [
      "octets at the limit",
      SNMP_TYPE.octets,
      Buffer.alloc(4096),
      { kind: "octets", bytes: new Uint8Array(4096) },
    ],
    ["octets above the limit", SNMP_TYPE.octets, Buffer.alloc(4097), NONE],
    ["an OID of one number", SNMP_TYPE.oid, "1", NONE],
    ["a Counter64 of ten bytes", SNMP_TYPE.counter64, Buffer.alloc(10), NONE],
    ["a Counter64 of none", SNMP_TYPE.counter64, Buffer.alloc(0), NONE],
  ])("%s", (_, type, value, expected) => {
    expect(readVarbind({ oid: OID, type, value })).toEqual({ oid: OID, value: expected });
  });

  test("octets are a copy, free of the datagram", () => {
    const datagram = Buffer.from("abcdef");
    const cell = readVarbind({ oid: OID, type: SNMP_TYPE.octets, value: datagram.subarray(1, 3) });
    datagram.fill(0);
    expect(cell).toEqual({ oid: OID, value: { kind: "octets", bytes: Uint8Array.from([0x62, 0x63]) } });
  });
});

test("the end of the MIB is no row", () => {
  expect(readVarbind({ oid: OID, type: SNMP_TYPE.endOfMibView, value: null })).toBeUndefined();
});

test.each([
  ["none", undefined],
  ["NaN", "0.NaN"],
  ["one number", "1"],
  ["more than 128 numbers", `1${".1".repeat(128)}`],
  ["more than 32 bits by far", "1.99999999999"],
])("an OID that is none is malformed: %s", (_, oid) => {
  expect(readVarbind({ oid, type: SNMP_TYPE.integer, value: 1 })).toBe("malformed");
});
