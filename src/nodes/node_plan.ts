/** Changes of several nodes at once: what each makes of the nodes that are there, or why it cannot be. Pure. */
import type { Mac } from "#src/value/mac.ts";
import type { Node } from "./node.ts";
import type { NodeIndex } from "./node_index.ts";
import type { NodeProblem } from "./node_problem.ts";
import { type NodeRules, nodeProblem } from "./node_rules.ts";
import type { Origins } from "./node_store.ts";

export type NodePlan =
  | {
      readonly ok: true;
      readonly put: readonly Node[];
      readonly remove: readonly string[];
      readonly origins: Origins;
      readonly event: PlanEvent | undefined;
    }
  | { readonly ok: false; readonly problem: NodeProblem };

export type PlanEvent =
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
  | { readonly kind: "nodesNamed"; readonly nodes: readonly string[] };

export type PlanParts = { readonly index: NodeIndex; readonly rules: NodeRules };

/** Makes the plan when it is its turn. */
export type MakePlan = (parts: PlanParts) => NodePlan;

export const refused = (problem: NodeProblem): NodePlan => ({ ok: false, problem });

/** Looks at the nodes as they would be: nothing may be taken twice. */
export function checkedPlan(
  { index, rules }: PlanParts,
  plan: Extract<NodePlan, { readonly ok: true }>,
): NodePlan {
  const draft = index.copy();
  for (const name of [...plan.remove, ...plan.put.map(({ name }) => name)]) draft.drop(name);
  for (const node of plan.put) {
    const problem = nodeProblem(node, rules) ?? draft.conflict(undefined, node);
    if (problem) return refused(problem);
    draft.hold(node);
  }
  return plan;
}

export type ChangeHow = {
  /** Only tell what would happen. */
  readonly dryRun: boolean;
  /** The running deployment that has this node: it refuses the change. */
  readonly deploymentOf: (node: string) => string | undefined;
};

/** What came of a change of several nodes. Unless `stored`, what would be. */
export type ChangeResult =
  | {
      readonly ok: true;
      /** As they are now. */
      readonly nodes: readonly Node[];
      /** Names that are nobody's any more. */
      readonly gone: readonly string[];
      readonly stored: boolean;
    }
  | { readonly ok: false; readonly problem: NodeProblem };

/** The name that a machine has before anybody gave it one. */
export const discoveredName = (mac: Mac): string => `discovered-${mac.replaceAll(":", "")}`;
