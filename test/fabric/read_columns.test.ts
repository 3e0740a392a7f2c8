import { expect, test } from "vitest";
import { READ_COLUMNS } from "#src/fabric/read_switch.ts";
import { IDENTITY_TABLES, SWITCH_TABLES } from "#src/fabric/snmp_tables.ts";

test("every column that is read is fetched, and none else", () => {
  const fetched = [...IDENTITY_TABLES, ...SWITCH_TABLES].flatMap(({ columns }) => columns);
  expect([...new Set(fetched)].sort()).toEqual([...READ_COLUMNS].sort());
});
