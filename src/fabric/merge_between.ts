/** Whether a third switch lies on the way between two. Pure. */
import type { Directions } from "./merge_directions.ts";
import { majority, NOWHERE, type Tables, vote } from "./merge_tables.ts";

/** So many machines that would pass through a switch are not all missing in its table, whatever holes that has. */
const ENOUGH_MACHINES = 12;

/** Of a table, to be judged by what others have of it; and what may be of both networks all the same, as management is. */
const ENOUGH_ROWS = 5;
const STRAY_SHARE = 0.1;

export type Between = "yes" | "no" | "unknown";
export type Pair = { readonly one: number; readonly other: number };

/** @param third a switch that was read */
export function isBetween(tables: Tables, toward: Directions, { one, other }: Pair, third: number): Between {
  const way = (from: number, to: number): number => toward[from]?.[to] ?? NOWHERE;
  const [toOne, toOther] = [way(third, one), way(third, other)];
  if (toOne !== NOWHERE && toOther !== NOWHERE) return toOne === toOther ? "no" : "yes";
  if (isElsewhere(way(one, third), way(one, other)) || isElsewhere(way(other, third), way(other, one)))
    return "no";
  return byPassers(tables, toward, { one, other }, third);
}

const isElsewhere = (third: number, other: number): boolean =>
  third !== NOWHERE && other !== NOWHERE && third !== other;

/** Machines on either side of the way pass through what lies between, and are on different ports there. */
function byPassers(tables: Tables, toward: Directions, pair: Pair, third: number): Between {
  const middle = tables.of[third]?.portOf;
  if (!middle) return "no";
  if (isStranger(tables, pair, middle)) return "no";
  const sides = passers(tables, toward, pair, middle);
  if (!sides) return "unknown";
  const [one, other] = sides;
  if (one.port !== NOWHERE && other.port !== NOWHERE) return one.port === other.port ? "no" : "yes";
  return one.isUnheardOf || other.isUnheardOf ? "no" : "unknown";
}

/** What lies on the way has learnt what passes, and the others have that too: this one is in another network. */
function isStranger(tables: Tables, { one, other }: Pair, table: Int16Array): boolean {
  const own = new Set([...(tables.own[one] ?? []), ...(tables.own[other] ?? [])]);
  const [left, right] = [tables.of[one]?.portOf, tables.of[other]?.portOf];
  let [known, shared] = [0, 0];
  for (let mac = 0; mac < tables.macs; mac++) {
    if (table[mac] === NOWHERE) continue;
    known++;
    if (own.has(mac) || (left?.[mac] ?? NOWHERE) !== NOWHERE || (right?.[mac] ?? NOWHERE) !== NOWHERE)
      shared++;
  }
  return known >= ENOUGH_ROWS && shared <= known * STRAY_SHARE;
}

function passers(
  tables: Tables,
  toward: Directions,
  { one, other }: Pair,
  middle: Int16Array,
): readonly [Side, Side] | undefined {
  const [left, right] = [tables.of[one]?.portOf, tables.of[other]?.portOf];
  if (!left || !right) return undefined;
  const [toOther, toOne] = [toward[one]?.[other], toward[other]?.[one]];
  const sides: readonly [Side, Side] = [new Side(), new Side()];
  for (let mac = 0; mac < tables.macs; mac++) {
    const [port, far] = [left[mac] ?? NOWHERE, right[mac] ?? NOWHERE];
    if (port <= NOWHERE || far <= NOWHERE || (port === toOther) === (far === toOne)) continue;
    sides[far === toOne ? 0 : 1].add(middle[mac] ?? NOWHERE);
  }
  return sides;
}

/** Machines behind one of two switches, where a third one has them. */
class Side {
  readonly #votes = new Map<number, number>();
  #machines = 0;

  add(port: number): void {
    this.#machines++;
    if (port > NOWHERE) vote(this.#votes, port);
  }

  get port(): number {
    return majority(this.#votes);
  }

  get isUnheardOf(): boolean {
    return this.#machines >= ENOUGH_MACHINES && this.#votes.size === 0;
  }
}
