import type { NodeState } from "#src/deploy/steps.ts";

/** Names the step after whose start the program kills itself. For tests of what survives that. */
const CRASH_AFTER = "BRIGADE_CRASH_AFTER";

/**
 * Ends the program as a power cut would, when a node's state in the step that
 * the environment names has become durable. Does nothing without it.
 */
export function crashPoint(
  step: string | undefined = process.env[CRASH_AFTER],
): (node: string, state: NodeState) => void {
  return (_node, state) => {
    if (step !== undefined && state.kind === "running" && state.step === step)
      process.kill(process.pid, "SIGKILL");
  };
}
