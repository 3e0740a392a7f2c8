import { expect, test } from "vitest";
import { isBridgeByCdp, isBridgeByLldp } from "#src/fabric/read_capabilities.ts";
import type { SnmpValue } from "#src/fabric/snmp_value.ts";

const octets = (hex: string): SnmpValue => ({ kind: "octets", bytes: Buffer.from(hex, "hex") });
const printed = (text: string): SnmpValue => ({ kind: "octets", bytes: Buffer.from(text) });
const number = (value: number): SnmpValue => ({ kind: "number", number: value });

test.each([
  { who: "bridge", supported: octets("2000"), enabled: octets("2000"), isBridge: true },
  { who: "bridge in one byte", supported: octets("28"), enabled: octets("28"), isBridge: true },
  { who: "router", supported: octets("0800"), enabled: octets("0800"), isBridge: true },
  {
    who: "server that could be a bridge",
    supported: octets("2d80"),
    enabled: octets("0100"),
    isBridge: false,
  },
  {
    who: "phone with a port for a computer",
    supported: octets("2400"),
    enabled: octets("2400"),
    isBridge: false,
  },
  {
    who: "phone that enables its bridge only",
    supported: octets("2400"),
    enabled: octets("2000"),
    isBridge: false,
  },
  { who: "switch that enables nothing", supported: octets("2800"), enabled: octets("0000"), isBridge: true },
  {
    who: "card that claims nothing",
    supported: octets("0000"),
    enabled: octets("0000"),
    isBridge: undefined,
  },
  { who: "somebody without capabilities", supported: undefined, enabled: undefined, isBridge: undefined },
  { who: "empty octets", supported: octets(""), enabled: octets(""), isBridge: undefined },
  {
    who: "the word of the TLV: bridge and router",
    supported: octets("0014"),
    enabled: octets("0014"),
    isBridge: true,
  },
  {
    who: "the word of the TLV: station",
    supported: octets("0080"),
    enabled: octets("0080"),
    isBridge: false,
  },
  {
    who: "bits from below: bridge and router",
    supported: octets("1400"),
    enabled: octets("1400"),
    isBridge: true,
  },
  { who: "access point that bridges", supported: octets("3000"), enabled: octets("3000"), isBridge: true },
  { who: "access point alone", supported: octets("1000"), enabled: octets("1000"), isBridge: false },
  {
    who: "printed bridge and router",
    supported: printed("28 00 2 4 "),
    enabled: printed("28 00 2 4 "),
    isBridge: true,
  },
  { who: "printed station", supported: printed("39 2 3 4 7"), enabled: printed("01 7"), isBridge: false },
  { who: "printed nothing", supported: printed("00 00"), enabled: printed("00"), isBridge: undefined },
  { who: "MikroTik bridge and router", supported: number(20), enabled: number(20), isBridge: true },
  { who: "MikroTik phone", supported: number(36), enabled: number(36), isBridge: false },
  { who: "MikroTik nothing", supported: number(0), enabled: number(0), isBridge: undefined },
])("LLDP: $who", ({ supported, enabled, isBridge }) => {
  expect(isBridgeByLldp(supported, enabled)).toBe(isBridge);
});

test.each([
  { who: "router", value: octets("00000001"), isBridge: true },
  { who: "switch", value: octets("00000028"), isBridge: true },
  { who: "phone", value: octets("00000490"), isBridge: false },
  { who: "phone that switches", value: octets("00000498"), isBridge: false },
  { who: "host", value: octets("00000010"), isBridge: false },
  { who: "somebody who says nothing", value: undefined, isBridge: undefined },
  { who: "a value of another length", value: octets("01"), isBridge: undefined },
])("CDP: $who", ({ value, isBridge }) => {
  expect(isBridgeByCdp(value)).toBe(isBridge);
});
