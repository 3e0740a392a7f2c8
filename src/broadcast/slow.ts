/**
 * Who holds up the others: a member that takes less than half of what those
 * before it took, for three seconds (less than a third: for two), although
 * its upstream has more, or that writes less than half of what the others write while its memory is full.
 *
 * Those behind a slow member are as slow as it is and not to blame; so it is
 * compared with those before it, or with those that it does not feed.
 *
 * Pure.
 */
import { isSilent, lastReport, type Member, type Report, receivedBytes } from "./member.ts";

const WINDOW_MS = 3000;
/** One that takes so little is no doubtful case. */
const CRAWLING_SHARE = 0.3;
const CRAWLING_WINDOW_MS = 2000;
/** Reports come once a second, but not on the dot. */
const JITTER_MS = 250;
const SLOW_SHARE = 0.5;
const FULL_SHARE = 0.75;
/** What lies between a member and its upstream because their reports are of different moments, and more. */
const GAP_SEC = 1.5;
const MIN_GAP_BYTES = 4 * 2 ** 20;
/** How far up neighbours are asked for their rate. */
const NEIGHBOURS = 8;

export type Slow = {
  readonly member: Member;
  readonly why: "disk" | "link";
  /** Bytes a second: compressed ones received (link), raw ones written (disk). */
  readonly rate: number;
  readonly otherRate: number;
};

type Crew = {
  readonly byEndpoint: ReadonlyMap<string, Member>;
  /** By endpoint of the upstream. */
  readonly below: ReadonlyMap<string, readonly Member[]>;
};

/** Those of one chain that are to feed nobody from now on, but for those that do so already. */
export function findSlow(line: readonly Member[], nowMs: number): readonly Slow[] {
  const candidates = line.filter((member) => isCandidate(member, nowMs));
  if (candidates.length === 0) return [];
  const crew: Crew = {
    byEndpoint: new Map(line.map((member) => [member.endpoint, member])),
    below: Map.groupBy(line.filter(isRunning), (member) => lastReport(member)?.upstream ?? ""),
  };
  return candidates.flatMap((member) => slowDisk(member, crew, line) ?? slowLink(member, crew) ?? []);
}

/** Those whose card says that it has less than half of what the others have: before they slow anybody. */
export function findSlowCards(line: readonly Member[]): readonly Slow[] {
  const known = line.filter((member) => isRunning(member) && member.linkMbit !== undefined);
  const otherMbit = median(known.map(({ linkMbit = 0 }) => linkMbit));
  return known.flatMap((member) => {
    const { linkMbit = 0, leaf } = member;
    if (leaf !== undefined || linkMbit >= SLOW_SHARE * otherMbit) return [];
    return { member, why: "link", rate: (linkMbit * 1e6) / 8, otherRate: (otherMbit * 1e6) / 8 };
  });
}

/**
 * Heads that take less than half of what they once did. Before them is only the appliance, so
 * it may be that one which has become slow: they may try elsewhere, and feed on.
 */
export function findTiredHeads(line: readonly Member[], nowMs: number): readonly Member[] {
  const endpoints = new Set(line.map(({ endpoint }) => endpoint));
  const isOnlyOne = line.filter(isRunning).length < 2;
  return line.filter((member) => {
    const { upstream, heldBytes = 0 } = lastReport(member) ?? {};
    // Without an upstream it has all of it, and only writes.
    const isHead = upstream !== undefined && !endpoints.has(upstream);
    if (isOnlyOne || !isHead || !isCandidate(member, nowMs)) return false;
    const rate = rateOf(member, received) ?? member.bestRate;
    // Who has not written what came is held up by itself: fast at first, while its memory filled.
    if (heldBytes > Math.max(MIN_GAP_BYTES, GAP_SEC * rate)) return false;
    return rate < SLOW_SHARE * member.bestRate;
  });
}

const isRunning = ({ state }: Member): boolean => state === "running";

function isCandidate(member: Member, nowMs: number): boolean {
  const { state, stage, leaf, stepsBack } = member;
  const isKnown = leaf !== undefined || stepsBack || isSilent(member, nowMs);
  const isHeard = windowOf(member, CRAWLING_WINDOW_MS) !== undefined;
  return state === "running" && stage === "listening" && !isKnown && isHeard;
}

/** The first and the last report of some seconds with the same upstream. */
function windowOf(
  { reports, steadySinceMs }: Member,
  windowMs: number,
): readonly [Report, Report] | undefined {
  const last = reports.at(-1);
  if (!last) return undefined;
  const isFirst = ({ atMs }: Report): boolean =>
    atMs >= steadySinceMs && last.atMs - atMs >= windowMs - JITTER_MS;
  const first = reports.findLast(isFirst);
  return first && [first, last];
}

function rateOf(member: Member, count: (report: Report) => number, windowMs = WINDOW_MS): number | undefined {
  const window = windowOf(member, windowMs);
  if (!window) return undefined;
  const [first, last] = window;
  return ((count(last) - count(first)) * 1000) / (last.atMs - first.atMs);
}

const received = ({ receivedBytes: bytes }: Report): number => bytes;
const written = ({ writtenRawBytes: bytes }: Report): number => bytes;

/** What a member took, or takes. */
const rateOfNeighbour = (member: Member): number =>
  isRunning(member) ? (rateOf(member, received) ?? member.lastRate) : member.lastRate;

function slowDisk(member: Member, crew: Crew, line: readonly Member[]): Slow | undefined {
  const { heldBytes = 0, memoryBytes = 0 } = lastReport(member) ?? {};
  if (memoryBytes === 0 || heldBytes < FULL_SHARE * memoryBytes) return undefined;
  const behind = allBelow(member, crew);
  const others = line.filter((other) => other !== member && isRunning(other) && !behind.has(other));
  const otherRate = median(others.flatMap((other) => rateOf(other, written) ?? []));
  const rate = rateOf(member, written);
  if (rate === undefined) return undefined;
  return rate < SLOW_SHARE * otherRate ? { member, why: "disk", rate, otherRate } : undefined;
}

function slowLink(member: Member, crew: Crew): Slow | undefined {
  const upstream = upstreamIn(member, crew);
  if (!upstream) return undefined;
  const gapBytes = receivedBytes(upstream) - receivedBytes(member);
  if (gapBytes < Math.max(MIN_GAP_BYTES, GAP_SEC * upstream.lastRate)) return undefined;
  const shares = crew.below.get(upstream.endpoint)?.length ?? 1;
  const otherRate = median(above(member, crew).map(rateOfNeighbour)) / Math.max(1, shares);
  const rate = gapBytes < GAP_SEC * otherRate ? undefined : slowRateOf(member, otherRate);
  return rate === undefined ? undefined : { member, why: "link", rate, otherRate };
}

/** What it took for long enough, if that is too little. */
function slowRateOf(member: Member, otherRate: number): number | undefined {
  const lately = rateOf(member, received, CRAWLING_WINDOW_MS) ?? otherRate;
  if (lately < CRAWLING_SHARE * otherRate) return lately;
  const rate = rateOf(member, received) ?? otherRate;
  return rate < SLOW_SHARE * otherRate ? rate : undefined;
}

const upstreamIn = (member: Member, { byEndpoint }: Crew): Member | undefined =>
  byEndpoint.get(lastReport(member)?.upstream ?? "");

function above(member: Member, crew: Crew): readonly Member[] {
  const found: Member[] = [];
  let next = upstreamIn(member, crew);
  while (next && found.length < NEIGHBOURS) {
    found.push(next);
    next = upstreamIn(next, crew);
  }
  return found;
}

/** Reports are of different moments, so what they say may go round. */
function allBelow(member: Member, { below }: Crew): ReadonlySet<Member> {
  const found = new Set<Member>();
  const next = [member];
  for (let one = next.pop(); one; one = next.pop()) {
    for (const fed of below.get(one.endpoint) ?? []) {
      if (found.has(fed)) continue;
      found.add(fed);
      next.push(fed);
    }
  }
  return found;
}

/** 0 of nothing. */
function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
