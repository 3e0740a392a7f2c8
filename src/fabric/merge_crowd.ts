/**
 * A switch or node that makes up neighbours can name thousands. Of the switches that nobody has read or asked, those stay
 * that most witnesses name, and those whose witness names few others. Pure.
 */
import type { Draft } from "./merge_switches.ts";

/** More than one appliance has in reach: each switch that was read would have four that cannot be. */
export const MAX_SEEN = 2000;

/** A switch that was read, or the name of a machine. */
type Witness = Draft | string;
type Said = { readonly by: Witness; readonly far: Draft };

export type Crowd = {
  readonly dropped: ReadonlySet<Draft>;
  /** Of which some were dropped. */
  readonly seen: number;
  /** Who names most of them. */
  readonly loudest: Witness;
};

/** @returns nothing where all can stay */
export function crowdOf(drafts: readonly Draft[], said: readonly Said[]): Crowd | undefined {
  const seen = new Set(drafts.filter(({ group, silent }) => !group && !silent));
  if (seen.size <= MAX_SEEN) return undefined;
  const ofSeen = said.filter(({ far }) => seen.has(far));
  const names = new Map([...Map.groupBy(ofSeen, ({ by }) => by)].map(([by, list]) => [by, countOf(list)]));
  const witnesses = Map.groupBy(ofSeen, ({ far }) => far);
  const ranked = [...seen]
    .map((draft) => ({ draft, rank: rankOf(draft, witnesses.get(draft) ?? [], names) }))
    .sort((left, right) => (left.rank < right.rank ? -1 : 1));
  const [loudest] = [...names].sort(([left, one], [right, other]) => other - one || byName(left, right));
  return {
    dropped: new Set(ranked.slice(MAX_SEEN).map(({ draft }) => draft)),
    seen: seen.size,
    loudest: loudest?.[0] ?? "",
  };
}

const countOf = (list: readonly Said[]): number => new Set(list.map(({ far }) => far)).size;

/** The least first: many witnesses, one that names few, a switch rather than a machine, the smallest id. */
function rankOf(draft: Draft, said: readonly Said[], names: ReadonlyMap<Witness, number>): string {
  const by = [...new Set(said.map((one) => one.by))];
  const fewest = by.reduce((least, one) => Math.min(least, names.get(one) ?? least), MOST);
  const isSwitch = by.some((one) => typeof one !== "string");
  const [id = ""] = [...draft.keys].sort();
  return [padded(MOST - by.length), padded(fewest), isSwitch ? 0 : 1, id].join(" ");
}

const MOST = 1e9;
const padded = (count: number): string => `${count}`.padStart(10, "0");

const nameOf = (witness: Witness): string =>
  typeof witness === "string" ? witness : (witness.group?.key ?? "");

const byName = (left: Witness, right: Witness): number => (nameOf(left) < nameOf(right) ? -1 : 1);
