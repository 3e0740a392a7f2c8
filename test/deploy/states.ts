/** States of nodes and plans, said in as few words as a test needs. */
import type { StepRecord } from "#src/deploy/deployment.ts";
import type { NodeState, RunningState } from "#src/deploy/node_state.ts";
import type { Operation } from "#src/deploy/operation.ts";
import { type Plan, planOf, straightThrough } from "#src/deploy/plan.ts";
import { isStepName, type PhaseNumber, stepSpec } from "#src/deploy/steps.ts";
import { DEFAULT_WORKFLOW } from "#src/deploy/workflow.ts";

/** What a node does when nobody says anything else. */
export const PLAN: Plan = planOf({ workflow: DEFAULT_WORKFLOW });
/** Its steps, when nothing fails. */
export const STRAIGHT: readonly string[] = straightThrough(PLAN).map(({ name }) => name);

const phaseOf = (step: string): PhaseNumber => (isStepName(step) ? stepSpec(step).phase : 1);

export function running(step: string, more: Partial<RunningState> = {}): RunningState {
  const phase = more.phase ?? phaseOf(step);
  const round = more.round ?? 1;
  const installs = phase === 1 ? round - 1 : round;
  return { kind: "running", phase, way: 0, turn: 1, step, attempt: 1, round, installs, ...more };
}

export const failed = (step: string, why = "why"): NodeState => ({
  kind: "failed",
  phase: phaseOf(step),
  step,
  why,
});
export const cancelled = (step: string): NodeState => ({ kind: "cancelled", phase: phaseOf(step), step });

export const recordOf = (step: string, more: Partial<StepRecord> = {}): StepRecord => ({
  ...{ step, phase: phaseOf(step), way: "reboot", turn: 1, round: 1, attempt: 1, startedAtMs: 1, tookMs: 1 },
  ...more,
});

/** Before `format`, a script that does nothing. */
export const operation = (change: Partial<Operation> = {}): Operation => ({
  ...{ name: "check", when: "before", step: "format", timeLimitSec: 60, maxAttempts: 1 },
  action: { kind: "run", script: "true\n" },
  ...change,
});
