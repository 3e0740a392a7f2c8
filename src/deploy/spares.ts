/** Which node in reserve takes whose place. Pure. */
import { naturalOrder } from "#src/value/natural_order.ts";
import type { Deployment, NodeProgress } from "./deployment.ts";
import { outcomeOf } from "./outcome.ts";

export type Replacement = { readonly spare: NodeProgress; readonly replaces: string };

/** In reserve and still held. */
export const sparesOf = ({ nodes }: Pick<Deployment, "nodes">): readonly NodeProgress[] =>
  nodes.filter(({ state }) => state.kind === "spare" && !state.released);

/**
 * Who steps in next: for the first failed node whose place nobody took, the
 * spare that shares most of its groups, the first by name among equals.
 *
 * @returns nothing when no node needs one or none is left
 */
export function nextReplacement(
  deployment: Pick<Deployment, "nodes">,
  groupsOf: (node: string) => readonly string[],
): Replacement | undefined {
  const { nodes } = deployment;
  const replaced = new Set(nodes.map(({ replaces }) => replaces));
  const failed = nodes.find(({ node, state }) => state.kind === "failed" && !replaced.has(node));
  if (!failed) return undefined;
  const groups = new Set(groupsOf(failed.node));
  const likeness = ({ node }: NodeProgress): number => groupsOf(node).filter((one) => groups.has(one)).length;
  const [spare] = sparesOf(deployment).toSorted(
    (left, right) => likeness(right) - likeness(left) || naturalOrder(left.node, right.node),
  );
  return spare && { spare, replaces: failed.node };
}

/** Nodes in reserve that nothing can need any more: as many are OK as were wanted, or all have ended. */
export function idleSpares(deployment: Pick<Deployment, "nodes" | "request">): readonly NodeProgress[] {
  const { running, succeeded } = outcomeOf(deployment);
  return succeeded || running.length === 0 ? sparesOf(deployment) : [];
}
