/** The chains of one broadcast, and who stands where in them. Pure. */
import { chainCount } from "./chain_count.ts";
import { heldEndpoints, insertMember, setDown } from "./line.ts";
import { type Member, upstreamOf } from "./member.ts";
import { byPlace, type Order } from "./order.ts";
import { idealRank } from "./rank.ts";

/** After a restart new nodes wait so long until nobody goes by a list from before. */
const OPEN_MS = 5000;

export type ChainsOptions = {
  /** Nodes that reach the appliance by different addresses are never in one chain. */
  readonly sourceOf: (endpoint: string) => string;
  readonly order: Order;
  readonly sourceMbit?: number | undefined;
};

export class Chains {
  readonly #options: ChainsOptions;
  /** By network and number. */
  readonly #lines = new Map<string, Member[]>();
  readonly #nodeMbit = new Set<number>();
  #count = Number.POSITIVE_INFINITY;
  #hasRecovered = false;
  /** Have no place yet. */
  readonly #fresh = new Set<Member>();

  constructor(options: ChainsOptions) {
    this.#options = options;
  }

  lines(): Iterable<Member[]> {
    return this.#lines.values();
  }

  /** A faster node than before leaves room for fewer chains; then the last ones go on behind the first. */
  heardOf(linkMbit: number | undefined): void {
    if (linkMbit !== undefined) this.#nodeMbit.add(linkMbit);
    const { sourceMbit, order } = this.#options;
    if (order.chainOf) return;
    const wanted = chainCount({ sourceMbit, nodeMbit: [...this.#nodeMbit], nodes: order.count });
    if (wanted >= this.#count) return;
    this.#count = wanted;
    const lines = [...this.#lines];
    this.#lines.clear();
    for (const [name, members] of lines) {
      const [source = "", chain = "0"] = name.split(" ");
      const joined = `${source} ${Math.min(wanted - 1, Number(chain))}`;
      this.#lines.set(joined, [...(this.#lines.get(joined) ?? []), ...members]);
    }
  }

  /**
   * Gives a member its place.
   *
   * @param older the same node before it joined anew: its place is kept as long as old lists hold it
   */
  take(member: Member, older: Member | undefined): void {
    const line = this.#lineOf(member);
    if (older && this.#replaces(older, member)) return;
    this.#hasRecovered ||= member.recovered;
    if (member.isPinned) pin(line, member);
    else if (!this.#hasRecovered) insertMember(line, member);
    else if (member.recovered) setDown(line, holderIn(line, member) ?? line.length, member);
    else this.#fresh.add(member);
  }

  /**
   * After a restart: gives those a place that were not at it before. Lists from before may name
   * nodes that are away, and lead through them to anybody; so new nodes wait until there are no
   * such lists any more, or stand before those that have them.
   */
  placeFresh(nowMs: number): void {
    for (const member of this.#fresh) {
      if (member.state === "gone") {
        this.#fresh.delete(member);
        continue;
      }
      const line = this.#lineOf(member);
      const known = new Set(line.map(({ endpoint }) => endpoint));
      const source = this.#options.sourceOf(member.endpoint);
      const open = line.findIndex((other) => mayLeadAnywhere(other, known, source));
      if (open >= 0 && nowMs - member.joinedMs < OPEN_MS) continue;
      this.#fresh.delete(member);
      const holder = holderIn(line, member) ?? line.length;
      const before = open < 0 ? holder : Math.min(holder, open);
      if (before < line.length) setDown(line, before, member);
      else insertMember(line, member);
    }
  }

  /** After a restart: puts agents that do not say their list behind those that feed them, and those that they were told of. */
  sortRecovered(): void {
    for (const line of this.#lines.values()) {
      if (line.every(({ isPinned }) => isPinned)) continue;
      line.splice(0, line.length, ...feedersFirst(line));
      for (const [at, member] of line.entries())
        member.rank = Math.max(member.rank, (line[at - 1]?.rank ?? -1) + 1);
    }
  }

  /** @returns false when nobody holds the older one, which then has no place any more */
  #replaces(older: Member, member: Member): boolean {
    this.#fresh.delete(older);
    for (const line of this.#lines.values()) {
      const at = line.indexOf(older);
      if (at < 0) continue;
      if (older.isPinned || heldEndpoints(line).has(older.endpoint)) {
        line[at] = member;
        member.rank = older.rank;
        member.isPinned = older.isPinned;
        member.stepsBack = true;
        return true;
      }
      line.splice(at, 1);
    }
    return false;
  }

  #dealt(position: number): number {
    const share = position / Math.max(1, this.#options.order.count);
    return Math.min(this.#count - 1, Math.floor(share * this.#count));
  }

  #lineOf(member: Member): Member[] {
    const { node, endpoint, place } = member;
    const { order, sourceOf } = this.#options;
    const chain = order.chainOf ? (order.chainOf(node) ?? 0) : this.#dealt(place.position);
    const name = `${sourceOf(endpoint)} ${chain}`;
    if (!member.isPinned) member.rank = idealRank(chain, place.position);
    const line = this.#lines.get(name) ?? [];
    this.#lines.set(name, line);
    return line;
  }
}

/** Where its rank says; behind those that it was told of in any case. */
function pin(line: Member[], member: Member): void {
  const byRank = line.findIndex(({ rank }) => rank >= member.rank);
  const held = new Set(member.sent.flatMap(({ list }) => list));
  const lastHeld = line.findLastIndex(({ endpoint }) => held.has(endpoint));
  setDown(line, Math.max(byRank < 0 ? line.length : byRank, lastHeld + 1), member);
}

/** The first that was told of it. */
function holderIn(line: readonly Member[], { endpoint }: Member): number | undefined {
  const at = line.findIndex(({ sent }) => sent.some(({ list }) => list.includes(endpoint)));
  return at < 0 ? undefined : at;
}

/** A list from before the restart names somebody who is not here. */
const mayLeadAnywhere = ({ state, sent }: Member, known: ReadonlySet<string>, source: string): boolean =>
  state === "running" &&
  sent.some(({ isOld, list }) => isOld && list.some((name) => name !== source && !known.has(name)));

function feedersFirst(line: readonly Member[]): readonly Member[] {
  const byEndpoint = new Map(line.map((member) => [member.endpoint, member]));
  const sorted = new Set<Member>();
  const seen = new Set<Member>();
  const next = line.toSorted(byPlace).reverse();
  for (let member = next.at(-1); member; member = next.at(-1)) {
    const above = seen.has(member) ? [] : feedersOf(member, byEndpoint);
    seen.add(member);
    const missing = above.filter((feeder) => !seen.has(feeder));
    if (missing.length > 0) next.push(...missing);
    else sorted.add(next.pop() ?? member);
  }
  return [...sorted];
}

function feedersOf(member: Member, byEndpoint: ReadonlyMap<string, Member>): readonly Member[] {
  const endpoints = [...member.sent.flatMap(({ list }) => list), upstreamOf(member) ?? ""];
  return endpoints.flatMap((endpoint) => byEndpoint.get(endpoint) ?? []);
}
