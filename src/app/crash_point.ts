import type { NodeState } from "#src/deploy/node_state.ts";
import type { ReachPoint } from "#src/images/library_points.ts";
import { type ReachWrite, readWritePoint } from "#src/store/write_names.ts";

/** Names the step or the point of the image library after whose start the program kills itself. For tests of what survives that. */
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

/** The same at a point of the image library. */
export function imageCrashPoint(point: string | undefined = process.env[CRASH_AFTER]): ReachPoint {
  return (reached) => {
    if (reached === point) process.kill(process.pid, "SIGKILL");
  };
}

/** Names the write of the store at which the program kills itself: `write:deploymentNode:before`. */
const CRASH_AT = "BRIGADE_CRASH_AT";

/** The same at a write of the store. */
export function writeCrashPoint(text: string | undefined = process.env[CRASH_AT]): ReachWrite {
  const point = readWritePoint(text);
  return (name, moment) => {
    if (name === point?.name && moment === point.moment) process.kill(process.pid, "SIGKILL");
  };
}
