/** Whether a third switch lies on the way between two. Pure. */
import type { Directions } from "./merge_directions.ts";
import { majority, NOWHERE, type Tables, vote } from "./merge_tables.ts";

/** So many machines that pass through a switch cannot all be missing in its table. */
const ENOUGH_MACHINES = 4;

export type Between = "yes" | "no" | "unknown";
export type Pair = { readonly one: number; readonly other: number };

/** @param third a switch that was read */
export function isBetween(tables: Tables, toward: Directions, { one, other }: Pair, third: number): Between {
  const way = (from: number, to: number): number => toward[from]?.[to] ?? NOWHERE;
  const [toOne, toOther] = [way(third, one), way(third, other)];
  if (toOne !== NOWHERE && toOther !== NOWHERE) return toOne === toOther ? "no" : "yes";
  if (isElsewhere(way(one, third), way(one, other)) || isElsewhere(way(other, third), way(other, one))) return "no";
  return byPassers(tables, toward, { one, other }, third);
}

const isElsewhere = (third: number, other: number): boolean =>
  third !== NOWHERE && other !== NOWHERE && third !== other;

/** Machines on either side of the way pass through what lies between, and are on different ports there. */
function byPassers(tables: Tables, toward: Directions, { one, other }: Pair, third: number): Between {
  const [left, right, middle] = [one, other, third].map((at) => tables.of[at]?.portOf);
  if (!middle) return "no";
  if (!left || !right) return "unknown";
  const [p, q] = [toward[one]?.[other] ?? NOWHERE, toward[other]?.[one] ?? NOWHERE];
  const behindOne = new Side();
  const behindOther = new Side();
  for (let mac = 0; mac < tables.macs; mac++) {
    const [a, b] = [left[mac] ?? NOWHERE, right[mac] ?? NOWHERE];
    if (a <= NOWHERE || b <= NOWHERE || (a === p) === (b === q)) continue;
    (b === q ? behindOne : behindOther).add(middle[mac] ?? NOWHERE);
  }
  const [towardOne, towardOther] = [behindOne.port, behindOther.port];
  if (towardOne !== NOWHERE && towardOther !== NOWHERE) return towardOne === towardOther ? "no" : "yes";
  return behindOne.isUnheardOf || behindOther.isUnheardOf ? "no" : "unknown";
}

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
