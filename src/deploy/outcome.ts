import { naturalOrder } from "#src/value/natural_order.ts";
import type { Deployment } from "./deployment.ts";
import { isOnItsWay, type NodeState } from "./node_state.ts";

/** How a deployment ended, or stands. Node names in natural order. */
export type Outcome = {
  readonly ok: readonly string[];
  /** Failed and cancelled nodes, with the step that they got to. */
  readonly ko: readonly { readonly node: string; readonly step: string; readonly why: string }[];
  /** Paused nodes are among them. */
  readonly running: readonly string[];
  /** In reserve, and not needed (yet). */
  readonly spare: readonly string[];
};

export function outcomeOf({ nodes }: Pick<Deployment, "nodes">): Outcome {
  const sorted = nodes.toSorted((left, right) => naturalOrder(left.node, right.node));
  const named = (wanted: (state: NodeState) => boolean): string[] =>
    sorted.filter(({ state }) => wanted(state)).map(({ node }) => node);
  const ko = sorted.flatMap(({ node, state }) => {
    if (state.kind === "failed") return [{ node, step: state.step, why: state.why }];
    if (state.kind === "cancelled") return [{ node, step: state.step, why: "cancelled" }];
    return [];
  });
  return {
    ok: named(({ kind }) => kind === "done"),
    ko,
    running: named(isOnItsWay),
    spare: named(({ kind }) => kind === "spare"),
  };
}

/** True when no node is on its way any more. */
export const isEnded = ({ nodes }: Pick<Deployment, "nodes">): boolean =>
  !nodes.some(({ state }) => isOnItsWay(state));
