/** One node of a broadcast as the coordinator knows it, and what follows from that alone. Pure. */
import { NOWHERE, type Place } from "./order.ts";

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
};

/** Why a node feeds nobody for the rest of the broadcast. */
export type LeafReason = "disk" | "link" | "badChunks";

export type Member = {
  readonly node: string;
  readonly place: Place;
  readonly joinedMs: number;
  /** As its network card tells it; undefined: not known. */
  linkMbit: number | undefined;
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
  sent: { readonly list: readonly string[]; sentMs: number }[];
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
const MAX_REPORTS = 6;
/** What was told this long before a report was in force when the report was made. */
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
  return told === undefined || report.atMs - told.sentMs >= CONFIRM_MS ? report.upstream : told.list[0];
}

/** Whether the newest list was in force at the newest report. */
export const isSettled = (member: Member): boolean =>
  (lastReport(member)?.atMs ?? 0) - (member.sent.at(-1)?.sentMs ?? 0) >= CONFIRM_MS;

/** Keeps a report, and forgets the lists that it shows to be replaced. */
export function takeReport(member: Member, report: Report): void {
  if (report.upstream !== lastReport(member)?.upstream) member.steadySinceMs = report.atMs;
  const before = lastReport(member);
  // What it was told while it was away may reach it as much later as it was away: TCP sends again at growing pauses.
  const awayMs = report.atMs - (before?.atMs ?? report.atMs);
  if (awayMs > AWAY_MS)
    for (const told of member.sent) told.sentMs = Math.max(told.sentMs, report.atMs + awayMs);
  member.reports = [...member.reports.slice(1 - MAX_REPORTS), report];
  const gained = report.receivedBytes - (before?.receivedBytes ?? report.receivedBytes);
  if (before && gained > 0) member.lastRate = (gained * 1000) / Math.max(1, report.atMs - before.atMs);
  member.bestRate = Math.max(member.bestRate, member.lastRate);
  const inForce = member.sent.findLastIndex(({ sentMs }) => report.atMs - sentMs >= CONFIRM_MS);
  if (inForce > 0) member.sent = member.sent.slice(inForce);
}

/** Remembers a list that goes out. */
export function tellList(member: Member, list: readonly string[], nowMs: number): void {
  if (list[0] !== toldList(member)[0]) member.steadySinceMs = nowMs;
  member.sent = [...member.sent, { list, sentMs: nowMs }];
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
