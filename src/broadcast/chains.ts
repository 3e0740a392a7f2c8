/** The chains of one broadcast, and who stands where in them. Pure. */
import { chainCount } from "./chain_count.ts";
import { heldEndpoints, insertMember } from "./line.ts";
import { type Member, upstreamOf } from "./member.ts";
import { byPlace, type Order } from "./order.ts";

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
    // After a restart it may feed somebody before it is known here.
    const holder = !this.#hasRecovered
      ? -1
      : line.findIndex(({ sent }) => sent.some(({ list }) => list.includes(member.endpoint)));
    if (holder >= 0) line.splice(holder, 0, member);
    else if (member.recovered) line.push(member);
    else insertMember(line, member);
  }

  /** After a restart: puts everybody behind those that feed it, and those that it was told of. */
  sortRecovered(): void {
    for (const line of this.#lines.values()) line.splice(0, line.length, ...feedersFirst(line));
  }

  /** @returns false when nobody holds the older one, which then has no place any more */
  #replaces(older: Member, member: Member): boolean {
    for (const line of this.#lines.values()) {
      const at = line.indexOf(older);
      if (at < 0) continue;
      if (heldEndpoints(line).has(older.endpoint)) {
        line[at] = member;
        member.stepsBack = true;
        return true;
      }
      line.splice(at, 1);
    }
    return false;
  }

  #lineOf({ endpoint, place }: Member): Member[] {
    const { order, sourceOf } = this.#options;
    const share = place.position / Math.max(1, order.count);
    const chain = Math.min(this.#count - 1, Math.floor(share * this.#count));
    const name = `${sourceOf(endpoint)} ${chain}`;
    const line = this.#lines.get(name) ?? [];
    this.#lines.set(name, line);
    return line;
  }
}

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
