import { expect, test } from "vitest";
import { READ_COLUMNS } from "#src/fabric/read_switch.ts";
import { IDENTITY_TABLES, SWITCH_TABLES, VLAN_TABLES } from "#src/fabric/snmp_tables.ts";

const tables = [...IDENTITY_TABLES, ...SWITCH_TABLES];
const columns = tables.flatMap((table) => table.columns);

test("every object that is read of a switch is fetched, once, and no other", () => {
  expect(columns.toSorted()).toEqual([...new Set(READ_COLUMNS)].sort());
});

test("a table is looked for only behind those that it stands in for", () => {
  for (const [at, { name, unless = [] }] of tables.entries())
    for (const other of unless) {
      const before = tables.slice(0, at).map((table) => table.name);
      expect(before, name).toContain(other);
    }
});

test("per VLAN the columns are those of the whole switch", () => {
  for (const { columns: own } of VLAN_TABLES) expect(columns).toEqual(expect.arrayContaining([...own]));
});
