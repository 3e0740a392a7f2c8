import type { StepRecord } from "./deployment.ts";
import type { RunningState } from "./node_state.ts";
import { type Plan, stepAt, wayAt } from "./plan.ts";

export type LimitFacts = {
  /** The attempts of the node so far. */
  readonly records: readonly StepRecord[];
  /** What past runs say, unless somebody asked for another limit. */
  readonly learnedSec?: number | undefined;
  /** Counts before everything else. */
  readonly forcedSec?: number | undefined;
};

/** Seconds that an attempt may take: of the step, and no more than its way has left. At least 1. */
export function stepLimitSec(plan: Plan, state: RunningState, facts: LimitFacts): number {
  const planned = stepAt(plan, state);
  const { way, timeLimitSec: waySec } = wayAt(plan, state);
  const learnedSec = planned.limitAsked ? undefined : facts.learnedSec;
  const stepSec = facts.forcedSec ?? learnedSec ?? planned.timeLimitSec;
  if (waySec === undefined) return stepSec;
  const spentMs = facts.records
    .filter((one) => one.phase === state.phase && one.way === way && one.turn === state.turn)
    .filter(({ round }) => round === state.round)
    .reduce((sum, { tookMs }) => sum + tookMs, 0);
  return Math.max(1, Math.min(stepSec, Math.ceil(waySec - spentMs / 1000)));
}
