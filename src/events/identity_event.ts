import type { Mac } from "#src/value/mac.ts";
import { foldNodeSet } from "#src/value/node_set.ts";
import { unreachable } from "#src/value/unreachable.ts";

/** What happened to who is who. */
export type IdentityEvent =
  | { readonly kind: "nodesMerged"; readonly node: string; readonly other: string }
  | {
      readonly kind: "nodeSplit";
      readonly node: string;
      readonly other: string;
      readonly macs: readonly Mac[];
    }
  | { readonly kind: "nodeReplaced"; readonly node: string; readonly other: string }
  | { readonly kind: "nodeMacsSwapped"; readonly node: string; readonly other: string }
  | { readonly kind: "nodesAccepted"; readonly nodes: readonly string[] };

export function describeIdentity(event: IdentityEvent): string {
  switch (event.kind) {
    case "nodesMerged":
      return `Node ${event.other} was merged into ${event.node}`;
    case "nodeSplit":
      return `MAC ${event.macs.join(", ")} was taken out of ${event.node} and is ${event.other} now`;
    case "nodeReplaced":
      return `Node ${event.node} is the machine now that was ${event.other}`;
    case "nodeMacsSwapped":
      return `Nodes ${event.node} and ${event.other} exchanged their MACs`;
    case "nodesAccepted":
      return `Nodes ${foldNodeSet(event.nodes)} were accepted as they are`;
    default:
      return unreachable(event);
  }
}
