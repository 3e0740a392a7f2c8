/** What a finding of the cabling check has to do with some nodes. Pure. */
import type { CablingFinding } from "./cabling_types.ts";
import type { Fabric, FabricLink, PortRef, SwitchId } from "./graph.ts";
import type { OrderedNode } from "./order_types.ts";

/**
 * Those that are about these nodes, their ports, or the links between switches that lead from the appliance to them;
 * and those that say where in the file they are, but not where in the network.
 *
 * @param nodes as {@link chainOrder} gives them
 */
export function findingsFor(
  findings: readonly CablingFinding[],
  fabric: Fabric,
  nodes: readonly Pick<OrderedNode, "node" | "at" | "path">[],
): readonly CablingFinding[] {
  const names = new Set(nodes.map(({ node }) => node));
  const ports = new Set([
    ...fabric.attachments.filter(({ endpoint = "" }) => names.has(endpoint)).map(({ at }) => keyOf(at)),
    ...linksOnTheWay(fabric, nodes).flatMap(({ ends, cables }) => [ends, ...cables].flat().map(keyOf)),
  ]);
  return findings.filter(({ node, at }) => {
    if (node !== undefined) return names.has(node);
    return at.length === 0 || at.some((one) => ports.has(keyOf(one)));
  });
}

const keyOf = ({ switch: id, port }: PortRef): string => JSON.stringify([id, port ?? null]);

function linksOnTheWay(
  { links }: Fabric,
  nodes: readonly Pick<OrderedNode, "path">[],
): readonly FabricLink[] {
  const steps = new Set<string>();
  for (const { path } of nodes)
    for (const [at, to] of path.entries()) {
      const from: SwitchId | undefined = path[at - 1];
      if (from !== undefined) steps.add(pairOf(from, to));
    }
  return links.filter(({ ends: [one, other] }) => steps.has(pairOf(one.switch, other.switch)));
}

const pairOf = (one: SwitchId, other: SwitchId): string => JSON.stringify([one, other].toSorted());
