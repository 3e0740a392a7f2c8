import { naturalOrder } from "#src/value/natural_order.ts";
import type { Deployment } from "./deployment.ts";
import { isOnItsWay, type NodeState } from "./node_state.ts";
import { neededBy } from "./success_rule.ts";

/** How a deployment ended, or stands. Node names in natural order. */
export type Outcome = {
  readonly ok: readonly string[];
  /** Failed and cancelled nodes, with the step that they got to. */
  readonly ko: readonly { readonly node: string; readonly step: string; readonly why: string }[];
  /** Paused nodes are among them. */
  readonly running: readonly string[];
  /** In reserve, and not needed (yet). */
  readonly spare: readonly string[];
  /** Nodes that were asked for: without those in reserve, and one for a node and those that took its place. */
  readonly places: number;
  /** How many must be OK for a success. */
  readonly needed: number;
  readonly succeeded: boolean;
};

export function outcomeOf({ nodes, request }: Pick<Deployment, "nodes" | "request">): Outcome {
  const sorted = nodes.toSorted((left, right) => naturalOrder(left.node, right.node));
  const named = (wanted: (state: NodeState) => boolean): string[] =>
    sorted.filter(({ state }) => wanted(state)).map(({ node }) => node);
  const ko = sorted.flatMap(({ node, state }) => {
    if (state.kind === "failed") return [{ node, step: state.step, why: state.why }];
    if (state.kind === "cancelled") return [{ node, step: state.step, why: "cancelled" }];
    return [];
  });
  const ok = named(({ kind }) => kind === "done");
  const places = nodes.filter(({ state, replaces }) => state.kind !== "spare" && !replaces).length;
  const needed = neededBy(request.success ?? { kind: "all" }, places);
  return {
    ok,
    ko,
    running: named(isOnItsWay),
    spare: named(({ kind }) => kind === "spare"),
    places,
    needed,
    succeeded: ok.length >= needed,
  };
}

/** True when no node is on its way any more. */
export const isEnded = ({ nodes }: Pick<Deployment, "nodes">): boolean =>
  !nodes.some(({ state }) => isOnItsWay(state));
