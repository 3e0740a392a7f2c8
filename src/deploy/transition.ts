/**
 * What follows what on one node. The runner performs effects; here is only the
 * decision, so that every path can be listed in a test.
 *
 *     phase 1 ──► phase 2 ──► phase 3 ──► done
 *        ▲           │ agent gone, or attempts used up
 *        └───────────┘ once (MAX_ROUNDS)
 *
 * Phase 3 never goes back: the disk is installed, and installing it again was
 * not asked for.
 */
import { DEPLOY_STEPS, MAX_ROUNDS, type NodeState, stepSpec } from "./steps.ts";

/** How one attempt at a step ended. */
export type StepEvent =
  | { readonly kind: "succeeded" }
  /** Worth another attempt. */
  | { readonly kind: "faulted"; readonly why: string }
  /** The node booted anew or fell silent: what the ramdisk knew is lost. */
  | { readonly kind: "agentGone"; readonly why: string }
  /** No repetition can heal it, for example a disk that is too small. */
  | { readonly kind: "hopeless"; readonly why: string }
  | { readonly kind: "cancelled" };

type Running = Extract<NodeState, { kind: "running" }>;

const FIRST_STEP = DEPLOY_STEPS[0].name;

export const firstState = (): NodeState => ({ kind: "running", step: FIRST_STEP, attempt: 1, round: 1 });

/** The whole state machine of a node. Finished nodes stay finished, whatever arrives late. */
export function advanceNode(state: NodeState, event: StepEvent): NodeState {
  if (state.kind !== "running") return state;
  switch (event.kind) {
    case "cancelled":
      return { kind: "cancelled", step: state.step };
    case "hopeless":
      return { kind: "failed", step: state.step, why: event.why };
    case "succeeded":
      return nextStep(state);
    case "agentGone":
      return stepSpec(state.step).phase === 2
        ? anotherRound(state, event.why)
        : anotherAttempt(state, event.why);
    case "faulted":
      return anotherAttempt(state, event.why);
  }
}

function nextStep({ step, round }: Running): NodeState {
  const next = DEPLOY_STEPS[DEPLOY_STEPS.findIndex(({ name }) => name === step) + 1];
  return next ? { kind: "running", step: next.name, attempt: 1, round } : { kind: "done" };
}

function anotherAttempt(state: Running, why: string): NodeState {
  const { step, attempt, round } = state;
  if (attempt < stepSpec(step).maxAttempts) return { kind: "running", step, attempt: attempt + 1, round };
  return anotherRound(state, why);
}

/** A power command that failed in every attempt would fail again; an agent that did not come may come next time. */
function anotherRound({ step, round }: Running, why: string): NodeState {
  const canHeal = step === "await-agent" || stepSpec(step).phase === 2;
  return canHeal && round < MAX_ROUNDS
    ? { kind: "running", step: FIRST_STEP, attempt: 1, round: round + 1 }
    : { kind: "failed", step, why };
}
