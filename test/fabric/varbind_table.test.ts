import { expect, test } from "vitest";
import type { Varbind } from "#src/fabric/snmp_value.ts";
import { indexNumbers, onlyNumber, VarbindTable } from "#src/fabric/varbind_table.ts";

const row = (oid: string, number = 1): Varbind => ({ oid, value: { kind: "number", number } });
const keys = (varbinds: readonly Varbind[], column: string): readonly string[] => [
  ...new VarbindTable(varbinds, ["1.3.6.1", "1.3.6.10", "1.3.6.1.2"]).column(column).keys(),
];

test("rows go to the column that their OID begins with, in any order", () => {
  const varbinds = ["1.3.6.1.7", "1.3.6.10.7", "1.3.6.1.8", "1.3.6.2.7", "1.3.6.1", "1.3.61.7"].map((oid) =>
    row(oid),
  );
  expect(keys(varbinds, "1.3.6.1")).toEqual(["7", "8"]);
  expect(keys(varbinds, "1.3.6.10")).toEqual(["7"]);
  expect(keys(varbinds, "9.9")).toEqual([]);
});

test("the first of two rows with one index stays", () => {
  const table = new VarbindTable([row("1.3.6.1.7", 1), row("1.3.6.1.7", 2)], ["1.3.6.1"]);
  expect(table.column("1.3.6.1").get("7")).toEqual({ kind: "number", number: 1 });
});

test("a scalar has index 0", () => {
  const table = new VarbindTable([row("1.3.6.1.1", 1), row("1.3.6.1.0", 2)], ["1.3.6.1"]);
  expect(table.scalar("1.3.6.1")).toEqual({ kind: "number", number: 2 });
});

test.each(["", "1.", ".1", "1..2", "1e3", "0x10", "-1", " 1", "1.2.x", "12345678901"])(
  "%j is no index",
  (index) => {
    expect(keys([row(`1.3.6.1.${index}`)], "1.3.6.1")).toEqual([]);
  },
);

test("a value that is none is no row", () => {
  expect(keys([{ oid: "1.3.6.1.7", value: { kind: "none" } }], "1.3.6.1")).toEqual([]);
});

test("numbers of an index are of 32 bits, and 128 at most", () => {
  expect(indexNumbers("1.2.4294967295")).toEqual([1, 2, 4294967295]);
  expect(indexNumbers("4294967296")).toBeUndefined();
  expect(indexNumbers(Array.from({ length: 129 }, () => "1").join("."))).toBeUndefined();
  expect([onlyNumber("7"), onlyNumber("7.1"), onlyNumber("4294967296")]).toEqual([7, undefined, undefined]);
});
