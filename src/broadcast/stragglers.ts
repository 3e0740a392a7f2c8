/** Those of one broadcast that hold up others: when to look for them, and whom to blame. Pure. */
import { fillingOf, isTelling, lagOf } from "./lag.ts";
import { lastReport, type Member } from "./member.ts";
import { findSlow, findSlowCards, findTiredHeads, type Slow } from "./slow.ts";

const LOOK_MS = 1000;
const MAX_TIRED_HEADS = 2;

export type StragglersOptions = {
  readonly at: (endpoint: string) => Member | undefined;
  /** Chunks unpacked, on average. */
  readonly chunkRawBytes: number;
  /** It is to feed nobody from now on. */
  readonly onSlow: (slow: Slow) => void;
};

export class Stragglers {
  readonly #options: StragglersOptions;
  /** Upstreams that somebody took too little from, with who that was. */
  readonly #slowFrom = new Map<string, Member>();
  readonly #tiredHeads = new Set<string>();
  #lookedMs = 0;

  constructor(options: StragglersOptions) {
    this.#options = options;
  }

  /** Compares all, once a second. */
  look(lines: Iterable<readonly Member[]>, nowMs: number): void {
    if (nowMs - this.#lookedMs < LOOK_MS) return;
    this.#lookedMs = nowMs;
    for (const line of lines) {
      for (const slow of [...findSlowCards(line), ...findSlow(line, nowMs)]) this.#blame(slow);
      for (const head of findTiredHeads(line, nowMs)) {
        // Once: when the next head is no faster, the appliance is slow.
        if (this.#tiredHeads.has(head.node) || head.isPinned) continue;
        this.#tiredHeads.add(head.node);
        if (this.#tiredHeads.size <= MAX_TIRED_HEADS) head.stepsBack = true;
      }
    }
  }

  /** Looks at what a member has just said. @returns whether that has consequences */
  heard(member: Member, members: () => readonly Member[]): boolean {
    if (!isTelling(member)) return false;
    const { chunkRawBytes } = this.#options;
    const all = members();
    const lag = lagOf(member, all, chunkRawBytes);
    const slow = lag ?? fillingOf(member, all, chunkRawBytes);
    if (!slow) return false;
    this.#blame(slow);
    return true;
  }

  /** The second to get too little from the same upstream shows that not they are slow. */
  #blame(slow: Slow): void {
    const { member, why } = slow;
    const upstream = lastReport(member)?.upstream ?? "";
    const earlier = this.#slowFrom.get(upstream);
    const feeder = this.#options.at(upstream);
    const guilty = why === "link" && earlier && earlier !== member && feeder ? feeder : member;
    if (guilty === feeder && earlier?.leaf === "link") earlier.leaf = undefined;
    if (why === "link") this.#slowFrom.set(upstream, member);
    if (guilty.leaf === undefined) this.#options.onSlow({ ...slow, member: guilty });
  }
}
