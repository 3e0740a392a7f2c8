/** Deployments as they were stored before they had plans, made whole. Pure. */
import type { NodeProgress, StepRecord } from "./deployment.ts";
import type { NodeState } from "./node_state.ts";
import { planOf } from "./plan.ts";
import { isStepName, type PhaseNumber, stepSpec } from "./steps.ts";
import { DEFAULT_WORKFLOW } from "./workflow.ts";

/** What every node did then. */
export const OLDER_PLANS = [planOf({ workflow: DEFAULT_WORKFLOW })] as const;

const WAYS: Readonly<Record<PhaseNumber, string>> = { 1: "reboot", 2: "archive", 3: "reboot" };

/** Leaves those as they are that have everything. */
export function completeProgress(progress: NodeProgress): NodeProgress {
  // What is stored lacks fields that the type has by now.
  if ((progress.plan as number | undefined) !== undefined) return progress;
  return {
    ...progress,
    plan: 0,
    state: completeState(progress.state),
    records: progress.records.map(completeRecord),
  };
}

const phaseOf = (step: string): PhaseNumber => (isStepName(step) ? stepSpec(step).phase : 1);

function completeState(state: NodeState): NodeState {
  switch (state.kind) {
    case "running": {
      const phase = phaseOf(state.step);
      const installs = phase === 1 ? state.round - 1 : state.round;
      return { ...state, phase, way: 0, turn: 1, installs };
    }
    case "failed":
    case "cancelled":
      return { ...state, phase: phaseOf(state.step) };
    default:
      return state;
  }
}

function completeRecord(record: StepRecord): StepRecord {
  const phase = phaseOf(record.step);
  return { ...record, phase, way: WAYS[phase], turn: 1 };
}
