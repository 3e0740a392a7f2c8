/**
 * What follows what on one node. The runner performs effects; here is only the
 * decision, so that every path can be listed in a test.
 *
 *     phase 1 ──► phase 2 ──► phase 3 ──► done
 *        ▲           │ agent gone, or attempts used up
 *        └───────────┘ as often as the plan retries the installation
 *
 * In each phase: a step is attempted, then its way taken again, then the next
 * way taken, as the plan says. Ways that need what the node ran at the start
 * are for the first journey only, as long as there is another. Phase 3 never
 * goes back: the disk is installed, and installing it again was not asked for.
 */
import type { NodeState, RunningState } from "./node_state.ts";
import { type Plan, stepAt, wayAt } from "./plan.ts";
import type { PhaseNumber } from "./steps.ts";
import { FIRST_ROUND_WAYS } from "./workflow.ts";

/** How one attempt at a step ended. */
export type StepEvent =
  | { readonly kind: "succeeded" }
  /** Worth another attempt. */
  | { readonly kind: "faulted"; readonly why: string }
  /** All the time of this way is spent: no further attempt at the step. */
  | { readonly kind: "wayOver"; readonly why: string }
  /** This way cannot work here, for example no SSH server answers: the next one may. */
  | { readonly kind: "noWay"; readonly why: string }
  /** The node booted anew or fell silent: what the ramdisk knew is lost. */
  | { readonly kind: "agentGone"; readonly why: string }
  /** No repetition can heal it, for example a disk that is too small. */
  | { readonly kind: "hopeless"; readonly why: string }
  | { readonly kind: "cancelled" };

/** The first state of a node. @throws RangeError for a plan without steps in phase 1 */
export function firstState(plan: Plan): NodeState {
  const first = firstOfPhase(plan, { phase: 1, round: 1, installs: 0 });
  if (!first) throw new RangeError("Cannot begin: the plan has no step in phase 1");
  return orPause(plan, first);
}

/** The whole state machine of a node that is on its way. Finished nodes stay finished, whatever arrives late. */
export function advanceNode(plan: Plan, state: NodeState, event: StepEvent): NodeState {
  if (state.kind === "paused") return whilePaused(plan, state.next, event) ?? state;
  if (state.kind !== "running") return state;
  switch (event.kind) {
    case "cancelled":
      return cancelled(state);
    case "hopeless":
      return failed(state, event.why);
    case "succeeded":
      return orPause(plan, nextStep(plan, state));
    case "wayOver":
      return orPause(plan, wayAgain(plan, state, event.why));
    case "noWay":
      return orPause(plan, afterWay(plan, state, event.why));
    case "agentGone":
      return orPause(
        plan,
        state.phase === 2 ? installAgain(plan, state, event.why) : again(plan, state, event.why),
      );
    case "faulted":
      return orPause(plan, again(plan, state, event.why));
  }
}

/** What a paused node does when it is told to go on. */
export const continued = (state: NodeState): NodeState =>
  state.kind === "paused" ? passing(state.next) : state;

const passing = (next: RunningState): RunningState => ({
  ...next,
  passed: [...(next.passed ?? []), next.step],
});

/** A node that stood while its ramdisk went away is brought there again, whatever its plan says of retries: it did nothing wrong. */
function whilePaused(plan: Plan, next: RunningState, { kind }: StepEvent): NodeState | undefined {
  if (kind === "cancelled") return cancelled(next);
  if (kind !== "agentGone") return undefined;
  const { passed } = passing(next);
  const round = next.round + 1;
  const installs = next.phase === 2 ? next.installs - 1 : next.installs;
  return firstOfPhase(plan, { phase: 1, round, installs, passed });
}

const cancelled = ({ phase, step }: RunningState): NodeState => ({ kind: "cancelled", phase, step });
const failed = ({ phase, step }: RunningState, why: string): NodeState => ({
  kind: "failed",
  phase,
  step,
  why,
});

function nextStep(plan: Plan, state: RunningState): NodeState {
  const { steps } = wayAt(plan, state);
  const next = steps[steps.findIndex(({ name }) => name === state.step) + 1];
  if (next) return { ...state, step: next.name, attempt: 1 };
  for (let phase = state.phase + 1; phase <= plan.length; phase++) {
    const first = firstOfPhase(plan, { ...state, phase: phase as PhaseNumber });
    if (first) return first;
  }
  return { kind: "done" };
}

/** Another attempt, else the way again, else the next way. */
function again(plan: Plan, state: RunningState, why: string): NodeState {
  if (state.attempt < stepAt(plan, state).maxAttempts) return { ...state, attempt: state.attempt + 1 };
  return wayAgain(plan, state, why);
}

/** The way once more, else the next way. In phase 1 that is another journey. */
function wayAgain(plan: Plan, state: RunningState, why: string): NodeState {
  if (state.phase === 2) return installAgain(plan, state, why);
  const next = { ...state, round: state.phase === 1 ? state.round + 1 : state.round };
  const mayRepeat = state.turn <= wayAt(plan, state).retries && firstWay(plan, next, state.way) === state.way;
  return mayRepeat ? beginWay(plan, { ...next, turn: state.turn + 1 }) : wayAfter(plan, next, why);
}

/** The next way in place of one that could not be begun: no journey was made. */
function afterWay(plan: Plan, state: RunningState, why: string): NodeState {
  return state.phase === 2 ? installAgain(plan, state, why) : wayAfter(plan, state, why);
}

function wayAfter(plan: Plan, state: RunningState, why: string): NodeState {
  const way = firstWay(plan, state, state.way + 1);
  return way === undefined ? failed(state, why) : beginWay(plan, { ...state, way, turn: 1 });
}

/** The first way from `from` on that may be taken in this round; undefined when there is none left. */
function firstWay(
  plan: Plan,
  { phase, round }: Pick<RunningState, "phase" | "round">,
  from = 0,
): number | undefined {
  const ways = plan[phase - 1] ?? [];
  const places = [...ways.keys()].slice(from);
  if (phase > 1 || round === 1) return places[0];
  const isForLater = (place: number): boolean => !FIRST_ROUND_WAYS.includes(ways[place]?.way ?? "");
  return places.find(isForLater) ?? places[0];
}

/** From the start, as the way into the ramdisk has led there before. */
function installAgain(plan: Plan, state: RunningState, why: string): NodeState {
  const { retries } = wayAt(plan, state);
  const first = firstOfPhase(plan, { ...state, phase: 1, round: state.round + 1 });
  return first && state.installs <= retries ? first : failed(state, why);
}

function beginWay(plan: Plan, state: RunningState): NodeState {
  const first = wayAt(plan, state).steps[0];
  return first ? { ...state, step: first.name, attempt: 1 } : { kind: "done" };
}

function firstOfPhase(
  plan: Plan,
  { phase, round, installs, passed }: Pick<RunningState, "phase" | "round" | "installs" | "passed">,
): RunningState | undefined {
  const way = firstWay(plan, { phase, round }) ?? 0;
  const step = plan[phase - 1]?.[way]?.steps[0]?.name;
  if (step === undefined) return undefined;
  const begun = phase === 2 ? installs + 1 : installs;
  const told = passed && { passed };
  return { kind: "running", phase, way, turn: 1, step, attempt: 1, round, installs: begun, ...told };
}

/** A node that comes to a step for the first time stops there when the plan says so. */
function orPause(plan: Plan, state: NodeState): NodeState {
  if (state.kind !== "running" || state.attempt > 1 || state.passed?.includes(state.step)) return state;
  return stepAt(plan, state).pauseBefore ? { kind: "paused", next: state } : state;
}
