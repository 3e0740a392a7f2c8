import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { unreachable } from "#src/value/unreachable.ts";
import { describeGroupProblem, type GroupProblem } from "./group.ts";

/** Why a node was not added, changed or removed. Nothing was changed. */
export type NodeProblem =
  | { readonly kind: "unknownNode"; readonly node: string }
  | { readonly kind: "badName"; readonly name: string }
  | { readonly kind: "nameTaken"; readonly name: string }
  | { readonly kind: "noMac"; readonly node: string }
  | { readonly kind: "badMac"; readonly mac: Mac }
  | { readonly kind: "macTaken"; readonly mac: Mac; readonly node: string }
  | { readonly kind: "addressTaken"; readonly address: Ipv4; readonly node: string }
  /** `why` is a clause such as `it is not in 10.77.0.0/24`. */
  | { readonly kind: "addressUnusable"; readonly address: Ipv4; readonly why: string }
  | { readonly kind: "badKernelArgument"; readonly argument: string }
  | { readonly kind: "sameNode"; readonly node: string }
  | {
      readonly kind: "twoMachines";
      readonly node: string;
      readonly other: string;
      readonly serials: readonly [string, string];
    }
  | { readonly kind: "notItsMac"; readonly mac: Mac; readonly node: string }
  | { readonly kind: "notDiscovered"; readonly node: string }
  | { readonly kind: "nodeBusy"; readonly node: string; readonly deployment: string }
  | Extract<GroupProblem, { readonly kind: "unknownGroup" | "badOption" }>;

/** One line for a human: what was not done, what was found, what to do about it. */
export function describeNodeProblem(problem: NodeProblem): string {
  switch (problem.kind) {
    case "unknownNode":
      return `No node is called "${problem.node}"; see "brigade node list"`;
    case "badName":
      return `Cannot name a node ${JSON.stringify(problem.name)}: wants lower-case letters, digits, hyphens and dots, at most 63, first and last a letter or digit`;
    case "nameTaken":
      return `Cannot name a node "${problem.name}": another node has that name; see "brigade node show ${problem.name}"`;
    case "noMac":
      return `Cannot keep "${problem.node}" without a MAC address: a node is known by it`;
    case "badMac":
      return `Cannot use MAC ${problem.mac}: it is not the address of one machine`;
    case "macTaken":
      return `Cannot use MAC ${problem.mac}: it belongs to "${problem.node}"; remove that node or change its MAC first`;
    case "addressTaken":
      return `Cannot use address ${problem.address}: "${problem.node}" has it`;
    case "addressUnusable":
      return `Cannot use address ${problem.address}: ${problem.why}`;
    case "badKernelArgument":
      return `Cannot use kernel argument ${JSON.stringify(problem.argument)}: wants letters, digits and ._,:=/@+%~^*![]- only, and no "brigade." in front`;
    case "sameNode":
      return `Cannot do that with "${problem.node}" alone: it wants two nodes`;
    case "twoMachines":
      return `Cannot merge "${problem.other}" into "${problem.node}": their serial numbers are ${JSON.stringify(problem.serials[1])} and ${JSON.stringify(problem.serials[0])}, so they are two machines; if that is wrong, say --force`;
    case "notItsMac":
      return `Cannot take MAC ${problem.mac} out of "${problem.node}": it is not one of its own; see "brigade node show ${problem.node}"`;
    case "notDiscovered":
      return `Cannot put "${problem.node}" in the place of another: it is registered, not a discovered machine; remove it first, and it is discovered when it boots again`;
    case "nodeBusy":
      return `Cannot change "${problem.node}": it is being installed by ${problem.deployment}; wait for it or run "brigade deployment cancel ${problem.deployment}"`;
    case "unknownGroup":
    case "badOption":
      return describeGroupProblem(problem);
    default:
      return unreachable(problem);
  }
}
