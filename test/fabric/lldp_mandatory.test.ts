import { describe, expect, test } from "vitest";
import { decodeLldp } from "#src/fabric/lldp.ts";
import { CHASSIS, END, FULL, frameOf, frameWith, PORT, TTL, text, tlv } from "./lldp_frames.ts";

const MALFORMED: readonly { why: string; frame: Uint8Array; kind: string; field: string; at: number }[] = [
  { why: "nothing", frame: Buffer.alloc(0), kind: "truncated", field: "Ethernet header", at: 0 },
  {
    why: "a frame cut in its EtherType",
    frame: FULL.subarray(0, 13),
    kind: "truncated",
    field: "Ethernet header",
    at: 0,
  },
  {
    why: "a frame cut in its tag",
    frame: frameOf([], "8100 0064").subarray(0, 17),
    kind: "truncated",
    field: "Ethernet header",
    at: 0,
  },
  {
    why: "three tags",
    frame: frameOf([], "8100 0001 8100 0002 8100 0003"),
    kind: "unsupported",
    field: "EtherType",
    at: 20,
  },
  {
    why: "another protocol",
    frame: Buffer.alloc(60, 8),
    kind: "unsupported",
    field: "EtherType",
    at: 12,
  },
  { why: "no TLV", frame: frameOf([]), kind: "badValue", field: "Chassis ID TLV", at: 14 },
  { why: "only an end", frame: frameOf([END]), kind: "badValue", field: "Chassis ID TLV", at: 14 },
  {
    why: "a chassis id behind the port id",
    frame: frameOf([PORT, CHASSIS, TTL]),
    kind: "badValue",
    field: "Chassis ID TLV",
    at: 14,
  },
  { why: "no port id", frame: frameOf([CHASSIS, TTL]), kind: "badValue", field: "Port ID TLV", at: 23 },
  {
    why: "a name before the lifetime",
    frame: frameOf([CHASSIS, PORT, text(5, "x"), TTL]),
    kind: "badValue",
    field: "Time To Live TLV",
    at: 30,
  },
  {
    why: "a lifetime of one byte",
    frame: frameOf([CHASSIS, PORT, tlv(3, "78")]),
    kind: "badValue",
    field: "Time To Live TLV",
    at: 30,
  },
  {
    why: "a chassis id without a value",
    frame: frameOf([tlv(1, "04"), PORT, TTL]),
    kind: "badValue",
    field: "Chassis ID TLV",
    at: 14,
  },
  {
    why: "a port id of 256 bytes behind its subtype",
    frame: frameOf([CHASSIS, tlv(2, Buffer.alloc(257, 7)), TTL]),
    kind: "badValue",
    field: "Port ID TLV",
    at: 23,
  },
  {
    why: "a port id longer than the frame",
    frame: frameOf([CHASSIS, tlv(2, "0541", 3)]),
    kind: "truncated",
    field: "Port ID TLV",
    at: 23,
  },
  { why: "two port ids", frame: frameWith(PORT), kind: "badValue", field: "Port ID TLV", at: 34 },
  { why: "two lifetimes", frame: frameWith(TTL), kind: "badValue", field: "Time To Live TLV", at: 34 },
];

describe("decodeLldp of what is no LLDP frame", () => {
  test.each(MALFORMED)("says where it stopped: $why", ({ frame, kind, field, at }) => {
    expect(decodeLldp(frame)).toMatchObject({ ok: false, error: { kind, field, offsetBytes: at } });
  });
});
