/**
 * Cables: the links of machines and between switches, each with a rate in
 * either direction, shared by all that goes over it in turns. Pure.
 */
import type { Place } from "../order.ts";

/** One direction of a cable. */
export type Link = {
  readonly name: string;
  bytesPerMs: number;
  /** When it has carried all that it was given so far. */
  freeMs: number;
  carriedBytes: number;
};

export type SwitchPlan = {
  /** Number of the switch above; the first one is the appliance's and has none. */
  readonly above: number;
  readonly uplinkMbit: number;
};

export type FabricPlan = {
  readonly switches: readonly SwitchPlan[];
  /** Switch of each node. */
  readonly switchOf: readonly number[];
};

export const bytesPerMs = (mbit: number): number => (mbit * 1e6) / 8 / 1000;

export const newLink = (name: string, mbit: number): Link => ({
  ...{ name, bytesPerMs: bytesPerMs(mbit), freeMs: 0, carriedBytes: 0 },
});

/** Gives a link its turn. @returns when it has carried `bytes`, if they are there at once from `startMs` */
export function carry(link: Link, bytes: number, startMs: number): number {
  link.freeMs = Math.max(link.freeMs, startMs) + bytes / link.bytesPerMs;
  return link.freeMs;
}

/** Takes back what was given to a link and will not go over it. */
export function cancel(link: Link, bytes: number, nowMs: number): void {
  link.freeMs = Math.max(Math.min(nowMs, link.freeMs), link.freeMs - bytes / link.bytesPerMs);
}

export class Fabric {
  readonly up: readonly Link[];
  readonly down: readonly Link[];
  readonly #above: readonly number[];
  readonly #paths = new Map<number, readonly Link[]>();
  readonly #places: readonly Place[];

  constructor({ switches, switchOf }: FabricPlan) {
    this.#above = switches.map(({ above }) => above);
    this.up = switches.map(({ uplinkMbit }, at) => newLink(`switch${at} up`, uplinkMbit));
    this.down = switches.map(({ uplinkMbit }, at) => newLink(`switch${at} down`, uplinkMbit));
    this.#places = placesOf(this.#above, switchOf);
  }

  placeOf(node: number): Place {
    return this.#places[node] ?? { position: 0, path: [] };
  }

  /** Links between two switches, in the order in which bytes go over them. */
  path(from: number, to: number): readonly Link[] {
    const key = from * this.#above.length + to;
    const known = this.#paths.get(key);
    if (known) return known;
    const found = this.#find(from, to);
    this.#paths.set(key, found);
    return found;
  }

  #find(from: number, to: number): readonly Link[] {
    const [climb, descend] = [pathTo(this.#above, from), pathTo(this.#above, to)];
    let shared = 0;
    while (climb[shared] !== undefined && climb[shared] === descend[shared]) shared++;
    const ups = climb.slice(shared).reverse();
    const links = [...ups.map((at) => this.up[at]), ...descend.slice(shared).map((at) => this.down[at])];
    return links.filter((link) => link !== undefined);
  }
}

/** Switches from the first one down to this one. */
function pathTo(above: readonly number[], at: number): readonly number[] {
  const path: number[] = [];
  for (let next = at; next >= 0; next = above[next] ?? -1) path.unshift(next);
  return path;
}

/** The depth-first walk over the switches: nodes of a switch, then those of the switches below it. */
function placesOf(above: readonly number[], switchOf: readonly number[]): readonly Place[] {
  const paths = above.map((_, at) => pathTo(above, at));
  const names = paths.map((path) => path.map((at) => `switch${at}`));
  const ranks = new Map(
    paths
      .map((path, at) => ({ path, at }))
      .sort((left, right) => comparePaths(left.path, right.path))
      .map(({ at }, rank) => [at, rank]),
  );
  const inOrder = switchOf
    .map((at, node) => ({ at, node, rank: ranks.get(at) ?? 0 }))
    .sort((left, right) => left.rank - right.rank || left.node - right.node);
  const places: Place[] = [];
  for (const [position, { node, at }] of inOrder.entries())
    places[node] = { position, path: names[at] ?? [] };
  return places;
}

function comparePaths(left: readonly number[], right: readonly number[]): number {
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
