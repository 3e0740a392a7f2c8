/**
 * Where nodes stand: the order in which a chain should go through them, and
 * how far apart they are. Both are given: by the fabric where it is known, by
 * the names of the nodes where it is not.
 *
 * Pure.
 */
import { naturalOrder } from "#src/value/natural_order.ts";

export type Place = {
  /** Place in the depth-first walk over the switches, from 0. Equal places go by name. */
  readonly position: number;
  /** Switches from the appliance's own down to the node's. Empty: not known. */
  readonly path: readonly string[];
};

/** The nodes of one broadcast. A node that it does not know stands at {@link NOWHERE}. */
export type Order = {
  readonly placeOf: (node: string) => Place;
  /** Number of nodes that have a place. */
  readonly count: number;
  /**
   * Number of a node's chain, from 0, where the links between switches say how many there may be. Without it as many
   * as the source carries, each with as many nodes.
   */
  readonly chainOf?: ((node: string) => number | undefined) | undefined;
};

export const NOWHERE: Place = { position: 0, path: [] };

/** The order of the names, as people count; nothing is known of switches. */
export function orderByName(nodes: readonly string[]): Order {
  const sorted = [...nodes].sort(naturalOrder);
  const places = new Map(sorted.map((node, position) => [node, { position, path: [] }]));
  return { placeOf: (node) => places.get(node) ?? NOWHERE, count: places.size };
}

export type Placed = { readonly node: string; readonly place: Place };

/** For `Array.prototype.sort`. */
export const byPlace = (left: Placed, right: Placed): number =>
  left.place.position - right.place.position || naturalOrder(left.node, right.node);

/** Links between switches on the way from one node to another. */
export function crossings({ path: left }: Place, { path: right }: Place): number {
  const most = Math.min(left.length, right.length);
  let shared = 0;
  while (shared < most && left[shared] === right[shared]) shared++;
  return left.length + right.length - 2 * shared;
}

/** The same switch, or nothing is known of either. */
export const isBeside = (left: Place, right: Place): boolean =>
  left.path === right.path || (left.path.length === right.path.length && crossings(left, right) === 0);
