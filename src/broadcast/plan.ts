/**
 * Who feeds whom: from the members of a broadcast to each one's list of
 * upstreams. First cut: one chain in the order of joining.
 *
 * A member is only ever given members that joined before it, so no list can
 * close a ring, whatever happens to whom. Every list ends with the appliance,
 * so every member can always finish.
 *
 * Pure: no clock, no socket.
 */
import { naturalOrder } from "#src/value/natural_order.ts";

export type Member = {
  readonly node: string;
  /** Where it serves, `ADDRESS:PORT`. */
  readonly endpoint: string;
  /** Grows with each join. Equal numbers joined at once and go by name. */
  readonly joined: number;
  /** False: it takes the image, but nobody is given to it: not listening yet, out of reach, or known to send bad chunks. */
  readonly feeds: boolean;
};

/** Enough that two neighbours can die at once and the chain closes without the appliance. */
const MAX_PEERS = 3;

/**
 * The upstreams of each member, best first, by node name.
 *
 * The best is the nearest earlier member that feeds, which is the one that
 * nobody was given to yet: the tail of the chain so far. A member that does
 * not feed hangs on that tail as a leaf and the chain grows past it. With all
 * feeding exactly one member, the first, has the appliance first.
 *
 * @param source `ADDRESS:PORT` of the appliance
 */
export function planUpstreams(
  members: readonly Member[],
  source: string,
): ReadonlyMap<string, readonly string[]> {
  const inOrder = [...members].sort(
    (left, right) => left.joined - right.joined || naturalOrder(left.node, right.node),
  );
  const lists = new Map<string, readonly string[]>();
  let nearest: readonly string[] = [];
  for (const { node, endpoint, feeds } of inOrder) {
    lists.set(node, [...nearest, source]);
    if (feeds) nearest = [endpoint, ...nearest].slice(0, MAX_PEERS);
  }
  return lists;
}
