import { expect, test } from "vitest";
import { RECORDED_SWITCHES, recordedWalk, varbindsOf, walkOf } from "./snmprec.ts";

test.each([
  { row: "1.3.6.1.2.1.1.5.0|4|core", value: { kind: "octets", bytes: Uint8Array.from(Buffer.from("core")) } },
  { row: "1.2.3|4x|00fF", value: { kind: "octets", bytes: Uint8Array.of(0, 255) } },
  { row: "1.2.3|4|a|b", value: { kind: "octets", bytes: Uint8Array.from(Buffer.from("a|b")) } },
  { row: "1.2.3|2|-1", value: { kind: "number", number: -1 } },
  { row: "1.2.3|65|4294967295", value: { kind: "number", number: 4294967295 } },
  { row: "1.2.3|70|18446744073709551615", value: { kind: "counter64", count: 18446744073709551615n } },
  { row: "1.2.3|6|.1.3.6", value: { kind: "oid", oid: "1.3.6" } },
  { row: "1.2.3|64|10.0.0.1", value: { kind: "address", address: "10.0.0.1" } },
  { row: "1.2.3|5|", value: { kind: "none" } },
])("reads $row", ({ row, value }) => {
  expect(varbindsOf(`${row}\n`)).toEqual([{ oid: row.split("|")[0], value }]);
});

test("says which row is none", () => {
  expect(() => varbindsOf("1.2.3|4|a\nnonsense\n")).toThrow('Cannot read row "nonsense"');
});

test("orders rows by the numbers of their OIDs", () => {
  const walk = walkOf(varbindsOf("1.10|2|1\n1.9.1|2|1\n1.9|2|1\n"));
  expect(walk.varbinds.map(({ oid }) => oid)).toEqual(["1.9", "1.9.1", "1.10"]);
});

test.skipIf(RECORDED_SWITCHES.length === 0)(
  "reads every row of the recordings (skipped without them)",
  () => {
    for (const name of RECORDED_SWITCHES)
      expect(recordedWalk(name).varbinds.length, name).toBeGreaterThan(900);
  },
);
