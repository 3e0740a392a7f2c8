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
  const leftSec = waySec - spentMs(way, state, facts.records) / 1000;
  return Math.max(1, Math.min(stepSec, Math.ceil(leftSec)));
}

/** Nothing is left of the time that the node's present way has. */
export function isWayOver(plan: Plan, state: RunningState, records: readonly StepRecord[]): boolean {
  const { way, timeLimitSec } = wayAt(plan, state);
  return timeLimitSec !== undefined && spentMs(way, state, records) >= timeLimitSec * 1000;
}

/** What this turn of the way took so far. */
const spentMs = (way: string, { phase, turn, round }: RunningState, records: readonly StepRecord[]): number =>
  records
    .filter((one) => one.phase === phase && one.way === way && one.turn === turn && one.round === round)
    .reduce((sum, { tookMs }) => sum + tookMs, 0);
