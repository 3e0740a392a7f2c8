/**
 * The tree that the order walks: one way between any two switches that are connected at all. Where links close a
 * ring, the best known and fastest ones are kept.
 *
 * Pure.
 */
import type { Confidence, Fabric, FabricLink, PortRef, SwitchId } from "./graph.ts";
import { linkKey, type PortIndex, stableOrder } from "./port_index.ts";

export type TreeLink = {
  readonly link: FabricLink;
  /** The end at the switch above first. */
  readonly ends: readonly [PortRef, PortRef];
};

export type TreeSwitch = {
  readonly id: SwitchId;
  readonly above?: TreeSwitch | undefined;
  readonly link?: TreeLink | undefined;
  /** Of the first switch 0. */
  readonly depth: number;
  /** The first switch of its island. */
  readonly root: SwitchId;
};

export type SpanningTree = {
  /** Everyone behind the switch above it. */
  readonly switches: ReadonlyMap<SwitchId, TreeSwitch>;
  /** Links that close rings. */
  readonly unused: readonly FabricLink[];
};

/** The better known first. */
export const CONFIDENCE_RANK: Readonly<Record<Confidence, number>> = { certain: 0, likely: 1, inferred: 2 };

export type TreeOptions = {
  readonly index: PortIndex;
  readonly rateOf: (link: FabricLink) => number;
  /** Switches that the appliance is at, the best one first. */
  readonly appliance: readonly SwitchId[];
};

/** @returns the tree of each island, from the appliance's switch or else from the switch that has most links */
export function spanningTree(fabric: Fabric, options: TreeOptions): SpanningTree {
  const neighbours = new Map<SwitchId, FabricLink[]>(allSwitches(fabric).map((id) => [id, []]));
  const { used, unused } = withoutRings(fabric.links, options);
  for (const link of used) for (const { switch: id } of link.ends) neighbours.get(id)?.push(link);
  const switches = new Map<SwitchId, TreeSwitch>();
  for (const root of [...options.appliance, ...byLinks(fabric, [...neighbours.keys()])]) {
    if (neighbours.has(root) && !switches.has(root)) hang(root, neighbours, switches);
  }
  return { switches, unused };
}

/** Those too that only links and machines speak of. */
function allSwitches({ switches, links, attachments }: Fabric): readonly SwitchId[] {
  const ids = new Set(switches.map(({ id }) => id));
  for (const { ends } of links) for (const end of ends) ids.add(end.switch);
  for (const { at } of attachments) ids.add(at.switch);
  return [...ids];
}

/** Kruskal: the best links first, each that joins what was apart. */
function withoutRings(links: readonly FabricLink[], { rateOf }: TreeOptions) {
  const parents = new Map<SwitchId, SwitchId>();
  const islandOf = (id: SwitchId): SwitchId => {
    let at = id;
    for (let up = parents.get(at); up !== undefined; up = parents.get(at)) {
      parents.set(at, parents.get(up) ?? up);
      at = up;
    }
    return at;
  };
  const used: FabricLink[] = [];
  const unused: FabricLink[] = [];
  for (const link of bestFirst(links, rateOf)) {
    const [left, right] = [islandOf(link.ends[0].switch), islandOf(link.ends[1].switch)];
    if (left !== right) parents.set(left, right);
    (left === right ? unused : used).push(link);
  }
  return { used, unused };
}

/** A link that MAC tables only hint at never takes the place of one that somebody named. */
function bestFirst(links: readonly FabricLink[], rateOf: TreeOptions["rateOf"]): readonly FabricLink[] {
  const ranked = links.map((link) => ({ link, rate: rateOf(link), key: linkKey(link) }));
  const isGuess = ({ link }: (typeof ranked)[number]): number => Number(link.confidence === "inferred");
  return ranked
    .sort(
      (left, right) =>
        isGuess(left) - isGuess(right) ||
        compareRates(right.rate, left.rate) ||
        CONFIDENCE_RANK[left.link.confidence] - CONFIDENCE_RANK[right.link.confidence] ||
        stableOrder(left.key, right.key),
    )
    .map(({ link }) => link);
}

/** Numbers that may be infinite, as `sort` wants them. */
export const compareRates = (left: number, right: number): number =>
  left === right ? 0 : left < right ? -1 : 1;

/** Where nobody knows the appliance's port: the switch with most links is the one in the middle. */
function byLinks(fabric: Fabric, ids: readonly SwitchId[]): readonly SwitchId[] {
  const counts = new Map<SwitchId, number>();
  for (const { ends } of fabric.links)
    for (const end of ends) counts.set(end.switch, (counts.get(end.switch) ?? 0) + 1);
  const countOf = (id: SwitchId): number => counts.get(id) ?? 0;
  return ids.toSorted((left, right) => countOf(right) - countOf(left) || stableOrder(left, right));
}

function hang(
  root: SwitchId,
  neighbours: ReadonlyMap<SwitchId, readonly FabricLink[]>,
  switches: Map<SwitchId, TreeSwitch>,
): void {
  const waiting: TreeSwitch[] = [{ id: root, depth: 0, root }];
  switches.set(root, { id: root, depth: 0, root });
  for (const above of waiting) {
    for (const link of neighbours.get(above.id) ?? []) {
      const [near, far] = link.ends[0].switch === above.id ? link.ends : link.ends.toReversed();
      if (!near || !far || switches.has(far.switch)) continue;
      const below = {
        id: far.switch,
        above,
        link: { link, ends: [near, far] },
        depth: above.depth + 1,
        root,
      } as const;
      switches.set(far.switch, below);
      waiting.push(below);
    }
  }
}
