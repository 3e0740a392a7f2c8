/**
 * The pieces that are left of the network when all switches with MAC tables are taken out: a cable between two ports, or
 * what nobody has read with the ports that lead into it. Pure.
 */
import { isBetween } from "./merge_between.ts";
import type { Directions } from "./merge_directions.ts";
import { type End, portId } from "./merge_model.ts";
import { NOWHERE, type Tables } from "./merge_tables.ts";

export type Segment = {
  /** Ports of switches with tables. */
  readonly ports: readonly End[];
  /** Switches without a table. */
  readonly blind: readonly number[];
  /** Those that LLDP or CDP has linked already, each as what belongs together. */
  readonly parts: readonly (readonly Member[])[];
};

export type Member =
  | { readonly kind: "port"; readonly end: End }
  | { readonly kind: "blind"; readonly at: number };

type Told = readonly (readonly [End, End])[];

/** @param told links that LLDP or CDP tell of, with ports as aggregates have them */
export function segmentsOf(tables: Tables, toward: Directions, told: Told): readonly Segment[] {
  const pieces = new Pieces();
  const parts = new Pieces();
  const settled = new Set<string>();
  const linked = new Set(
    told.flatMap(([{ at: one }, { at: other }]) => [`${one} ${other}`, `${other} ${one}`]),
  );
  for (const [one, other] of told) {
    const ends = [one, other].flatMap((end) => memberOf(tables, end) ?? []);
    const [left, right] = ends;
    if (!left || !right) continue;
    pieces.join(left, right);
    parts.join(left, right);
    if (left.kind === "port" && right.kind === "port")
      for (const { end } of [left, right]) settled.add(keyOf(end));
  }
  for (const [one, other] of facing(tables, toward, { settled, linked })) pieces.join(one, other);
  return pieces.all().flatMap((members) => segmentOf(members, parts));
}

/** A port that nobody knows is none; a switch without table is one piece, whatever its ports. */
function memberOf(tables: Tables, end: End): Member | undefined {
  if (!tables.of[end.at]) return { kind: "blind", at: end.at };
  return end.port === undefined ? undefined : { kind: "port", end };
}

/** Each two that no switch with a table lies between, as far as tables tell. */
function facing(
  tables: Tables,
  toward: Directions,
  { settled, linked }: { readonly settled: ReadonlySet<string>; readonly linked: ReadonlySet<string> },
): readonly (readonly [Member, Member])[] {
  const found: (readonly [Member, Member])[] = [];
  for (const one of tables.shown)
    for (let other = 0; other < tables.of.length; other++) {
      const [left, right] = [sideOf(tables, toward, one, other), sideOf(tables, toward, other, one)];
      const isTwice = right?.kind === "port" && other < one;
      if (left?.kind !== "port" || !right || isTwice) continue;
      if ([left, right].some((side) => side.kind === "port" && settled.has(keyOf(side.end)))) continue;
      if (!linked.has(`${one} ${other}`) && isClear(tables, toward, one, other)) found.push([left, right]);
    }
  return found;
}

function sideOf(tables: Tables, toward: Directions, from: number, to: number): Member | undefined {
  if (from === to) return undefined;
  if (!tables.of[from]) return { kind: "blind", at: from };
  const port = toward[from]?.[to] ?? NOWHERE;
  return port === NOWHERE
    ? undefined
    : { kind: "port", end: { at: from, port: tables.portNames[from]?.[port] } };
}

function isClear(tables: Tables, toward: Directions, one: number, other: number): boolean {
  for (const third of tables.shown) {
    if (third === one || third === other) continue;
    if (isBetween(tables, toward, { one, other }, third) !== "no") return false;
  }
  return true;
}

/** Two ports of one switch in one piece are tables that are wrong, and nothing follows from them; unless LLDP says so. */
function segmentOf(members: readonly Member[], pieces: Pieces): readonly Segment[] {
  const ports = members.flatMap((member) => (member.kind === "port" ? member.end : []));
  const blind = members.flatMap((member) => (member.kind === "blind" ? member.at : []));
  const parts = [...Map.groupBy(members, (member) => pieces.rootOf(member)).values()];
  const isTwice = parts.some(([only, ...others]) => {
    if (only?.kind !== "port" || others.length > 0) return false;
    return ports.filter(({ at }) => at === only.end.at).length > 1;
  });
  return isTwice ? [] : [{ ports, blind, parts }];
}

const keyOf = ({ at, port }: End): string => portId(at, port ?? "");

/** Union-find. */
class Pieces {
  readonly #parent = new Map<string, string>();
  readonly #members = new Map<string, Member>();

  rootOf(member: Member): string {
    let root = member.kind === "port" ? keyOf(member.end) : `${member.at}`;
    for (let up = this.#parent.get(root); up !== undefined; up = this.#parent.get(root)) {
      // The way is half as long the next time.
      this.#parent.set(root, this.#parent.get(up) ?? up);
      root = up;
    }
    return root;
  }

  join(one: Member, other: Member): void {
    for (const member of [one, other])
      this.#members.set(member.kind === "port" ? keyOf(member.end) : `${member.at}`, member);
    const [left, right] = [this.rootOf(one), this.rootOf(other)].sort();
    if (left !== undefined && right !== undefined && left !== right) this.#parent.set(right, left);
  }

  all(): readonly (readonly Member[])[] {
    const members = [...this.#members]
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([, one]) => one);
    return [...Map.groupBy(members, (member) => this.rootOf(member)).values()];
  }
}
