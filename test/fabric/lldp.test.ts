import { describe, expect, test } from "vitest";
import { decodeLldp } from "#src/fabric/lldp.ts";
import { MAX_TLVS } from "#src/fabric/lldp_tlv.ts";
import { CHASSIS, END, FULL, frameOf, PORT, TTL, text, tlv } from "./lldp_frames.ts";

const TRAILER = Buffer.from("not read", "ascii");

const FULL_SAYS = {
  source: "52:54:00:00:00:01",
  destination: "01:80:c2:00:00:0e",
  chassisId: {
    subtype: "macAddress",
    subtypeCode: 4,
    value: { kind: "mac", mac: "52:54:00:00:00:01" },
    text: "52:54:00:00:00:01",
  },
  portId: {
    subtype: "interfaceName",
    subtypeCode: 5,
    value: { kind: "octets", hex: "73777037" },
    text: "swp7",
  },
  ttlSec: 120,
  portDescription: "port 7",
  systemName: "leaf1.example",
  systemDescription: "A switch\\u000aof some make",
  capabilities: { supported: ["bridge", "router"], enabled: ["bridge"] },
  managementAddresses: [
    {
      address: { kind: "ipv4", address: "10.77.0.2" },
      numbering: "ifIndex",
      interfaceNumber: 7,
      oid: "1.3.6.1.2.1.2.2.1",
    },
    {
      address: { kind: "ipv6", address: "2001:db8::1" },
      numbering: "systemPortNumber",
      interfaceNumber: 8,
      oid: undefined,
    },
  ],
  dot1: {
    portVlanId: 100,
    vlanNames: [{ vlanId: 100, name: "boot" }],
    linkAggregation: { isCapable: true, isAggregated: true, portNumber: 1024 },
  },
  dot3: {
    macPhy: {
      isAutonegotiationSupported: true,
      isAutonegotiationEnabled: true,
      advertisedBits: 0x8000,
      mauType: 30,
    },
    linkAggregation: { isCapable: true, isAggregated: false, portNumber: 0 },
    maxFrameBytes: 9216,
  },
  passedOver: { unknown: 0, malformed: 0, repeated: 0, overLimit: 0 },
  ended: "end",
};

describe("decodeLldp", () => {
  test("reads one TLV of each kind", () => {
    expect(decodeLldp(FULL)).toEqual({ ok: true, value: FULL_SAYS });
  });

  test.each([
    { why: "one tag", tags: "8100 0064", vlanId: 100 },
    { why: "a priority without a VLAN", tags: "8100 e000", vlanId: 0 },
    { why: "two tags, the outer one counts", tags: "88a8 0005 8100 0064", vlanId: 5 },
  ])("reads a frame with $why", ({ tags, vlanId }) => {
    expect(decodeLldp(frameOf([CHASSIS, PORT, TTL], tags))).toMatchObject({ ok: true, value: { vlanId } });
  });

  test("keeps a lifetime of 0, which takes everything back", () => {
    expect(decodeLldp(frameOf([CHASSIS, PORT, tlv(3, "0000"), END]))).toMatchObject({
      ok: true,
      value: { ttlSec: 0 },
    });
  });

  const NAME = text(5, "leaf1");
  test.each([
    { why: "at the End TLV", tail: [NAME, END, TRAILER], ended: "end" },
    { why: "at an End TLV that claims a length", tail: [NAME, tlv(0, "", 194), TRAILER], ended: "end" },
    { why: "at the end of the frame without one", tail: [NAME], ended: "frame" },
    { why: "at padding without one", tail: [NAME, Buffer.alloc(20)], ended: "end" },
    { why: "at a single byte of padding", tail: [NAME, Buffer.alloc(1)], ended: "frame" },
    { why: "at half a header", tail: [NAME, Buffer.of(0x0a)], ended: "cut" },
    { why: "at a TLV that is longer than the frame", tail: [NAME, tlv(4, "41", 2)], ended: "cut" },
    { why: "after so many TLVs", tail: [NAME, ...Array(MAX_TLVS).fill(tlv(9))], ended: "limit" },
  ])("ends $why and keeps what came before", ({ tail, ended }) => {
    expect(decodeLldp(frameOf([CHASSIS, PORT, TTL, ...tail]))).toMatchObject({
      ok: true,
      value: { systemName: "leaf1", ended },
    });
  });

  test("holds nothing of the frame", () => {
    const frame = Buffer.from(FULL);
    const decoded = decodeLldp(frame);
    const before = structuredClone(decoded);
    frame.fill(0xff);
    expect(decoded).toEqual(before);
  });
});
