/** Phase 3 of a node: out of the ramdisk, and the proof that the new system runs. */
import { pause } from "./clock.ts";
import { agentOfRound, type Restart, restart, switchPower } from "./power_actions.ts";
import type { StepAction, StepContext } from "./step_action.ts";
import { SystemWatch } from "./system_watch.ts";

const PROBE_EVERY_MS = 1_000;
const HARDER: readonly Restart[] = ["reset", "cycle", "off-and-on"];

export const leaveRamdisk: StepAction = async (context) => {
  const { progress, tools, signal, resumed } = context;
  const agent = await agentOfRound(context);
  // After a restart of the appliance: the agent was told already. The proof that it did is the next step's business.
  if (!agent && resumed) return {};
  if (!agent) throw new Error(`The agent of ${progress.node} is away and cannot be told to reboot`);
  await tools.reboot(progress.node, signal).catch((fault: unknown) => {
    if (!(fault instanceof Error && fault.name === "AgentGone")) throw fault;
  });
  return {};
};

/** The node may have booted another device, or nothing: name the device, and hard. Each attempt is harder than the last. */
export const powerIntoSystem: StepAction = async (context) => {
  const { state, resumed } = context;
  if (resumed && (await runsAlready(context))) return {};
  await switchPower(context, "boot-disk");
  await restart(context, HARDER[state.attempt - 1] ?? "off-and-on");
  return {};
};

/** By what proves it: an open port may be anybody's. */
const runsAlready = async (context: StepContext): Promise<boolean> =>
  context.progress.hostKey !== undefined && (await new SystemWatch(context).look()).ok;

export const awaitSystem: StepAction = async (context) => {
  const { progress, planned, tools, signal, timeLimitSec } = context;
  const watch = new SystemWatch(context, planned.probe);
  let found = "nothing was tried";
  try {
    for (;;) {
      const seen = await watch.look();
      if (seen.ok) return {};
      found = seen.why;
      await pause(tools.clock, PROBE_EVERY_MS, signal);
    }
  } catch (fault) {
    if (!signal.aborted) throw fault;
    throw new Error(
      `Node ${progress.node} was installed, but the new system did not prove itself within ${timeLimitSec} s; last seen at ${tools.addressOf(progress.node) ?? "its address"}: ${found}`,
      { cause: fault },
    );
  }
};
