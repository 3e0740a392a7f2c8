/**
 * Ranks: numbers that grow along a chain. A node is told its rank with its
 * list and says it again, so that after a restart of the appliance everybody
 * stands where lists from before it suppose. Exact whole numbers.
 *
 * Pure.
 */

/** Room between two neighbours for those that come between them. */
const GAP = 2 ** 20;
/** Chains that are joined stay in order. */
const CHAIN_GAP = 2 ** 50;
/** Room before the first. */
const FIRST = 2 ** 40;

/** Where a member would stand if all were there. */
export const idealRank = (chain: number, position: number): number =>
  chain * CHAIN_GAP + FIRST + position * GAP;

/** @returns undefined: no room between the two. Behind the last there is always some. */
export function rankBetween(
  before: number | undefined,
  behind: number | undefined,
  ideal: number,
): number | undefined {
  const low = before ?? -1;
  if (ideal > low && ideal < (behind ?? Number.POSITIVE_INFINITY)) return ideal;
  if (behind === undefined) return low + GAP;
  const middle = Math.floor((Math.max(low, behind - 2 * GAP) + behind) / 2);
  return middle > low && middle < behind ? middle : undefined;
}

export const rankBehind = (last: number | undefined): number => (last ?? FIRST) + GAP;

const NAME = /^[^.]+\.\d+\.(\d{1,16})$/;

/** @param run tells this process from those before it; no dots */
export const listName = (run: string, number: number, rank: number): string => `${run}.${number}.${rank}`;

/** The rank in the name of a list, by whatever process it was told. */
export function rankIn(name: string | undefined): number | undefined {
  const rank = Number(NAME.exec(name ?? "")?.[1] ?? Number.NaN);
  return Number.isSafeInteger(rank) ? rank : undefined;
}
