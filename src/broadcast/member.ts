/** One node of a broadcast as the coordinator knows it, and what follows from that alone. Pure. */
import type { Lagging } from "#src/agent/job_state.ts";
import { NOWHERE, type Place } from "./order.ts";
import { rankIn } from "./rank.ts";

/** What a node said of itself, bytes since its start. */
export type Report = {
  readonly atMs: number;
  readonly receivedBytes: number;
  readonly writtenRawBytes: number;
  /** Received and not yet written, and the most that it may hold. Absent: an older agent. */
  readonly heldBytes?: number | undefined;
  readonly memoryBytes?: number | undefined;
  /** `ADDRESS:PORT` that feeds it, or that it is asking. */
  readonly upstream: string | undefined;
  /** Name of the list that it goes by. Absent: an older agent. */
  readonly list?: string | undefined;
  /** One that it feeds and that takes less than there is. */
  readonly lagging?: Lagging | undefined;
  /** Since one came that it feeds and that had much to catch up. */
  readonly newcomerMs?: number | undefined;
  /** The most that it was late lately for what it does every 0.1 s: it waits for a processor. */
  readonly lateMs?: number | undefined;
};

/** A list that may be in force. */
export type Told = {
  readonly list: readonly string[];
  /** Absent: of an older agent, or from before the restart. */
  readonly name?: string | undefined;
  sentMs: number;
  /** Told by the process before this one. */
  readonly isOld?: boolean | undefined;
};

/** Why a node feeds nobody for the rest of the broadcast. */
export type LeafReason = "disk" | "link" | "badChunks";

export type Member = {
  readonly node: string;
  readonly place: Place;
  readonly joinedMs: number;
  /** As its network card tells it; undefined: not known. */
  linkMbit: number | undefined;
  /** Grows along its chain: who is given it stands behind it, by all lists of any age. */
  rank: number;
  /** Lists that nobody here knows may hold it, so it keeps its place for ever. */
  isPinned: boolean;
  /** Where it serves, `ADDRESS:PORT`. */
  endpoint: string;
  /** `waiting`: has not been asked to take part. `asked`: has, and does not serve yet. */
  stage: "waiting" | "asked" | "listening";
  askedMs: number;
  /** `gone`: what was asked of it is over, whether well or not. */
  state: "running" | "done" | "failed" | "gone";
  /** Since when its agent is out of reach. */
  lostMs: number | undefined;
  badChunks: number;
  leaf: LeafReason | undefined;
  /** Feeds nobody until no list holds it; then it goes to the end of its chain. */
  stepsBack: boolean;
  /** It was at it already when this coordinator first heard of it. */
  recovered: boolean;
  /** It has a list from before the restart, of which nothing is known but its present upstream. */
  hasOldList: boolean;
  /** Lists that may be in force, oldest first. The last is the newest that it was told. */
  sent: Told[];
  /** The newest last. */
  reports: Report[];
  /** Since when it has the upstream that it has. */
  steadySinceMs: number;
  /** Compressed bytes a second when it last received any. */
  lastRate: number;
  /** The most that it received in a second. */
  bestRate: number;
  /** Those that it left by itself. */
  readonly shunned: Set<string>;
};

/** Enough to look back three seconds. */
const MAX_REPORTS = 9;
/** Reports that come early take the place of each other, or there would be no looking back. */
const SPACING_MS = 1000;
/** In less than this no rate can be told. */
const RATE_MS = 700;
/** What was told this long before a report was in force when the report was made, by an agent that does not say what is. */
const CONFIRM_MS = 1000;
/** Without a report for so long, something is wrong with a node that runs. */
const STALE_MS = 2500;
/** Reports come once a second; after a pause like this the node or its cable was away. */
const AWAY_MS = 1500;

export function newMember(node: string, endpoint: string, joinedMs: number, place: Place = NOWHERE): Member {
  return {
    ...{ node, place, joinedMs, endpoint, stage: "waiting", askedMs: joinedMs, state: "running" },
    ...{
      linkMbit: undefined,
      rank: 0,
      isPinned: false,
      lostMs: undefined,
      badChunks: 0,
      leaf: undefined,
      stepsBack: false,
      recovered: false,
      hasOldList: false,
    },
    ...{
      sent: [],
      reports: [],
      steadySinceMs: joinedMs,
      lastRate: 0,
      bestRate: 0,
      shunned: new Set<string>(),
    },
  };
}

/** It was at it before the appliance was restarted, by the list that it says. */
export function recover(
  member: Member,
  {
    upstream,
    upstreams,
    list: name,
  }: {
    readonly upstream: string | undefined;
    readonly list?: string | undefined;
    readonly upstreams?: readonly string[] | undefined;
  },
  nowMs: number,
): void {
  const rank = rankIn(name);
  member.recovered = true;
  member.hasOldList = upstreams === undefined;
  member.isPinned = rank !== undefined;
  member.rank = rank ?? 0;
  const list = [...new Set([...(upstreams ?? []), ...(upstream === undefined ? [] : [upstream])])];
  member.sent = [{ list, name, sentMs: nowMs, isOld: true }];
}

export const lastReport = (member: Member): Report | undefined => member.reports.at(-1);
export const toldList = (member: Member): readonly string[] => member.sent.at(-1)?.list ?? [];
export const receivedBytes = (member: Member): number => lastReport(member)?.receivedBytes ?? 0;

/** Wants to be fed. */
export const isTaking = ({ state }: Member): boolean => state === "running";

/** May be given to others, if it can be reached. */
export const isFeeding = ({ stage, state, leaf, stepsBack }: Member): boolean =>
  stage === "listening" && (state === "running" || state === "done") && leaf === undefined && !stepsBack;

/** Silent although it runs: stopped, cut off or dead. */
export function isSilent(member: Member, nowMs: number): boolean {
  if (member.lostMs !== undefined) return true;
  const report = lastReport(member);
  return member.state === "running" && report !== undefined && nowMs - report.atMs > STALE_MS;
}

/** Whom it takes from, as far as can be known: what it says, unless it was told otherwise since. */
export function upstreamOf(member: Member): string | undefined {
  const report = lastReport(member);
  const told = member.sent.at(-1);
  if (report?.upstream === undefined) return told?.list[0];
  return told === undefined || isInForce(told, report) ? report.upstream : told.list[0];
}

/** Whether the newest list was in force at the newest report. */
export function isSettled(member: Member): boolean {
  const [told, report] = [member.sent.at(-1), lastReport(member)];
  return told !== undefined && report !== undefined && isInForce(told, report);
}

/** An agent says so; with an older one it takes time to be sure. */
const isInForce = ({ name, sentMs }: Told, report: Report): boolean =>
  report.list === undefined ? report.atMs - sentMs >= CONFIRM_MS : report.list === name;

/**
 * Keeps a report, and forgets the lists that it shows to be replaced.
 *
 * @returns whether it showed any to be
 */
export function takeReport(member: Member, report: Report): boolean {
  const before = lastReport(member);
  if (report.upstream !== before?.upstream) member.steadySinceMs = report.atMs;
  // What it was told while it was away may reach it as much later as it was away: TCP sends again at growing pauses.
  const awayMs = report.atMs - (before?.atMs ?? report.atMs);
  if (awayMs > AWAY_MS)
    for (const told of member.sent) told.sentMs = Math.max(told.sentMs, report.atMs + awayMs);
  takeRate(member, report);
  keepReport(member, report);
  const inForce = member.sent.findLastIndex((told) => isInForce(told, report));
  if (inForce <= 0) return false;
  member.sent = member.sent.slice(inForce);
  return true;
}

function takeRate(member: Member, report: Report): void {
  const before = member.reports.findLast(({ atMs }) => report.atMs - atMs >= RATE_MS);
  const gained = report.receivedBytes - (before?.receivedBytes ?? report.receivedBytes);
  if (before && gained > 0) member.lastRate = (gained * 1000) / (report.atMs - before.atMs);
  member.bestRate = Math.max(member.bestRate, member.lastRate);
}

function keepReport(member: Member, report: Report): void {
  const [older, newer] = member.reports.slice(-2);
  const isEarly = older !== undefined && newer !== undefined && report.atMs - older.atMs <= SPACING_MS;
  member.reports = [...member.reports.slice(1 - MAX_REPORTS, isEarly ? -1 : undefined), report];
}

/** Remembers a list that goes out. */
export function tellList(member: Member, told: Told): void {
  if (told.list[0] !== toldList(member)[0]) member.steadySinceMs = told.sentMs;
  member.sent = [...member.sent, told];
}

/** It said nothing for a while, so what it lost it may have lost by its own fault. */
export function wasCutOff({ reports }: Member): boolean {
  const [before, last] = reports.slice(-2);
  return before !== undefined && last !== undefined && last.atMs - before.atMs > AWAY_MS;
}

export const isSameList = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((endpoint, at) => endpoint === right[at]);

/** It went down its list to the end, and somebody of the list could feed it again. */
export const isAstray = (member: Member, source: string): boolean =>
  isSettled(member) && lastReport(member)?.upstream === source && toldList(member)[0] !== source;
