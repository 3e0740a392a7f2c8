/**
 * Steps of a node that may not be the machine that it says it is: they wait until an operator has settled that, as
 * long as they may take. Nothing is switched, nothing on a disk is touched and no image byte is sent meanwhile.
 */
import type { RecordEvent } from "#src/events/event.ts";
import { pause } from "./clock.ts";
import type { PlannedStep } from "./plan.ts";
import type { StepContext } from "./step_action.ts";
import { DEPLOY_STEPS, type StepName } from "./steps.ts";

/** Later steps put the node's name and keys on a disk that has its image already. */
const LAST_HELD: StepName = "grow";
/** It only listens; what was switched is on its way. */
const FREE: StepName = "await-agent";
const NAMES: readonly string[] = DEPLOY_STEPS.map(({ name }) => name);
const HELD = new Set(NAMES.slice(0, NAMES.indexOf(LAST_HELD) + 1).filter((name) => name !== FREE));
const LOOK_EVERY_MS = 1000;
/** Switches keep a MAC for 300 s after its cable was pulled. */
const SCAN_EVERY_MS = 330_000;

export type Holds = {
  /** Why nothing may be done with the node, as a clause; `undefined` when it may. */
  readonly whyHeld: (node: string) => string | undefined;
  /** Has switches asked again: what holds a node may be mended, and nobody else would look for an hour. */
  readonly askScan: () => void;
  readonly record: RecordEvent;
};

/** Waits before a step or an operation is done. Rejects when the signal of the attempt aborts. */
export type Hold = (context: StepContext) => Promise<void>;

export const holdWith =
  (holds: Holds): Hold =>
  async (context) => {
    if (isHeld(context.planned)) await untilFree(context, holds);
  };

/** An operation may do anything to the node: it waits as the step does that it belongs to, after `await-agent` too. */
const isHeld = ({ name, operation }: PlannedStep): boolean =>
  operation ? HELD.has(operation.step) || operation.step === FREE : HELD.has(name);

async function untilFree(
  { tools, progress, deployment, state, signal }: StepContext,
  { whyHeld, askScan, record }: Holds,
): Promise<void> {
  const { node } = progress;
  let told: string | undefined;
  let nextScanMs = tools.clock.monotonicMs();
  for (;;) {
    const because = whyHeld(node);
    if (because === undefined) return;
    if (because !== told)
      record({ kind: "nodeHeld", deployment: deployment.id, node, step: state.step, because });
    told = because;
    if (tools.clock.monotonicMs() >= nextScanMs) {
      askScan();
      nextScanMs += SCAN_EVERY_MS;
    }
    try {
      await pause(tools.clock, LOOK_EVERY_MS, signal);
    } catch (fault) {
      throw new Error(`Node ${node} is held: ${because}`, { cause: fault });
    }
  }
}
