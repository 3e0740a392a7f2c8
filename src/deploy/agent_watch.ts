import type { StepContext } from "./step_action.ts";
import { AgentGone } from "./step_fault.ts";

const LOOK_EVERY_MS = 2_000;
/** A pulled cable, a restarted switch or appliance heals within this; longer silence does not pay to wait for. */
const MAX_SILENCE_MS = 60_000;

/**
 * Does `work` with a signal that aborts with the step's, and with `AgentGone`
 * when the node booted anew or its agent is away for `maxSilenceMs`, a minute. Without it a
 * step would wait out its time limit, an hour for a broadcast.
 */
export async function whileAgentIsThere<T>(
  context: StepContext,
  work: (signal: AbortSignal) => Promise<T>,
  maxSilenceMs = MAX_SILENCE_MS,
): Promise<T> {
  const { tools, progress, signal } = context;
  signal.throwIfAborted();
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });

  let lastSeenMs = tools.clock.monotonicMs();
  let prevent = (): void => {};
  const look = (): void => {
    const bootId = tools.agentOf(progress.node)?.bootId;
    const nowMs = tools.clock.monotonicMs();
    if (bootId === progress.bootId) lastSeenMs = nowMs;
    if (bootId !== undefined && bootId !== progress.bootId) {
      controller.abort(new AgentGone(`Node ${progress.node} booted anew in the middle of its installation`));
    } else if (nowMs - lastSeenMs >= maxSilenceMs) {
      controller.abort(
        new AgentGone(`The agent of ${progress.node} was silent for ${maxSilenceMs / 1000} s`),
      );
    } else {
      prevent = tools.clock.after(LOOK_EVERY_MS, look);
    }
  };
  look();
  try {
    controller.signal.throwIfAborted();
    return await work(controller.signal);
  } catch (fault) {
    // Whatever the work made of the abort, its cause is what counts.
    if (controller.signal.reason instanceof AgentGone) throw controller.signal.reason;
    throw fault;
  } finally {
    prevent();
    signal.removeEventListener("abort", onAbort);
  }
}
