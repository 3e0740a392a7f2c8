/** Why a walk comes to its switches in this order. Pure. */
import type { FabricTree } from "./fabric_tree.ts";
import { known } from "./known_rate.ts";
import type { Branch, Walk } from "./order_tree.ts";
import type { SwitchVisit, VisitLink, VisitReason } from "./order_types.ts";
import { linkFaults, linkMbit } from "./port_health.ts";

export const explainVisits = (seen: FabricTree, { visits }: Walk): readonly SwitchVisit[] =>
  visits.map(({ branch, beside }) => explainVisit(seen, branch, beside));

function explainVisit(seen: FabricTree, branch: Branch, beside: readonly Branch[]): SwitchVisit {
  const { tree, items, nodeCount, rateMbit } = branch;
  const leaves = items.flatMap((item) => (item.kind === "nodes" ? item.leaves : []));
  const ports = new Map(leaves.map(({ at }) => [at.port, at]));
  return {
    switch: tree.id,
    name: seen.index.nameOf(tree.id),
    depth: tree.depth,
    link: linkInto(seen, branch),
    nodes: leaves.map(({ node }) => node),
    nodesBelow: nodeCount,
    rateMbit: known(rateMbit),
    reason: reasonOf(seen, branch, beside),
    faults: [
      ...(tree.link ? linkFaults(seen.faultsOf, tree.link.link) : []),
      ...[...ports.values()].flatMap(seen.faultsOf),
    ],
  };
}

function linkInto({ index, rateOf }: FabricTree, { tree: { link } }: Branch): VisitLink | undefined {
  if (!link) return undefined;
  return {
    ends: link.ends,
    speedMbit: linkMbit(index, link.link),
    rateMbit: known(rateOf(link.link)),
    cables: Math.max(1, link.link.cables.length),
    confidence: link.link.confidence,
  };
}

function reasonOf({ index, isReached }: FabricTree, branch: Branch, beside: readonly Branch[]): VisitReason {
  if (!branch.tree.above) return { kind: isReached(branch.tree.id) ? "appliance" : "island" };
  if (beside.length < 2) return { kind: "only" };
  const at = beside.indexOf(branch);
  const behind = beside[at + 1];
  const before = beside[at - 1];
  const { rateMbit } = branch;
  if (behind && behind.rateMbit < rateMbit)
    return { ...{ kind: "faster", than: index.nameOf(behind.tree.id), rateMbit, thanMbit: behind.rateMbit } };
  if (before && before.rateMbit > rateMbit)
    return { ...{ kind: "slower", than: index.nameOf(before.tree.id), rateMbit, thanMbit: before.rateMbit } };
  return { kind: "name" };
}
