import { naturalOrder } from "#src/value/natural_order.ts";
import type { Deployment } from "./deployment.ts";
import type { StepName } from "./steps.ts";

/** How a deployment ended, or stands. Node names in natural order. */
export type Outcome = {
  readonly ok: readonly string[];
  /** Failed and cancelled nodes, with the step that they got to. */
  readonly ko: readonly { readonly node: string; readonly step: StepName; readonly why: string }[];
  readonly running: readonly string[];
};

export function outcomeOf({ nodes }: Pick<Deployment, "nodes">): Outcome {
  const sorted = nodes.toSorted((left, right) => naturalOrder(left.node, right.node));
  const named = (kind: "done" | "running"): string[] =>
    sorted.filter(({ state }) => state.kind === kind).map(({ node }) => node);
  const ko = sorted.flatMap(({ node, state }) => {
    if (state.kind === "failed") return [{ node, step: state.step, why: state.why }];
    if (state.kind === "cancelled") return [{ node, step: state.step, why: "cancelled" }];
    return [];
  });
  return { ok: named("done"), ko, running: named("running") };
}

/** True when no node is on its way any more. */
export const isEnded = ({ nodes }: Pick<Deployment, "nodes">): boolean =>
  nodes.every(({ state }) => state.kind !== "running");
