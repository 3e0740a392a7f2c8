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
  | { readonly kind: "nodesAccepted"; readonly nodes: readonly string[] }
  | { readonly kind: "nodesNamed"; readonly nodes: readonly string[] }
  /** No naming rule could name it. */
  | { readonly kind: "machineNotNamed"; readonly node: string; readonly problem: string }
  | {
      readonly kind: "identityDoubt";
      readonly nodes: readonly string[];
      /** A sentence without a full stop. */
      readonly problem: string;
      /** The command that settles it. */
      readonly settle: string;
    }
  | { readonly kind: "identitySettled"; readonly nodes: readonly string[]; readonly problem: string }
  | {
      readonly kind: "nodeHeld";
      readonly deployment: string;
      readonly node: string;
      readonly step: string;
      readonly because: string;
    };

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
    case "nodesNamed":
      return `Named ${foldNodeSet(event.nodes)} by port`;
    case "machineNotNamed":
      return `${event.problem}; it stays ${event.node}`;
    case "identityDoubt":
      return `${event.problem}; settle it with "${event.settle}"`;
    case "identitySettled":
      return `No longer so: ${event.problem}`;
    case "nodeHeld":
      return `${event.deployment} ${event.node}: held before ${event.step}: ${event.because}`;
    default:
      return unreachable(event);
  }
}
