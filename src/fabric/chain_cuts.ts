/**
 * How many chains the links of a fabric carry at once, and where one ends and the next begins. Each chain is another
 * stream out of the appliance. As many are made as run side by side without any link having to carry more than its
 * speed: so a chain never costs another one anything. Over a link of unknown speed, and into an island, goes one only.
 *
 * Pure.
 */
import { hopsBetween } from "./crossings.ts";
import type { FabricTree } from "./fabric_tree.ts";
import { isKnown } from "./known_rate.ts";
import type { TreeSwitch } from "./spanning_tree.ts";
import { carries, type Load, type Stop, type Stream, sendThrough } from "./stream_rates.ts";

/** Bounds what one deployment takes of the appliance, however fast that is. */
const MAX_CHAINS = 4;
/** Fewer nodes than this are not worth another image out of the appliance. */
const MIN_NODES = 8;
/** Borders deeper than this are not told apart. */
const MAX_DEPTH = 8;

export type CutOptions = {
  /** `UNKNOWN_MBIT`: not known. */
  readonly sourceMbit: number;
  readonly maxChains?: number | undefined;
  readonly minNodesPerChain?: number | undefined;
};

export type ChainCut = { readonly first: number; readonly count: number; readonly stream: Stream };

/** @returns at least one chain, unless there is no stop */
export function cutChains(
  seen: FabricTree,
  stops: readonly Stop[],
  options: CutOptions,
): readonly ChainCut[] {
  if (stops.length === 0) return [];
  const { maxChains = MAX_CHAINS, minNodesPerChain = MIN_NODES } = options;
  const depths = borderDepths(seen, stops);
  const most = isKnown(options.sourceMbit) ? Math.min(maxChains, stops.length / minNodesPerChain) : 1;
  for (let count = Math.floor(most); count > 1; count--) {
    for (let depth = MAX_DEPTH; depth >= 0; depth--) {
      const starts = evenStarts(depths, count, depth);
      if (!isWorthIt(starts, stops.length, { count, minNodesPerChain })) continue;
      const cut = streams(seen, { stops, starts, ...options });
      if (cut) return cut;
    }
  }
  return streams(seen, { stops, starts: [0], ...options, anyway: true }) ?? [];
}

/**
 * How near to the top the way from the stop before goes: 0 between islands and from or to what nobody saw, 1 over the
 * first switch of an island.
 */
function borderDepths({ tree }: FabricTree, stops: readonly Stop[]): readonly number[] {
  return stops.map(({ at }, number) => {
    const [from, to] = [stops[number - 1]?.at, at].map((one) => tree.switches.get(one?.switch ?? ""));
    if (!from || !to || from.root !== to.root) return 0;
    const ups = hopsBetween(tree, from.id, to.id).filter(({ direction }) => direction === "up");
    return Math.min(MAX_DEPTH, from.depth - ups.length + 1);
  });
}

/** The borders nearest to where even parts would begin. */
function evenStarts(depths: readonly number[], count: number, maxDepth: number): readonly number[] {
  const borders = depths.flatMap((depth, at) => (at > 0 && depth <= maxDepth ? at : []));
  const starts = [0];
  for (let chain = 1; chain < count; chain++) {
    const wanted = (chain * depths.length) / count;
    const nearest = borders.reduce(
      (best, at) => (Math.abs(at - wanted) < Math.abs(best - wanted) ? at : best),
      borders[0] ?? 0,
    );
    starts.push(nearest);
  }
  return starts;
}

function isWorthIt(
  starts: readonly number[],
  stopCount: number,
  { count, minNodesPerChain }: { readonly count: number; readonly minNodesPerChain: number },
): boolean {
  const sizes = starts.map((start, at) => (starts[at + 1] ?? stopCount) - start);
  return starts.length === count && sizes.every((size) => size >= minNodesPerChain);
}

type Streams = CutOptions & {
  readonly stops: readonly Stop[];
  readonly starts: readonly number[];
  /** One chain runs whatever the links carry. */
  readonly anyway?: boolean;
};

function streams(
  seen: FabricTree,
  { stops, starts, sourceMbit, anyway }: Streams,
): readonly ChainCut[] | undefined {
  const loads = new Map<TreeSwitch, Load>();
  const source = { mbit: sourceMbit, at: seen.appliance[0]?.at.switch };
  const cuts = starts.map((first, at) => {
    const own = stops.slice(first, starts[at + 1] ?? stops.length);
    return { first, count: own.length, stream: sendThrough(seen, { source, stops: own }, loads) };
  });
  if (anyway) return cuts;
  const leaving = cuts.reduce((sum, { stream }) => sum + stream.firstMbit, 0);
  const fits = [...loads].every(([below, load]) => carries(seen, below, load));
  return fits && leaving <= sourceMbit ? cuts : undefined;
}
