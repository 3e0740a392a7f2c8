/**
 * Who feeds whom in one chain, in the order of its members: each is given the
 * nearest before it that feeds nobody yet. So everyone has an upstream of its
 * own, one takes from the appliance, and whoever feeds nobody (a slow node, a
 * poisoner) is passed by. Every list ends with the appliance, so every member
 * can always finish.
 *
 * Pure: no clock, no socket.
 */
import { TOGETHER_MS } from "./line.ts";
import {
  isFeeding,
  isSettled,
  isSilent,
  isTaking,
  lastReport,
  type Member,
  receivedBytes,
  toldList,
  upstreamOf,
} from "./member.ts";
import { crossings } from "./order.ts";

/** Enough that two neighbours can die at once and the chain closes without the appliance. */
const MAX_PEERS = 3;
/** How far back spare upstreams are looked for. */
const SPARE_REACH = 16;
/** One that was asked to take part serves within a round trip or so; longer than this nobody waits for it. */
const COMING_MS = 1000;
/** A lost agent keeps those it feeds so long, for a connection may break without its node. */
export const GRACE_MS = 5000;
const IN_PLACE_MS = 3000;
/** What a slow node takes of its upstream. */
const LEAF_WEIGHT = 0.25;

export type PlanContext = {
  /** `ADDRESS:PORT` of the appliance. */
  readonly source: string;
  readonly nowMs: number;
};

export type Plan = {
  /** The list of each member that is to be fed. */
  readonly lists: ReadonlyMap<Member, readonly string[]>;
  /** They take half of somebody's link and feed nobody: at the end they would cost nothing. */
  readonly crowding: readonly Member[];
};

export function planLine(line: readonly Member[], context: PlanContext): Plan {
  const feeders = new Feeders(line, context);
  const lists = new Map<Member, readonly string[]>();
  for (const member of line) {
    if (isTaking(member)) lists.set(member, feeders.listFor(member));
    feeders.add(member);
  }
  return { lists, crowding: feeders.crowding() };
}

/** Those before the member in question, and what they have to do already. */
class Feeders {
  readonly #nowMs: number;
  readonly #source: string;
  /** Endpoints of all members. */
  readonly #known: ReadonlySet<string>;
  /** In order. */
  readonly #all: Member[] = [];
  readonly #byEndpoint = new Map<string, Member>();
  readonly #load = new Map<Member, number>();
  readonly #fed = new Map<Member, Member[]>();
  /** In order; they have room for one more. */
  readonly #free = new Set<Member>();

  constructor(line: readonly Member[], { source, nowMs }: PlanContext) {
    this.#nowMs = nowMs;
    this.#source = source;
    this.#known = new Set(line.map(({ endpoint }) => endpoint));
  }

  add(member: Member): void {
    const { lostMs } = member;
    if (!isFeeding(member) && !this.#isComing(member)) return;
    this.#byEndpoint.set(member.endpoint, member);
    if (lostMs !== undefined && this.#nowMs - lostMs >= GRACE_MS) return;
    this.#all.push(member);
    if (lostMs === undefined) this.#free.add(member);
  }

  /**
   * Best first. A new member may be given one that is about to serve; until that serves, the
   * appliance is not in its list, or half of those that join at once would take from it.
   */
  listFor(member: Member): readonly string[] {
    const first = this.#choose(member);
    if (!first) return [...this.#unknownFeeder(member), this.#source];
    this.#burden(first, member);
    const peers = [first.endpoint];
    for (let at = this.#all.length - 1; at >= 0 && at >= this.#all.length - SPARE_REACH; at--) {
      const spare = this.#all[at];
      if (!spare || spare === first || !this.#suits(spare, member)) continue;
      if (peers.push(spare.endpoint) === MAX_PEERS) break;
    }
    return first.stage === "listening" ? [...peers, this.#source] : peers;
  }

  crowding(): readonly Member[] {
    return [...this.#fed.values()].flatMap((fed) => {
      if (fed.length < 2) return [];
      const full = fed.filter((member) => this.#weightOf(member) === 1);
      const idle = full.filter((member) => !this.#fed.has(member) && this.#isInPlace(member));
      // The last of those that feed nobody is where the chain ends.
      return full.length > 1 ? idle.slice(0, idle.length === full.length ? -1 : undefined) : [];
    });
  }

  /** It has had the time to get somebody to feed. */
  #isInPlace({ stage, joinedMs, steadySinceMs }: Member): boolean {
    return stage === "listening" && this.#nowMs - Math.max(joinedMs, steadySinceMs) > IN_PLACE_MS;
  }

  #isComing({ stage, askedMs, state, leaf, stepsBack, lostMs }: Member): boolean {
    const isWell = state === "running" && leaf === undefined && !stepsBack && lostMs === undefined;
    return stage !== "listening" && isWell && this.#nowMs - askedMs < COMING_MS;
  }

  /**
   * After a restart of the appliance: one that had finished before and is still fed from. One
   * that gives nothing may be away, and be fed by anybody when it comes back.
   */
  #unknownFeeder(member: Member): readonly string[] {
    const upstream = member.recovered ? upstreamOf(member) : undefined;
    if (upstream === undefined || upstream === this.#source || member.shunned.has(upstream)) return [];
    return this.#known.has(upstream) || !isFedBy(member, upstream) ? [] : [upstream];
  }

  #choose(member: Member): Member | undefined {
    const incumbent = this.#byEndpoint.get(upstreamOf(member) ?? "");
    if (incumbent && this.#holdsOn(incumbent, member)) return incumbent;
    return this.#nearestFree(member) ?? this.#leastBurdened(member, incumbent);
  }

  /** What works is not changed, unless somebody else was put between the two. */
  #holdsOn(incumbent: Member, member: Member): boolean {
    if (member.shunned.has(incumbent.endpoint)) return false;
    if (incumbent.lostMs !== undefined)
      return this.#nowMs - incumbent.lostMs < GRACE_MS || isFedBy(member, incumbent.endpoint);
    return this.#hasRoom(incumbent, member) && this.#suits(incumbent, member);
  }

  #nearestFree(member: Member): Member | undefined {
    let best: { readonly feeder: Member; readonly cost: number } | undefined;
    if (this.#free.size === 0) return undefined;
    for (const feeder of [...this.#free].reverse()) {
      if (!this.#hasRoom(feeder, member) || !this.#suits(feeder, member)) continue;
      const cost = crossings(feeder.place, member.place);
      if (!best || cost < best.cost) best = { feeder, cost };
      if (cost === 0) break;
    }
    return best?.feeder;
  }

  #leastBurdened(member: Member, incumbent: Member | undefined): Member | undefined {
    let best: { readonly feeder: Member; readonly cost: number } | undefined;
    for (let at = this.#all.length - 1; at >= 0; at--) {
      const feeder = this.#all[at];
      if (!feeder || !this.#suits(feeder, member)) continue;
      const held = feeder === incumbent ? 0 : 1;
      const cost = this.#loadOf(feeder) * 1000 + held * 100 + crossings(feeder.place, member.place);
      if (!best || cost < best.cost) best = { feeder, cost };
    }
    return best?.feeder;
  }

  #suits(feeder: Member, member: Member): boolean {
    if (member.shunned.has(feeder.endpoint)) return false;
    if (feeder.stage !== "listening" && toldList(member).includes(this.#source)) return false;
    if (feeder.lostMs !== undefined && toldList(member)[0] !== feeder.endpoint) return false;
    return !isBehind(feeder, member);
  }

  #hasRoom(feeder: Member, member: Member): boolean {
    return this.#free.has(feeder) && this.#loadOf(feeder) + this.#weightOf(member) <= 1;
  }

  #burden(feeder: Member, member: Member): void {
    const load = this.#loadOf(feeder) + this.#weightOf(member);
    this.#load.set(feeder, load);
    const fed = this.#fed.get(feeder);
    if (fed) fed.push(member);
    else this.#fed.set(feeder, [member]);
    if (load >= 1) this.#free.delete(feeder);
  }

  #loadOf(feeder: Member): number {
    return this.#load.get(feeder) ?? 0;
  }

  #weightOf(member: Member): number {
    if (isSilent(member, this.#nowMs)) return 0;
    return member.leaf === "disk" || member.leaf === "link" ? LEAF_WEIGHT : 1;
  }
}

/** Its own reports say that the one at `endpoint` gives it bytes. */
function isFedBy(member: Member, endpoint: string): boolean {
  const [before, last] = member.reports.slice(-2);
  return (
    last !== undefined &&
    last.upstream === endpoint &&
    isSettled(member) &&
    last.receivedBytes > (before?.receivedBytes ?? 0)
  );
}

/** Taking from `feeder` would mean waiting for it. */
function isBehind(feeder: Member, member: Member): boolean {
  if (feeder.state === "done" || lastReport(member)?.upstream === feeder.endpoint) return false;
  if (feeder.joinedMs - member.joinedMs <= TOGETHER_MS && member.joinedMs - feeder.joinedMs <= TOGETHER_MS)
    return false;
  const slackBytes = 4 * 2 ** 20 + 1.5 * member.lastRate;
  return receivedBytes(feeder) + slackBytes < receivedBytes(member);
}
