/**
 * Who holds up the others, at first sight: what an upstream sees at once of
 * one that it feeds, and a disk that falls behind while memory fills. What is
 * less plain than this is left to `slow.ts`, which takes seconds.
 *
 * The upstream's word is better than any comparison of reports: it has the
 * bytes, and knows what its downstream's kernel has acknowledged of them, so
 * neither the rate of the whole chain nor a process that waits for the
 * processor looks like a slow link. A virtual machine that waits for one
 * does, for its kernel waits too; but then its agent is late with what it
 * does by the clock, and says so. Who is late is not judged, nor believed.
 *
 * Pure.
 */
import { isSilent, lastReport, type Member, type Report, upstreamOf } from "./member.ts";
import type { Slow } from "./slow.ts";

/** Of what there was; the longer one looked, the surer. */
const SHORT_MS = 500;
const SHORT_SHARE = 0.35;
const LONG_SHARE = 0.45;
/** A process that has a processor is late by a few milliseconds; by more a machine that shares it with others: its kernel may wait as long. */
const LATE_MS = 30;
/** So long all that it sends is stuck in one full queue, and takes with it what it acknowledges. */
const UPSET_MS = 1500;
/** With so much of its memory filled by what is not written, its disk sets its pace. */
const FILLING_SHARE = 0.5;
const DISK_SHARE = 0.5;
/** A node writes chunk by chunk: by fewer than this two equal disks may differ. */
const DISK_CHUNKS = 3;
const LOOK_BACK_MS = 3000;
const LEAST_MS = 400;

/** Whether its last report may show somebody: most do not. */
export const isTelling = (member: Member): boolean =>
  lastReport(member)?.lagging !== undefined || (member.leaf === undefined && isFilling(member));

/** The one that `feeder` says takes too little, if it is that. */
export function lagOf(feeder: Member, members: readonly Member[], chunkRawBytes: number): Slow | undefined {
  const { lagging } = lastReport(feeder) ?? {};
  if (!lagging || feeder.leaf !== undefined) return undefined;
  const fed = members.filter((member) => isRunning(member) && upstreamOf(member) === feeder.endpoint);
  const [member, ...more] = fed.filter(({ endpoint }) => endpoint.startsWith(`${lagging.address}:`));
  if (!member || more.length > 0 || !isInQuestion(member)) return undefined;
  if (isFilling(member)) return fillingOf(member, members, chunkRawBytes);
  if (isLate(feeder) || isLate(member)) return undefined;
  if (isUpset(member, lastReport(feeder)?.atMs ?? 0)) return undefined;
  const shares = fed.filter(({ leaf }) => leaf === undefined).length;
  const { ms, cameBytes, tookBytes } = lagging;
  const limit = ms < SHORT_MS ? SHORT_SHARE : LONG_SHARE;
  if (tookBytes * shares >= limit * cameBytes) return undefined;
  const [rate, otherRate] = [tookBytes, cameBytes].map((bytes) => (bytes * 1000) / ms) as [number, number];
  return { member, why: "link", rate, otherRate };
}

/** A member whose memory fills because it writes less than half of what the others write. */
export function fillingOf(
  member: Member,
  members: readonly Member[],
  chunkRawBytes: number,
): Slow | undefined {
  const gain = writtenOf(member);
  if (!isInQuestion(member) || !isFilling(member) || !gain) return undefined;
  const rates = members.flatMap((other) => (other === member || !isRunning(other) ? [] : rateOf(other)));
  const otherRate = rates.toSorted((left, right) => left - right)[rates.length >> 1] ?? 0;
  const rate = (gain.bytes * 1000) / gain.ms;
  const missingBytes = ((otherRate - rate) * gain.ms) / 1000;
  if (rate >= DISK_SHARE * otherRate || missingBytes < DISK_CHUNKS * chunkRawBytes) return undefined;
  return { member, why: "disk", rate, otherRate };
}

const isRunning = ({ state, stage }: Member): boolean => state === "running" && stage === "listening";

const isInQuestion = (member: Member): boolean =>
  isRunning(member) &&
  member.leaf === undefined &&
  !member.stepsBack &&
  !isSilent(member, lastReport(member)?.atMs ?? 0);

const isFilling = (member: Member): boolean => {
  const { heldBytes = 0, memoryBytes = 0 } = lastReport(member) ?? {};
  return memoryBytes > 0 && heldBytes >= FILLING_SHARE * memoryBytes;
};

/** It gets no processor when it wants one. */
const isLate = (member: Member): boolean => (lastReport(member)?.lateMs ?? 0) >= LATE_MS;

/** It was given another to feed, who has much to catch up. */
function isUpset(member: Member, nowMs: number): boolean {
  const { newcomerMs, atMs } = lastReport(member) ?? { atMs: 0 };
  return newcomerMs !== undefined && newcomerMs + nowMs - atMs < UPSET_MS;
}

type Gain = { readonly bytes: number; readonly ms: number };

/** What it has written in the last seconds, or since it joined. */
function writtenOf(member: Member): Gain | undefined {
  const last = lastReport(member);
  if (!last) return undefined;
  const isRecent = ({ atMs }: Report): boolean => last.atMs - atMs <= LOOK_BACK_MS;
  const first = member.reports.find(isRecent) ?? last;
  const hasJoined = last.atMs - member.joinedMs <= LOOK_BACK_MS;
  const base = hasJoined && !member.recovered ? { atMs: member.joinedMs, writtenRawBytes: 0 } : first;
  const ms = last.atMs - base.atMs;
  return ms < LEAST_MS ? undefined : { bytes: last.writtenRawBytes - base.writtenRawBytes, ms };
}

const rateOf = (member: Member): number[] => {
  const gain = writtenOf(member);
  return gain ? [(gain.bytes * 1000) / gain.ms] : [];
};
