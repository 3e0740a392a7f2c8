import { expect, test } from "vitest";
import type { SwitchReading } from "#src/fabric/reading.ts";
import { ports, readRows } from "./small_switch.ts";

/** A chassis as ENTITY-MIB has it. */
const chassis = (index: number, { name = "", position = 0, containedIn = 1 } = {}): string => `
  ENTITY.class.${index}|2|3
  ENTITY.containedIn.${index}|2|${containedIn}
  ENTITY.parentRelPos.${index}|2|${position}
  ENTITY.name.${index}|4|${name}
  ENTITY.model.${index}|4|WS-C3750
  ENTITY.serial.${index}|4|S${index}`;

const STACK = "ENTITY.class.1|2|11\nENTITY.containedIn.1|2|0";
const numbers = ({ members }: SwitchReading): readonly string[] =>
  members.map(({ number, serial }) => `${number} ${serial}`);
const memberOf = ({ ports: all }: SwitchReading): readonly (number | undefined)[] =>
  all.map(({ member }) => member);

test("a switch without ENTITY-MIB is one box", () => {
  expect(readRows(ports({ 1: "gi1" })).members).toEqual([{ number: 1, model: "", serial: "" }]);
});

test("a chassis alone is number 1, whatever its name ends in", () => {
  expect(numbers(readRows(chassis(1, { name: "CRS317", containedIn: 0 })))).toEqual(["1 S1"]);
});

test.each([
  { by: "name", one: { name: "Switch 2" }, other: { name: "Switch 1" }, found: ["1 S1000", "2 S500"] },
  {
    by: "name, in front of more",
    one: { name: "Switch2 Chassis" },
    other: { name: "Switch1 Chassis" },
    found: ["1 S1000", "2 S500"],
  },
  { by: "position", one: { position: 3 }, other: { position: 1 }, found: ["1 S1000", "3 S500"] },
  { by: "order", one: { position: 1 }, other: { position: 1 }, found: ["1 S500", "2 S1000"] },
])("members are numbered by $by", ({ one, other, found }) => {
  expect(numbers(readRows(`${STACK}\n${chassis(500, one)}\n${chassis(1000, other)}`))).toEqual(found);
});

test("a chassis in a chassis is no member", () => {
  const text = `${STACK}\n${chassis(500, { position: 1 })}\n${chassis(600, { position: 2, containedIn: 510 })}\nENTITY.containedIn.510|2|500`;
  expect(numbers(readRows(text))).toEqual(["1 S500"]);
});

const TWO = `${STACK}\n${chassis(1000, { name: "1" })}\n${chassis(2000, { name: "2" })}`;

test("ports are on the box that holds them, by alias, by name, and else by their own name", () => {
  const reading = readRows(`
    ${TWO}
    ${ports({ 1: "Gi1/0/1", 2: "Gi1/0/2", 3: "Gi1/0/3" })}
    ENTITY.containedIn.2001|2|2010
    ENTITY.containedIn.2010|2|2000
    ENTITY.aliasOf.2001.0|6|1.3.6.1.2.1.2.2.1.1.1
    ENTITY.name.2002|4|Gi1/0/2
    ENTITY.containedIn.2002|2|2010
  `);
  expect(memberOf(reading)).toEqual([2, 2, 1]);
});

test("numbers in names are no members where one of them is none", () => {
  expect(memberOf(readRows(`${TWO}\n${ports({ 1: "1/1", 2: "2/1", 3: "3/1" })}`))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

test("containers that hold each other end", () => {
  const reading = readRows(`
    ${TWO}
    ${ports({ 1: "eth1" })}
    ENTITY.containedIn.2001|2|2010
    ENTITY.containedIn.2010|2|2001
    ENTITY.aliasOf.2001.0|6|1.3.6.1.2.1.2.2.1.1.1
    ENTITY.aliasOf.2002.0|6|1.3.6.1.2.1.31.1.1.1.1.1
  `);
  expect(memberOf(reading)).toEqual([undefined]);
});
