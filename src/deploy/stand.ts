/** A node that stands before a breakpoint: what is said of it, and what it does when it may go on. */
import type { RecordEvent } from "#src/events/event.ts";
import { within } from "./clock.ts";
import type { NodeProgress } from "./deployment.ts";
import type { Interrupt } from "./interrupt.ts";
import type { NodeState } from "./node_state.ts";
import { lossOf, type Watched, watchPaused } from "./pause_watch.ts";
import type { Plan } from "./plan.ts";
import type { StepTools } from "./tools.ts";
import { advanceNode, continued } from "./transition.ts";

/** How long agents take to find a restarted appliance again. */
const RECONNECT_MS = 6_000;

export type Stand = {
  readonly deployment: string;
  readonly plan: Plan;
  readonly tools: StepTools;
  readonly record: RecordEvent;
  readonly interrupt: Interrupt;
  /** Resolves when the node may go on, with who wants to hear whether that is durable. Rejects when the signal aborts. */
  readonly untilContinued: (node: string, signal: AbortSignal) => Promise<(isSaved: boolean) => void>;
};

export type StandEnd = { readonly state: NodeState; readonly told: (isSaved: boolean) => void };

/** @returns the state to save, and who to tell when it is; nothing when the appliance stops meanwhile */
export async function standUntilContinued(
  { node, bootId }: NodeProgress,
  paused: Extract<NodeState, { kind: "paused" }>,
  stand: Stand,
): Promise<StandEnd | undefined> {
  const { next } = paused;
  const { deployment, plan, tools, record, interrupt, untilContinued } = stand;
  const about = { deployment, node, step: next.step };
  const watched = { node, next, bootId };
  record({ kind: "nodePaused", ...about });
  const unwatch = watchPaused(tools, watched, (why) => record({ kind: "pausedNodeLost", ...about, why }));
  const told = await untilContinued(node, interrupt.signal)
    .catch(() => undefined)
    .finally(unwatch);
  if (interrupt.stopped) {
    told?.(false);
    return undefined;
  }
  if (!told) return { state: advanceNode(plan, paused, { kind: "cancelled" }), told: () => {} };
  record({ kind: "nodeContinued", ...about });
  const why = await lossNow(watched, stand);
  if (why === undefined) return { state: continued(paused), told };
  record({ kind: "stepFailed", ...about, attempt: next.attempt, why });
  return { state: advanceNode(plan, paused, { kind: "agentGone", why }), told };
}

/** An agent may be about to come back. */
async function lossNow(watched: Watched, { tools, interrupt }: Stand): Promise<string | undefined> {
  if (lossOf(tools, watched) === undefined) return undefined;
  const { node, bootId } = watched;
  const limit = {
    ...{ clock: tools.clock, ms: RECONNECT_MS, signal: interrupt.signal },
    reason: () => new Error(`no agent within ${RECONNECT_MS} ms`),
  };
  await within(limit, (signal) => tools.waitForAgent(node, signal, (agent) => agent.bootId === bootId)).catch(
    () => {},
  );
  return lossOf(tools, watched);
}
