/**
 * One chain: its members in a row. Everybody is only ever given those before
 * it, and a member keeps its place as long as any list that may be in force
 * holds it. So no lists, however old, and in whatever order they arrive, can
 * close a ring.
 *
 * Pure.
 */
import type { Member } from "./member.ts";
import { byPlace, crossings, isBeside, type Place } from "./order.ts";
import { rankBehind, rankBetween } from "./rank.ts";

/**
 * Nodes that joined within this time are put in order; later ones go behind.
 * Whoever gets a younger one before it waits until that has caught up, and
 * that is no longer than this.
 */
export const TOGETHER_MS = 2000;

/** Puts a new member where it costs the fewest links between switches, and beside its neighbours in order. */
export function insertMember(line: Member[], member: Member): void {
  const from = firstMovable(line, member.joinedMs);
  setDown(line, placeBeside(line, from, member) ?? cheapestPlace(line, from, member), member);
}

/** Puts a member where there is a rank for it: at `from`, or behind. Its rank until then is the one that it would like. */
export function setDown(line: Member[], from: number, member: Member): void {
  for (let at = from; ; at++) {
    const rank = rankBetween(line[at - 1]?.rank, line[at]?.rank, member.rank);
    if (rank === undefined) continue;
    member.rank = rank;
    line.splice(at, 0, member);
    return;
  }
}

/** The first place that may be taken: the head stays, for its bytes come out of the appliance, and so do all that are under way. */
function firstMovable(line: readonly Member[], nowMs: number): number {
  let from = line.length;
  while (from > 0) {
    const before = line[from - 1];
    if (!before || before.isPinned || nowMs - before.joinedMs > TOGETHER_MS) break;
    if (from === 1 && before.stage !== "waiting") break;
    from--;
  }
  return from;
}

/** Next to those of its own switch, which costs nothing. */
function placeBeside(line: readonly Member[], from: number, member: Member): number | undefined {
  const same: number[] = [];
  for (let at = from; at < line.length; at++) {
    const other = line[at];
    if (other && isBeside(other.place, member.place)) same.push(at);
  }
  const last = same.at(-1);
  if (last === undefined) {
    const before = line[from - 1];
    return before && isBeside(before.place, member.place) ? from : undefined;
  }
  const [next] = same.slice(firstBehind(line, same, member));
  return next ?? last + 1;
}

/** Where in `same`, whose members are in order, the first one stands that goes behind `member`. */
function firstBehind(line: readonly Member[], same: readonly number[], member: Member): number {
  let low = 0;
  let high = same.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = line[same[middle] ?? 0];
    if (other && byPlace(other, member) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Where the round trip from the appliance through everybody and back grows least. */
function cheapestPlace(line: readonly Member[], from: number, member: Member): number {
  const home: Place = { position: 0, path: member.place.path.slice(0, 1) };
  let best = { at: line.length, cost: Number.POSITIVE_INFINITY };
  for (let at = line.length; at >= from; at--) {
    const before = line[at - 1]?.place ?? home;
    const behind = line[at]?.place ?? home;
    const cost =
      crossings(before, member.place) + crossings(member.place, behind) - crossings(before, behind);
    const next = line[at];
    const isInOrder = next !== undefined && byPlace(member, next) < 0;
    if (cost < best.cost || (cost === best.cost && isInOrder)) best = { at, cost };
  }
  return best.at;
}

/** Every endpoint that somebody may be told to take from. */
export function heldEndpoints(line: readonly Member[]): ReadonlySet<string> {
  const held = new Set<string>();
  for (const { state, sent } of line) {
    if (state !== "running") continue;
    for (const { list } of sent) for (const endpoint of list) held.add(endpoint);
  }
  return held;
}

/**
 * Sends those to the end that had to step back and that no list holds any more. One whose place is
 * for ever stays in it, and feeds again if it may.
 *
 * @returns whether there are some that have to wait for that
 */
export function moveBack(line: Member[]): boolean {
  const back = line.filter((member) => member.stepsBack && member.state !== "gone");
  if (back.length === 0) return false;
  const held = heldEndpoints(line);
  for (const member of back) {
    if (member.lostMs !== undefined || held.has(member.endpoint)) continue;
    member.stepsBack = false;
    if (member.isPinned) continue;
    line.splice(line.indexOf(member), 1);
    member.rank = rankBehind(line.at(-1)?.rank);
    line.push(member);
  }
  return back.some(({ stepsBack }) => stepsBack);
}
