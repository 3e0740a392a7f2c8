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
 * The best is the nearest earlier member that feeds nobody yet: the tail of
 * the chain so far. A member that does not feed therefore leaves no hole, and
 * is nobody's burden. With all feeding exactly one member has the appliance first.
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
  const fed = new Set<Member>();
  /** Those that may feed, nearest last. */
  const feeders: Member[] = [];
  for (const member of inOrder) {
    const best = feeders.findLast((feeder) => !fed.has(feeder)) ?? feeders.at(-1);
    // Who feeds nobody on must not take the tail's place from the one after it.
    if (best && member.feeds) fed.add(best);
    const others = feeders.toReversed().filter((feeder) => feeder !== best);
    const peers = best ? [best, ...others].slice(0, MAX_PEERS) : [];
    lists.set(member.node, [...peers.map((peer) => peer.endpoint), source]);
    if (member.feeds) feeders.push(member);
  }
  return lists;
}
