import { describe, expect, test } from "vitest";
import { BRIDGE, LLDP, SYSTEM } from "#src/fabric/mib.ts";
import { VTP_VLAN_STATE } from "#src/fabric/snmp_tables.ts";
import type { Varbind } from "#src/fabric/snmp_value.ts";
import { identityOf, operationalVlans } from "#src/fabric/walk_rows.ts";
import { octetsValue } from "./switch_rows.ts";

const scalar = (oid: string, bytes: string | Uint8Array): Varbind => ({
  oid: `${oid}.0`,
  value: octetsValue(bytes),
});
const mac = (last: number): Buffer => Buffer.from([0x00, 0x11, 0x22, 0x33, 0x44, last]);

describe("identityOf", () => {
  const rows = (last: number, name: string): readonly Varbind[] => [
    scalar(SYSTEM.name, name),
    scalar(BRIDGE.address, mac(last)),
  ];

  test("the same rows, the same switch; another MAC or name, another", () => {
    expect(identityOf(rows(1, "a"))).toBe(identityOf(rows(1, "a")));
    expect(new Set([rows(1, "a"), rows(2, "a"), rows(1, "b")].map(identityOf)).size).toBe(3);
  });

  test("a chassis id that is a MAC will do", () => {
    expect(identityOf([scalar(LLDP.ownChassisId, mac(1))])).toBeDefined();
  });

  test.each<[string, readonly Varbind[]]>([
    ["nothing", []],
    ["a name alone", [scalar(SYSTEM.name, "switch")]],
    ["a MAC of zeros", [scalar(BRIDGE.address, Buffer.alloc(6))]],
    ["a MAC of a group", [scalar(BRIDGE.address, Buffer.from([1, 0, 0, 0, 0, 1]))]],
    ["a chassis id that is text", [scalar(LLDP.ownChassisId, "switch")]],
  ])("%s: none, for two switches may share it", (_, own) => {
    expect(identityOf(own)).toBeUndefined();
  });
});

test("operationalVlans: those in use, less what nobody uses", () => {
  const states = [
    ...[1, 10, 20].map((id) => [id, 1] as const),
    ...([
      [30, 2],
      [1002, 1],
      [1005, 1],
      [4095, 1],
    ] as const),
  ];
  const rows: Varbind[] = states.map(([id, number]) => ({
    oid: `${VTP_VLAN_STATE}.1.${id}`,
    value: { kind: "number", number },
  }));
  const elsewhere: Varbind = { oid: "1.3.6.1.2.1.2.2.1.8.7", value: { kind: "number", number: 1 } };
  expect(operationalVlans([elsewhere, ...rows])).toEqual([1, 10, 20]);
  const many = Array.from(
    { length: 4000 },
    (_, at): Varbind => ({
      oid: `${VTP_VLAN_STATE}.1.${at + 1}`,
      value: { kind: "number", number: 1 },
    }),
  );
  expect(operationalVlans(many).length).toBe(256);
});
