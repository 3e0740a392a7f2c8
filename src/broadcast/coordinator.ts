/**
 * The coordinator of one broadcast: from who joins, in which order nodes
 * stand, what they report and the time to the list of upstreams of each, and
 * to what a person should hear of.
 *
 * Agents heal by themselves, by their lists; the coordinator follows them and
 * never sends anybody back to an upstream that it has left.
 *
 * Pure: no clock, no socket. `broadcasts.ts` does the telling, `simulation/`
 * runs the same code against nodes that are not there.
 */
import type { UpstreamList } from "#src/agent/requests.ts";
import { Chains } from "./chains.ts";
import type { Decision, Finding } from "./decision.ts";
import { moveBack } from "./line.ts";
import {
  isAstray,
  isSameList,
  isSettled,
  isSilent,
  type LeafReason,
  type Member,
  newMember,
  type Report,
  recover,
  takeReport,
  tellList,
  toldList,
  upstreamOf,
  wasCutOff,
} from "./member.ts";
import type { Order } from "./order.ts";
import { GRACE_MS, planLine } from "./plan.ts";
import { listName } from "./rank.ts";
import { Stragglers } from "./stragglers.ts";

/** PROTOCOL.md section 3: the second bad chunk takes a node off the lists. */
const MAX_BAD_CHUNKS = 1;
/** After a restart of the appliance nobody is told anything before all have had the time to come back. */
const RECOVERY_MS = 3000;

export type CoordinatorOptions = {
  /**
   * `ADDRESS:PORT` of the appliance as the node at an endpoint reaches it. Nodes that reach it
   * by different addresses are on different networks, and do not feed each other.
   */
  readonly sourceOf: (endpoint: string) => string;
  readonly order: Order;
  readonly sourceMbit?: number | undefined;
  /** Tells this process of the appliance from those before it, in the names of lists. No dots, at most 32 characters. */
  readonly run: string;
  /** Chunks of the image unpacked, on average. */
  readonly chunkRawBytes: number;
};

export type Joining = {
  readonly node: string;
  /** `ADDRESS:PORT` where it is going to serve. */
  readonly endpoint: string;
  readonly linkMbit?: number | undefined;
  /** It is at it already, by this list, and this feeds it: the appliance was restarted. An older agent does not say its list. */
  readonly running?:
    | {
        readonly upstream: string | undefined;
        readonly list?: string | undefined;
        readonly upstreams?: readonly string[] | undefined;
      }
    | undefined;
};

type Saying = {
  readonly nowMs: number;
  readonly ask: Map<string, UpstreamList>;
  readonly tell: Map<string, UpstreamList>;
};

export class Coordinator {
  readonly #options: CoordinatorOptions;
  readonly #chains: Chains;
  readonly #members = new Map<string, Member>();
  readonly #stragglers: Stragglers;
  #findings: Finding[] = [];
  #recoveredMs = Number.NEGATIVE_INFINITY;
  /** Somebody steps back, and waits for others to go by newer lists. */
  #isMoving = false;
  #named = 0;
  /** Of the chains as they were before the appliance was restarted. */
  #recovery: "none" | "on" | "over" = "none";

  constructor(options: CoordinatorOptions) {
    this.#options = options;
    this.#chains = new Chains(options);
    this.#stragglers = new Stragglers({
      at: (endpoint) => this.#at(endpoint),
      chunkRawBytes: options.chunkRawBytes,
      onSlow: ({ member, why, rate, otherRate }) => {
        this.#makeLeaf(member, why);
        this.#findings.push({ kind: "slow", node: member.node, why, rate, otherRate });
      },
    });
  }

  get nodes(): readonly string[] {
    return [...this.#members.values()].filter(({ state }) => state !== "gone").map(({ node }) => node);
  }

  isListening(node: string): boolean {
    return this.#members.get(node)?.stage === "listening";
  }

  /** Takes a node in. One that was there before starts anew, with its bad name. */
  join({ node, endpoint, linkMbit, running }: Joining, nowMs: number): void {
    this.#chains.heardOf(linkMbit);
    const older = this.#members.get(node);
    const member = newMember(node, endpoint, nowMs, this.#options.order.placeOf(node));
    member.linkMbit = linkMbit;
    member.badChunks = older?.badChunks ?? 0;
    if (older?.leaf === "badChunks") member.leaf = "badChunks";
    this.#members.set(node, member);
    if (running) {
      recover(member, running, nowMs);
      // Nobody has been told of one that comes when the others have their lists: it may as well be the last.
      if (this.#recovery !== "over") this.#recovery = "on";
      this.#recoveredMs = nowMs;
    }
    this.#chains.take(member, older);
  }

  /** The member serves now, at `endpoint`. */
  listens(node: string, endpoint: string): void {
    const member = this.#members.get(node);
    if (!member || member.state === "gone") return;
    member.endpoint = endpoint;
    member.stage = "listening";
  }

  /** @returns whether it is worth a decision at once */
  report(node: string, report: Report): boolean {
    const member = this.#members.get(node);
    if (!member) return false;
    const isNewer = takeReport(member, report);
    this.#followHealing(member, report);
    const isSlow =
      this.#recovery !== "on" && this.#stragglers.heard(member, () => [...this.#members.values()]);
    return isSlow || (isNewer && this.#isMoving);
  }

  /** What was asked of it is over. A copy that is not well goes to nobody. */
  finished(node: string, ok: boolean): void {
    const member = this.#members.get(node);
    if (member) member.state = ok ? "done" : "failed";
  }

  lost(node: string, nowMs: number): void {
    const member = this.#members.get(node);
    if (member) member.lostMs ??= nowMs;
  }

  /** It is within reach again, in the same boot, and is told its list again. */
  back(node: string, nowMs: number): void {
    const member = this.#members.get(node);
    if (!member) return;
    // Whoever it fed has gone elsewhere meanwhile, or is about to.
    if (member.lostMs !== undefined && nowMs - member.lostMs >= GRACE_MS && member.state === "running")
      member.stepsBack = true;
    member.lostMs = undefined;
    const told = member.sent.at(-1);
    if (told) told.sentMs = nowMs;
  }

  /** It booted anew, or was told to stop. */
  drop(node: string): void {
    const member = this.#members.get(node);
    if (member) member.state = "gone";
  }

  /** Counts a bad chunk. @returns the node that serves at `endpoint`, if it is one. */
  blame(endpoint: string): string | undefined {
    const member = this.#at(endpoint);
    if (!member) return undefined;
    member.badChunks++;
    if (member.badChunks > MAX_BAD_CHUNKS && member.leaf === undefined) {
      this.#makeLeaf(member, "badChunks");
      this.#findings.push({ kind: "distrusted", node: member.node });
    }
    return member.node;
  }

  /** What is to be said to whom now. Ask after each change, and once a second. */
  decide(nowMs: number): Decision {
    if (this.#recovery === "on") {
      if (nowMs - this.#recoveredMs < RECOVERY_MS) return this.#leaveAlone(nowMs);
      this.#chains.sortRecovered();
      this.#recovery = "over";
    }
    this.#stragglers.look(this.#chains.lines(), nowMs);
    this.#chains.placeFresh(nowMs);
    this.#isMoving = false;
    const ask = new Map<string, UpstreamList>();
    const tell = new Map<string, UpstreamList>();
    for (const line of this.#chains.lines()) {
      this.#isMoving = moveBack(line) || this.#isMoving;
      const { lists, crowding } = planLine(line, {
        source: this.#options.sourceOf(line[0]?.endpoint ?? ""),
        nowMs,
      });
      for (const [member, list] of lists) this.#say(member, list, { nowMs, ask, tell });
      for (const member of crowding) member.stepsBack ||= !member.isPinned;
    }
    const findings = this.#findings;
    this.#findings = [];
    return { ask, tell, findings };
  }

  /** Those that were at it go on with the lists that they have; what these are nobody knows, so nobody gets another. */
  #leaveAlone(nowMs: number): Decision {
    const ask = new Map<string, UpstreamList>();
    for (const member of this.#members.values()) {
      if (!member.recovered || member.stage !== "waiting") continue;
      member.stage = "asked";
      member.askedMs = nowMs;
      const upstreams = [...toldList(member), this.#options.sourceOf(member.endpoint)];
      ask.set(member.node, { upstreams, list: this.#nameFor(member) });
    }
    return { ask, tell: new Map(), findings: [] };
  }

  #say(member: Member, upstreams: readonly string[], { nowMs, ask, tell }: Saying): void {
    const told = { upstreams, list: this.#nameFor(member) };
    if (member.stage === "waiting") {
      member.stage = "asked";
      member.askedMs = nowMs;
      ask.set(member.node, told);
      // One that is at it does not look at the list of a request.
      if (member.recovered) return;
    } else {
      const isKnown = isSameList(toldList(member), upstreams) && !member.hasOldList;
      if (isKnown && !isAstray(member, this.#options.sourceOf(member.endpoint))) return;
      member.hasOldList = false;
      tell.set(member.node, told);
    }
    tellList(member, { list: upstreams, name: told.list, sentMs: nowMs });
  }

  #nameFor({ rank }: Member): string {
    return listName(this.#options.run, ++this.#named, rank);
  }

  /** A member that took another upstream than its first has found that one wanting, or was cut off itself. */
  #followHealing(member: Member, { upstream, atMs }: Report): void {
    const list = toldList(member);
    const at = list.indexOf(upstream ?? "");
    if (at <= 0 || !isSettled(member) || wasCutOff(member)) return;
    for (const endpoint of list.slice(0, at)) {
      if (member.shunned.has(endpoint)) continue;
      member.shunned.add(endpoint);
      const left = this.#at(endpoint);
      if (!left) continue;
      this.#findings.push({
        ...{ kind: "leftUpstream", node: member.node, from: left.node },
        to: this.#at(upstream ?? "")?.node ?? "the appliance",
      });
      if (left.state === "running" && (isSilent(left, atMs) || !this.#feedsAnybody(left)))
        left.stepsBack = true;
    }
  }

  #feedsAnybody({ endpoint }: Member): boolean {
    for (const member of this.#members.values())
      if (member.state === "running" && upstreamOf(member) === endpoint) return true;
    return false;
  }

  #makeLeaf(member: Member, why: LeafReason): void {
    member.leaf = why;
    member.stepsBack = true;
  }

  #at(endpoint: string): Member | undefined {
    if (endpoint === "") return undefined;
    for (const member of this.#members.values()) if (member.endpoint === endpoint) return member;
    return undefined;
  }
}
