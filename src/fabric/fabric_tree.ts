/** A fabric as seen from the appliance: what order, drawing and counting have in common. Pure. */
import type { Attachment, Fabric, FabricLink, SwitchId } from "./graph.ts";
import { attachmentsByEndpoint } from "./node_places.ts";
import { type FaultsOf, faultsIn, ratesOfLinks } from "./port_health.ts";
import { indexPorts, type PortIndex } from "./port_index.ts";
import { type SpanningTree, spanningTree } from "./spanning_tree.ts";

export type FabricTree = {
  readonly index: PortIndex;
  readonly tree: SpanningTree;
  readonly faultsOf: FaultsOf;
  /** Of one stream over a link; `UNKNOWN_MBIT` where no link has a known speed. */
  readonly rateOf: (link: FabricLink) => number;
  readonly attachments: ReadonlyMap<string, readonly Attachment[]>;
  /** The appliance's ports, the best known first. */
  readonly appliance: readonly Attachment[];
  /** Whether the appliance is connected to a switch. */
  readonly isReached: (id: SwitchId) => boolean;
};

export function treeFrom(fabric: Fabric, appliance: string): FabricTree {
  const index = indexPorts(fabric);
  const faultsOf = faultsIn(index);
  const rateOf = ratesOfLinks(fabric, index, faultsOf);
  const attachments = attachmentsByEndpoint(fabric);
  const own = attachments.get(appliance) ?? [];
  const roots = own.map(({ at }) => at.switch);
  const tree = spanningTree(fabric, { index, rateOf, appliance: roots });
  const reached = new Set(roots);
  const isReached = (id: SwitchId): boolean => reached.has(tree.switches.get(id)?.root ?? "");
  return { index, tree, faultsOf, rateOf, attachments, appliance: own, isReached };
}
