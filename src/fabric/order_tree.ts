/**
 * The walk over the switches that lead to asked nodes: depth first, so that a chain goes down into each switch once
 * and out of it once. What is slow, lossy or at half duplex comes last, nodes and whole subtrees alike: a chain is
 * as slow as what it has gone through so far.
 *
 * Pure.
 */
import type { SwitchId } from "./graph.ts";
import { UNKNOWN_MBIT } from "./known_rate.ts";
import { portKey, stableOrder } from "./port_index.ts";
import { compareRates, type SpanningTree, type TreeSwitch } from "./spanning_tree.ts";

export type Leaf = {
  readonly node: string;
  readonly at: { readonly switch: SwitchId; readonly port?: string | undefined };
  /** {@link UNKNOWN_MBIT}: not known. */
  readonly rateMbit: number;
};

/** A switch with what is asked of it and below it. */
export type Branch = {
  readonly tree: TreeSwitch;
  /** Nodes and switches, in the order of the walk. */
  readonly items: readonly BranchItem[];
  /** The slowest of its link, its nodes and what is below. */
  readonly rateMbit: number;
  readonly nodeCount: number;
  /** The first of its nodes by name. */
  readonly firstName: string;
};

export type BranchItem =
  /** Several nodes at one port hang at a switch that nobody sees: they stay together. */
  | {
      readonly kind: "nodes";
      readonly leaves: readonly Leaf[];
      readonly rateMbit: number;
      readonly firstName: string;
    }
  | {
      readonly kind: "branch";
      readonly branch: Branch;
      readonly rateMbit: number;
      readonly firstName: string;
    };

/**
 * Builds the branches from the bottom up.
 *
 * @param rateOf of the link into a switch
 * @returns one branch an island: those that the appliance reaches first
 */
export function branchesOf(
  tree: SpanningTree,
  leaves: readonly Leaf[],
  {
    rateOf,
    isReached,
  }: { readonly rateOf: (at: TreeSwitch) => number; readonly isReached: (id: SwitchId) => boolean },
): readonly Branch[] {
  const leavesAt = Map.groupBy(leaves, ({ at }) => at.switch);
  const below = new Map<SwitchId, Branch[]>();
  const islands: Branch[] = [];
  // Switches come behind those above them, so from the end all that is below is there.
  for (const at of [...tree.switches.values()].reverse()) {
    const branches = below.get(at.id) ?? [];
    const own = leavesAt.get(at.id) ?? [];
    if (branches.length + own.length === 0) continue;
    const branch = newBranch(at, [...groupByPort(own), ...branches.map(itemOf)], rateOf(at));
    const beside = at.above ? (below.get(at.above.id) ?? []) : islands;
    beside.push(branch);
    if (at.above) below.set(at.above.id, beside);
  }
  const far = (branch: Branch): number => Number(!isReached(branch.tree.id));
  return islands.sort((left, right) => far(left) - far(right) || byRate(itemOf(left), itemOf(right)));
}

function newBranch(tree: TreeSwitch, unsorted: readonly BranchItem[], linkMbit: number): Branch {
  const items = unsorted.toSorted(byRate);
  const rateMbit = items.reduce((least, item) => Math.min(least, item.rateMbit), linkMbit);
  const [firstName = ""] = items.map((item) => item.firstName).sort(stableOrder);
  const nodeCount = items.reduce((sum, item) => sum + countOf(item), 0);
  return { tree, items, rateMbit, nodeCount, firstName };
}

const countOf = (item: BranchItem): number =>
  item.kind === "nodes" ? item.leaves.length : item.branch.nodeCount;

const itemOf = (branch: Branch): BranchItem => ({
  ...{ kind: "branch", branch, rateMbit: branch.rateMbit, firstName: branch.firstName },
});

/** Faster first; of equals nodes before switches, for no link has to be crossed to them; then as people count. */
const byRate = (left: BranchItem, right: BranchItem): number =>
  compareRates(right.rateMbit, left.rateMbit) ||
  Number(left.kind === "branch") - Number(right.kind === "branch") ||
  stableOrder(left.firstName, right.firstName);

function groupByPort(leaves: readonly Leaf[]): readonly BranchItem[] {
  const groups = Map.groupBy(leaves, (leaf) => (leaf.at.port === undefined ? leaf.node : portKey(leaf.at)));
  return [...groups.values()].map((group) => {
    const sorted = group.toSorted(
      (left, right) => compareRates(right.rateMbit, left.rateMbit) || stableOrder(left.node, right.node),
    );
    const rateMbit = sorted.at(-1)?.rateMbit ?? UNKNOWN_MBIT;
    const [firstName = ""] = sorted.map(({ node }) => node).sort(stableOrder);
    return { kind: "nodes", leaves: sorted, rateMbit, firstName };
  });
}

export type Walk = {
  readonly leaves: readonly Leaf[];
  /** In the order in which the walk comes to them, each with its place among those beside it. */
  readonly visits: readonly { readonly branch: Branch; readonly beside: readonly Branch[] }[];
};

/** Depth first, without recursion: a hostile fabric may be as deep as it has switches. */
export function walk(islands: readonly Branch[]): Walk {
  const leaves: Leaf[] = [];
  const visits: Walk["visits"][number][] = [];
  const waiting: { readonly item: BranchItem; readonly beside: readonly Branch[] }[] = islands
    .map((branch) => ({ item: itemOf(branch), beside: [] }))
    .reverse();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { item, beside } = next;
    if (item.kind === "nodes") {
      for (const leaf of item.leaves) leaves.push(leaf);
      continue;
    }
    visits.push({ branch: item.branch, beside });
    const below = item.branch.items.flatMap((one) => (one.kind === "branch" ? one.branch : []));
    for (const one of item.branch.items.toReversed()) waiting.push({ item: one, beside: below });
  }
  return { leaves, visits };
}
