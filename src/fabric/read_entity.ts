/** The boxes of a stack, and which port is on which: ENTITY-MIB (RFC 6933). Pure. */
import { ENTITY } from "./mib.ts";
import type { Interfaces } from "./read_interfaces.ts";
import { indexOf, numberOf, textOf } from "./read_value.ts";
import type { StackMember } from "./reading.ts";
import { indexNumbers, onlyNumber, type VarbindTable } from "./varbind_table.ts";

/** Stacks have eight to sixteen, chassis with satellites dozens. */
export const MAX_MEMBERS = 64;
const MAX_ENTITIES = 32_768;
/** Of entities in one another: port, module, slot, board, slot, chassis, stack, and a few. */
const MAX_DEPTH = 16;

/** IANAPhysicalClass. */
const CLASS = { chassis: 3, stack: 11 } as const;

export type Chassis = {
  readonly members: readonly StackMember[];
  /** Number of the member by ifIndex; empty where there is one member. */
  readonly memberOf: ReadonlyMap<number, number>;
};

const ALONE: readonly StackMember[] = [{ number: 1, model: "", serial: "" }];

export function readChassis(table: VarbindTable, interfaces: Interfaces): Chassis {
  const boxes = boxesOf(table);
  const numbers = numbersOf(boxes);
  const members = boxes
    .map(({ model, serial, index }) => ({ number: numbers.get(index) ?? 1, model, serial }))
    .sort((a, b) => a.number - b.number);
  if (members.length === 0) return { members: ALONE, memberOf: new Map() };
  if (members.length === 1)
    return { members: members.map((one) => ({ ...one, number: 1 })), memberOf: new Map() };
  const byEntity = portsByEntity(table, numbers, interfaces);
  return { members, memberOf: new Map([...portsByName(numbers, interfaces), ...byEntity]) };
}

type Box = {
  readonly index: number;
  readonly name: string;
  readonly position: number | undefined;
  readonly model: string;
  readonly serial: string;
};

/** Chassis that are in no other. */
function boxesOf(table: VarbindTable): readonly Box[] {
  const classes = table.column(ENTITY.class);
  const boxes: Box[] = [];
  for (const [index, value] of [...classes].slice(0, MAX_ENTITIES)) {
    const entity = onlyNumber(index);
    if (entity === undefined || numberOf(value) !== CLASS.chassis || boxes.length >= MAX_MEMBERS) continue;
    const above = containersOf(table, entity);
    if (above.some((one) => numberOf(classes.get(String(one))) === CLASS.chassis)) continue;
    boxes.push({
      index: entity,
      name: textOf(table.column(ENTITY.name).get(index)),
      position: indexOf(table.column(ENTITY.parentRelPos).get(index)),
      model:
        textOf(table.column(ENTITY.model).get(index)) || textOf(table.column(ENTITY.description).get(index)),
      serial: textOf(table.column(ENTITY.serial).get(index)),
    });
  }
  return boxes;
}

/** What an entity is in, the nearest first. */
function containersOf(table: VarbindTable, entity: number): readonly number[] {
  const containedIn = table.column(ENTITY.containedIn);
  const above: number[] = [];
  for (let at = indexOf(containedIn.get(String(entity))); at !== undefined; ) {
    // Such that hold each other have no end.
    if (above.length >= MAX_DEPTH) break;
    above.push(at);
    at = indexOf(containedIn.get(String(at)));
  }
  return above;
}

/** As people count them: the last number in the name, else the position, else the order; whichever is different for all. */
function numbersOf(boxes: readonly Box[]): ReadonlyMap<number, number> {
  const byName = boxes.map(({ name }) => Number(/([0-9]{1,3})[^0-9]*$/.exec(name)?.[1] ?? "0"));
  const byPosition = boxes.map(({ position }) => position ?? 0);
  const byOrder = boxes.map((_, at) => at + 1);
  const numbers = [byName, byPosition].find(areNumbers) ?? byOrder;
  return new Map(boxes.map(({ index }, at) => [index, numbers[at] ?? at + 1]));
}

const areNumbers = (numbers: readonly number[]): boolean =>
  numbers.every((number) => number > 0) && new Set(numbers).size === numbers.length;

/** Through entAliasMappingIdentifier; else the entity with the name of the port. */
function portsByEntity(
  table: VarbindTable,
  numbers: ReadonlyMap<number, number>,
  interfaces: Interfaces,
): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const [ifIndex, entity] of [...entitiesByName(table, interfaces), ...entitiesByAlias(table)]) {
    if (!interfaces.has(ifIndex)) continue;
    const box = [entity, ...containersOf(table, entity)].find((one) => numbers.has(one));
    const number = box === undefined ? undefined : numbers.get(box);
    if (number !== undefined) found.set(ifIndex, number);
  }
  return found;
}

type PortEntity = readonly [ifIndex: number, entity: number];

const IF_INDEX_COLUMN = "1.3.6.1.2.1.2.2.1.1.";

const entitiesByAlias = (table: VarbindTable): readonly PortEntity[] =>
  [...table.column(ENTITY.aliasOf)].slice(0, MAX_ENTITIES).flatMap(([index, value]) => {
    const entity = indexNumbers(index)?.[0];
    if (entity === undefined || value.kind !== "oid" || !value.oid.startsWith(IF_INDEX_COLUMN)) return [];
    const ifIndex = onlyNumber(value.oid.slice(IF_INDEX_COLUMN.length));
    return ifIndex === undefined ? [] : [[ifIndex, entity] as const];
  });

function entitiesByName(table: VarbindTable, interfaces: Interfaces): readonly PortEntity[] {
  const names = new Map<string, number>();
  for (const { ifIndex, ifName, description } of interfaces.values())
    for (const name of [ifName, description]) if (name !== "") names.set(name, ifIndex);
  return [...table.column(ENTITY.name)].slice(0, MAX_ENTITIES).flatMap(([index, value]) => {
    const [entity, ifIndex] = [onlyNumber(index), names.get(textOf(value))];
    return entity === undefined || ifIndex === undefined ? [] : [[ifIndex, entity] as const];
  });
}

/** `Gi2/0/17`, `2/17`: the first number is the member where all ports agree that it is one. */
function portsByName(
  numbers: ReadonlyMap<number, number>,
  interfaces: Interfaces,
): ReadonlyMap<number, number> {
  const members = new Set(numbers.values());
  const found = new Map<number, number>();
  for (const { ifIndex, ifName, description, kind } of interfaces.values()) {
    const [, first] = /^[^0-9]*([0-9]{1,3})\/[0-9]/.exec(ifName || description) ?? [];
    if (kind !== "ethernet" || first === undefined) continue;
    // Slots of a chassis, or members counted from another number.
    if (!members.has(Number(first))) return new Map();
    found.set(ifIndex, Number(first));
  }
  return found;
}
