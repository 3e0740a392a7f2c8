import { describe, expect, test } from "vitest";
import { readChassisId, readPortId } from "#src/fabric/lldp_id.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");
const octets = (text: string): object => ({ kind: "octets", hex: text });
const MAC = { kind: "mac", mac: "52:54:00:00:00:01" };
const ipv4 = { kind: "network", network: { kind: "ipv4", address: "10.77.0.2" } };
const ipv6 = { kind: "network", network: { kind: "ipv6", address: "fe80::1" } };
const network = (kind: string, address: string): object => ({ kind: "network", network: { kind, address } });
const other = { kind: "network", network: { kind: "other", family: 16, address: "6131" } };

describe("readChassisId", () => {
  test.each([
    { sent: "01 6131", subtype: "chassisComponent", value: octets("6131"), text: "a1" },
    { sent: "02 6131", subtype: "interfaceAlias", value: octets("6131"), text: "a1" },
    { sent: "03 6131", subtype: "portComponent", value: octets("6131"), text: "a1" },
    { sent: "04 525400000001", subtype: "macAddress", value: MAC, text: "52:54:00:00:00:01" },
    { sent: "05 01 0a4d0002", subtype: "networkAddress", value: ipv4, text: "10.77.0.2" },
    { sent: `05 02 fe80${"00".repeat(13)}01`, subtype: "networkAddress", value: ipv6, text: "fe80::1" },
    {
      sent: "05 06 525400000001",
      subtype: "networkAddress",
      value: network("mac", "52:54:00:00:00:01"),
      text: "52:54:00:00:00:01",
    },
    { sent: "05 10 6131", subtype: "networkAddress", value: other, text: "6131" },
    { sent: "06 6131", subtype: "interfaceName", value: octets("6131"), text: "a1" },
    { sent: "07 6131", subtype: "local", value: octets("6131"), text: "a1" },
    { sent: "00 6131", subtype: "reserved", value: octets("6131"), text: "a1" },
    { sent: "ff 6131", subtype: "reserved", value: octets("6131"), text: "a1" },
  ])("$sent is a $subtype", ({ sent, subtype, value, text }) => {
    expect(readChassisId(hex(sent))).toEqual({ subtype, subtypeCode: hex(sent)[0], value, text });
  });
});

describe("readPortId", () => {
  test.each([
    { sent: "01 6131", subtype: "interfaceAlias", value: octets("6131"), text: "a1" },
    { sent: "02 6131", subtype: "portComponent", value: octets("6131"), text: "a1" },
    { sent: "03 525400000001", subtype: "macAddress", value: MAC, text: "52:54:00:00:00:01" },
    { sent: "04 01 0a4d0002", subtype: "networkAddress", value: ipv4, text: "10.77.0.2" },
    { sent: "05 6131", subtype: "interfaceName", value: octets("6131"), text: "a1" },
    { sent: "06 6131", subtype: "agentCircuitId", value: octets("6131"), text: "a1" },
    { sent: "07 6131", subtype: "local", value: octets("6131"), text: "a1" },
    { sent: "08 6131", subtype: "reserved", value: octets("6131"), text: "a1" },
  ])("$sent is a $subtype", ({ sent, subtype, value, text }) => {
    expect(readPortId(hex(sent))).toEqual({ subtype, subtypeCode: hex(sent)[0], value, text });
  });

  test.each([
    {
      why: "a MAC address of five bytes",
      sent: "03 a254000000",
      value: "a254000000",
      text: "a2:54:00:00:00",
    },
    {
      why: "a MAC address in words",
      sent: "03 30303a31313a3232",
      value: "30303a31313a3232",
      text: "00:11:22",
    },
    { why: "an IPv4 address of five bytes", sent: "04 01 0a4d000200", value: "010a4d000200" },
    { why: "an address family without an address", sent: "04 10", value: "10", text: "10" },
    { why: "NULs behind a name", sent: "05 6131 0000", value: "61310000", text: "a1" },
    { why: "nothing but NULs", sent: "05 0000", value: "0000", text: "00:00" },
    {
      why: "a MAC address as a name",
      sent: "07 0ac0de9d0a74",
      value: "0ac0de9d0a74",
      text: "0a:c0:de:9d:0a:74",
    },
    { why: "escape codes", sent: "07 1b5b324a", value: "1b5b324a", text: "1b:5b:32:4a" },
    { why: "a bidirectional override", sent: "07 61e280ae62", value: "61e280ae62", text: "a\\u202eb" },
    { why: "UTF-8", sent: "07 c3a4", value: "c3a4", text: "ä" },
  ])("keeps $why as sent", ({ sent, value, text }) => {
    expect(readPortId(hex(sent))).toMatchObject({ value: octets(value), ...(text ? { text } : {}) });
  });
});
