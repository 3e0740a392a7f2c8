import { describe, expect, test } from "vitest";
import { decodeLldp, type LldpFrame } from "#src/fabric/lldp.ts";
import { readOid } from "#src/fabric/lldp_oid.ts";
import { MAX_MANAGEMENT_ADDRESSES, MAX_VLAN_NAMES } from "#src/fabric/lldp_optional.ts";
import { frameWith, text, tlv } from "./lldp_frames.ts";

const hex = (value: string): Buffer => Buffer.from(value, "hex");
function read(...tlvs: readonly Uint8Array[]): LldpFrame {
  const decoded = decodeLldp(frameWith(...tlvs));
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.error));
  return decoded.value;
}
const NONE = { unknown: 0, malformed: 0, repeated: 0, overLimit: 0 };

describe("an optional TLV that is malformed costs nothing but itself", () => {
  test.each([
    { why: "a text of 256 bytes", bad: tlv(6, Buffer.alloc(256, 0x61)) },
    { why: "capabilities of three bytes", bad: tlv(7, "001400") },
    { why: "an empty management address", bad: tlv(8) },
    { why: "a management address of length 0", bad: tlv(8, "00 02 00000001 00") },
    { why: "a management address of family only", bad: tlv(8, "01 10 02 00000001 00") },
    { why: "a management address of 32 bytes", bad: tlv(8, `21 63 ${"00".repeat(32)} 02 00000001 00`) },
    { why: "a management address longer than its TLV", bad: tlv(8, "1f 01 0a4d0002") },
    { why: "an IPv4 address of three bytes", bad: tlv(8, "04 01 0a4d00 02 00000001 00") },
    { why: "an interface number of two bytes", bad: tlv(8, "05 01 0a4d0002 02 0001") },
    { why: "an OID longer than its TLV", bad: tlv(8, "05 01 0a4d0002 02 00000001 05 2b06") },
    { why: "an organisation of three bytes", bad: tlv(127, "0080c2") },
    { why: "a port VLAN of one byte", bad: tlv(127, "0080c2 01 00") },
    { why: "a VLAN name of 33 bytes", bad: tlv(127, `0080c2 03 0001 21 ${"61".repeat(33)}`) },
    { why: "a VLAN name longer than its TLV", bad: tlv(127, "0080c2 03 0001 05 61") },
    { why: "an aggregation without its port", bad: tlv(127, "0080c2 07 03") },
    { why: "a MAC/PHY of two bytes", bad: tlv(127, "00120f 01 0380") },
    { why: "an old aggregation of one byte", bad: tlv(127, "00120f 03 01") },
    { why: "a maximum frame size of one byte", bad: tlv(127, "00120f 04 24") },
  ])("$why", ({ bad }) => {
    const frame = read(bad, text(5, "leaf1"));
    const whole = read(text(5, "leaf1"));
    expect(frame).toEqual({ ...whole, passedOver: { ...NONE, malformed: 1 } });
  });
});

describe("what is passed over is counted", () => {
  test.each([
    { why: "a reserved type", odd: tlv(9, "00") },
    { why: "another organisation", odd: tlv(127, "0012bb 01 002f04") },
    { why: "another TLV of 802.1", odd: tlv(127, "0080c2 02 020000") },
    { why: "another TLV of 802.3", odd: tlv(127, "00120f 02 0f") },
  ])("unknown: $why", ({ odd }) => {
    expect(read(odd).passedOver).toEqual({ ...NONE, unknown: 1 });
  });

  test("repeated: the first that can be read counts", () => {
    const frame = read(tlv(127, "0080c2 01 00"), tlv(127, "0080c2 01 0064"), tlv(127, "0080c2 01 0065"));
    expect(frame.dot1.portVlanId).toBe(100);
    expect(frame.passedOver).toEqual({ ...NONE, malformed: 1, repeated: 1 });
  });

  test("repeated: an empty text counts too", () => {
    const frame = read(text(5, ""), text(5, "other"));
    expect(frame).toMatchObject({ systemName: "", passedOver: { ...NONE, repeated: 1 } });
  });

  test("over the limit: management addresses and VLAN names", () => {
    const address = tlv(8, "05 01 0a4d0002 02 00000001 00");
    const many = read(...Array<Buffer>(MAX_MANAGEMENT_ADDRESSES + 3).fill(address));
    expect(many.managementAddresses).toHaveLength(MAX_MANAGEMENT_ADDRESSES);
    expect(many.passedOver).toEqual({ ...NONE, overLimit: 3 });
    const vlan = tlv(127, "0080c2 03 0001 00");
    const names = read(...Array<Buffer>(MAX_VLAN_NAMES + 2).fill(vlan));
    expect(names.dot1.vlanNames).toHaveLength(MAX_VLAN_NAMES);
    expect(names.passedOver).toEqual({ ...NONE, overLimit: 2 });
  });
});

describe("text of switches", () => {
  test.each([
    { why: "control characters", sent: "a\r\n\u001b[2J\u0000b", shown: "a\\u000d\\u000a\\u001b[2J\\u0000b" },
    { why: "line separators and overrides", sent: "a\u2028\u202eb", shown: "a\\u2028\\u202eb" },
    { why: "NULs at the end", sent: "leaf1\u0000\u0000", shown: "leaf1" },
    { why: "markup, which is for the page to escape", sent: "<img onerror>", shown: "<img onerror>" },
    { why: "UTF-8", sent: "Gebäude 7", shown: "Gebäude 7" },
  ])("$why", ({ sent, shown }) => {
    expect(read(text(4, sent)).portDescription).toBe(shown);
  });

  test("bytes that are no UTF-8 come out as what they are", () => {
    expect(read(tlv(5, "47 e4 9b 0a 62")).systemName).toBe("G\\xe4\\x9b\\u000ab");
  });
});

describe("management addresses", () => {
  test.each([
    { sent: "07 06 525400000001", address: { kind: "mac", address: "52:54:00:00:00:01" } },
    { sent: "03 10 6131", address: { kind: "other", family: 16, address: "6131" } },
    { sent: `20 63 ${"ab".repeat(31)}`, address: { kind: "other", family: 99, address: "ab".repeat(31) } },
  ])("$sent", ({ sent, address }) => {
    expect(read(tlv(8, `${sent} 01 fffffffe 00`)).managementAddresses).toEqual([
      { address, numbering: "unknown", interfaceNumber: 0xffff_fffe, oid: undefined },
    ]);
  });

  test("an odd numbering or OID does not cost the address", () => {
    expect(read(tlv(8, "05 01 0a4d0002 0a 00000001 02 2b86")).managementAddresses).toMatchObject([
      { address: { address: "10.77.0.2" }, numbering: "reserved", oid: undefined },
    ]);
  });
});

describe("readOid", () => {
  test.each([
    { sent: "2b0601020102020101", oid: "1.3.6.1.2.1.2.2.1.1" },
    { sent: "00", oid: "0.0" },
    { sent: "883703", oid: "2.999.3" },
    { sent: "2b8fffffff7f", oid: "1.3.4294967295" },
    { sent: "2b9080808000", oid: undefined },
    { sent: "2b86", oid: undefined },
    { sent: "", oid: undefined },
    { sent: "01".repeat(129), oid: undefined },
    { sent: "ff".repeat(128), oid: undefined },
  ])("$sent is $oid", ({ sent, oid }) => {
    expect(readOid(hex(sent))).toBe(oid);
  });
});
