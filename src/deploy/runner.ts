/**
 * Drives one node from a saved or fresh state to its end. Nodes know nothing of
 * each other: no barrier anywhere.
 */
import type { RecordEvent } from "#src/events/event.ts";
import { pause, within } from "./clock.ts";
import type { NodeProgress, StepRecord } from "./deployment.ts";
import type { Hold } from "./hold.ts";
import type { Interrupt } from "./interrupt.ts";
import type { NodeState, RunningState } from "./node_state.ts";
import { operationAction } from "./operation_action.ts";
import { type Plan, type PlannedStep, stepAt, wayAt } from "./plan.ts";
import { type Stand, standUntilContinued } from "./stand.ts";
import type { NodeFacts, StepAction, StepActions, StepContext } from "./step_action.ts";
import { AgentGone, Hopeless, NoWay, wordsOf } from "./step_fault.ts";
import { isStepName, type StepName } from "./steps.ts";
import { isWayOver, stepLimitSec } from "./time_limit.ts";
import type { StepTools } from "./tools.ts";
import { advanceNode, type StepEvent } from "./transition.ts";

/** More than a node makes in its rounds unless it was asked for very many: then the oldest are let go. */
export const MAX_RECORDS = 64;
const FIRST_SAVE_PAUSE_MS = 500;
const MAX_SAVE_PAUSE_MS = 30_000;

/** Replaces the limits of the table, for machines that are slower or quicker than usual. */
export type StepLimitsSec = Readonly<Partial<Record<StepName, number>>>;

/** `isFirst`: none at this step failed in this deployment before. */
export type AttemptAt = { readonly step: string; readonly way: string; readonly isFirst: boolean };

/**
 * Waits until the step may begin, which does not count as its time, and has the end of the attempt told. Rejects
 * when the signal aborts. `onWait` is told what for.
 */
export type Admit = (
  node: string,
  state: RunningState,
  signal: AbortSignal,
  onWait: (waitsFor: string) => void,
) => Promise<Disposable>;

export type NodeRun = {
  readonly deployment: StepContext["deployment"];
  readonly plan: Plan;
  readonly actions: StepActions;
  readonly tools: StepTools;
  readonly limitsSec: StepLimitsSec;
  /** What past runs of machines like this one say about a step; undefined: too little. */
  readonly learnedLimitSec?: ((node: string, attempt: AttemptAt) => number | undefined) | undefined;
  readonly admit?: Admit | undefined;
  /** What steps and operations wait for in their own time. */
  readonly hold?: Hold | undefined;
  readonly untilContinued: Stand["untilContinued"];
  readonly record: RecordEvent;
  /** Resolves when it would survive a SIGKILL. */
  readonly save: (progress: NodeProgress) => Promise<void>;
  /** Everything that changes, saved or not. */
  readonly onChange: (progress: NodeProgress) => void;
  /** For tests that kill the appliance: called when a state is durable and nothing of it was done yet. */
  readonly afterSave: (node: string, state: NodeState) => Promise<void>;
  readonly interrupt: Interrupt;
};

/**
 * Resolves with the last progress saved: its state is final, or running when the appliance stops.
 *
 * @param resumed the appliance was restarted while `from` was acted on
 */
export async function runNode(
  from: NodeProgress,
  run: NodeRun,
  { resumed }: { resumed: boolean },
): Promise<NodeProgress> {
  const walk = new NodeWalk(from, run);
  if (!resumed) await run.afterSave(from.node, from.state);
  await walk.toEnd(resumed);
  return walk.progress;
}

/** A node on its way: the progress, and what changes it. */
class NodeWalk {
  progress: NodeProgress;
  readonly #run: NodeRun;

  constructor(progress: NodeProgress, run: NodeRun) {
    this.progress = progress;
    this.#run = run;
  }

  async toEnd(resumed: boolean): Promise<void> {
    let first = resumed;
    while (!this.#run.interrupt.stopped) {
      const { state } = this.progress;
      if (state.kind === "paused") {
        first = false;
        if (!(await this.#stand(state))) return;
        continue;
      }
      if (state.kind !== "running") return;
      const { event, facts, record } = await this.#attempt(state, first);
      first = false;
      if (this.#run.interrupt.stopped) return;
      const records = [...this.progress.records, record].slice(-MAX_RECORDS);
      const seen = this.#withWayOver(event, state, records);
      const next = { ...this.progress, ...facts, records, state: advanceNode(this.#run.plan, state, seen) };
      if (!(await this.#save(next))) return;
      this.#say(record, event);
      await this.#run.afterSave(next.node, next.state);
    }
  }

  /** A step that failed as its way's time ended is not attempted again. */
  #withWayOver(event: StepEvent, state: RunningState, records: readonly StepRecord[]): StepEvent {
    return event.kind === "faulted" && isWayOver(this.#run.plan, state, records)
      ? { kind: "wayOver", why: event.why }
      : event;
  }

  /** @returns false when the appliance stops meanwhile */
  async #stand(paused: Extract<NodeState, { kind: "paused" }>): Promise<boolean> {
    const { deployment, afterSave } = this.#run;
    const end = await standUntilContinued(this.progress, paused, { ...this.#run, deployment: deployment.id });
    if (!end) return false;
    const isSaved = await this.#save({ ...this.progress, state: end.state });
    end.told(isSaved);
    if (isSaved) await afterSave(this.progress.node, end.state);
    return isSaved;
  }

  async #attempt(
    state: RunningState,
    resumed: boolean,
  ): Promise<{ event: StepEvent; facts: NodeFacts; record: StepRecord }> {
    const { deployment, plan, tools, record, interrupt } = this.#run;
    const { clock } = tools;
    const { step, phase, turn, attempt, round } = state;
    const { way } = wayAt(plan, state);
    let [startedAtMs, sinceMs] = [clock.wallMs(), clock.monotonicMs()];
    let event: StepEvent = { kind: "succeeded" };
    let facts: NodeFacts = {};
    try {
      using _slot = await this.#admitted(state);
      record({ kind: "stepStarted", deployment: deployment.id, node: this.progress.node, step, attempt });
      startedAtMs = clock.wallMs();
      sinceMs = clock.monotonicMs();
      facts = await this.#act(state, resumed);
    } catch (fault) {
      event = interrupt.cancelled ? { kind: "cancelled" } : eventOf(fault);
    }
    const tookMs = Math.round(clock.monotonicMs() - sinceMs);
    const why = "why" in event ? event.why : event.kind === "cancelled" ? "cancelled" : undefined;
    return { event, facts, record: { step, phase, way, turn, round, attempt, startedAtMs, tookMs, why } };
  }

  async #admitted(state: RunningState): Promise<Disposable | undefined> {
    const { admit, interrupt, onChange } = this.#run;
    const show = (waitsFor: string | undefined): void => {
      this.progress = { ...this.progress, waitsFor };
      onChange(this.progress);
    };
    try {
      return await admit?.(this.progress.node, state, interrupt.signal, show);
    } finally {
      if (this.progress.waitsFor !== undefined) show(undefined);
    }
  }

  async #act(state: RunningState, resumed: boolean): Promise<NodeFacts> {
    const { interrupt, tools, plan, limitsSec, learnedLimitSec, hold } = this.#run;
    const { node, records } = this.progress;
    const isFirst = !records.some(({ step, why }) => step === state.step && why !== undefined);
    const timeLimitSec = stepLimitSec(plan, state, {
      records,
      learnedSec: learnedLimitSec?.(node, { step: state.step, way: wayAt(plan, state).way, isFirst }),
      forcedSec: isStepName(state.step) ? limitsSec[state.step] : undefined,
    });
    const reason = (): Error => new Error(`No end within ${timeLimitSec} s`);
    const limit = { clock: tools.clock, ms: timeLimitSec * 1000, signal: interrupt.signal, reason };
    const planned = stepAt(plan, state);
    return within(limit, async (signal) => {
      const context = this.#context({ state, planned, resumed, timeLimitSec, signal });
      await hold?.(context);
      return this.#action(planned)(context);
    });
  }

  #action({ name: step, operation }: PlannedStep): StepAction {
    if (operation) return operationAction(operation);
    if (!isStepName(step)) throw new Hopeless(`This version of Brigade knows no step "${step}"`);
    return this.#run.actions[step];
  }

  #context(now: Pick<StepContext, "state" | "planned" | "resumed" | "timeLimitSec" | "signal">): StepContext {
    const { deployment, tools, onChange } = this.#run;
    const note = async (facts: NodeFacts): Promise<void> => {
      if (!(await this.#save({ ...this.progress, ...facts }))) now.signal.throwIfAborted();
    };
    const report: StepContext["report"] = (broadcast) => {
      // Late news of an attempt that has ended.
      if (now.signal.aborted || this.progress.state !== now.state) return;
      this.progress = { ...this.progress, broadcast };
      onChange(this.progress);
    };
    return { deployment, progress: this.progress, tools, note, report, ...now };
  }

  /**
   * Nothing is done that is not on disk first, so a store that cannot write is waited for.
   *
   * @returns false when the appliance stops before it could be saved.
   */
  async #save(next: NodeProgress): Promise<boolean> {
    const { save, interrupt, tools, record, onChange } = this.#run;
    for (let pauseMs = FIRST_SAVE_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_SAVE_PAUSE_MS)) {
      try {
        await save(next);
        this.progress = next;
        onChange(next);
        return true;
      } catch (fault) {
        const problem = `Cannot save the progress of ${next.node}: ${wordsOf(fault)}; trying again in ${pauseMs} ms`;
        record({ kind: "storeFailed", problem });
      }
      try {
        await pause(tools.clock, pauseMs, interrupt.stopSignal);
      } catch {
        return false;
      }
    }
  }

  #say({ step, attempt, tookMs }: StepRecord, event: StepEvent): void {
    const { deployment, record, tools } = this.#run;
    const { node, state, records } = this.progress;
    const about = { deployment: deployment.id, node };
    if (event.kind === "succeeded") record({ kind: "stepFinished", ...about, step, tookMs });
    else if (event.kind !== "cancelled")
      record({ kind: "stepFailed", ...about, step, attempt, why: event.why });
    if (state.kind === "failed") record({ kind: "nodeFailed", ...about, step, why: state.why });
    if (state.kind === "done") {
      const startedAtMs = records[0]?.startedAtMs ?? tools.clock.wallMs();
      record({ kind: "nodeDeployed", ...about, tookMs: Math.max(0, tools.clock.wallMs() - startedAtMs) });
    }
  }
}

/** By name: the agent hub has an `AgentGone` of its own. */
function eventOf(fault: unknown): StepEvent {
  const why = wordsOf(fault);
  if (fault instanceof NoWay) return { kind: "noWay", why };
  if (fault instanceof Hopeless) return { kind: "hopeless", why };
  if (fault instanceof AgentGone || (fault instanceof Error && fault.name === "AgentGone"))
    return { kind: "agentGone", why };
  return { kind: "faulted", why };
}
