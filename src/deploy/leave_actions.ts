/** Phase 3 of a node: out of the ramdisk, and the proof that the new system runs. */
import { pause } from "./clock.ts";
import type { HostKeySeen } from "./host_key_probe.ts";
import { agentOfRound, switchPower } from "./power_actions.ts";
import type { StepAction, StepContext } from "./step_action.ts";
import { wordsOf } from "./step_fault.ts";

const PROBE_EVERY_MS = 1_000;

export const leaveRamdisk: StepAction = async (context) => {
  const { progress, state, tools, signal, resumed } = context;
  if (state.attempt > 1) {
    await switchPower(context, state.attempt === 2 ? "reset" : "cycle");
    return {};
  }
  const agent = await agentOfRound(context);
  // After a restart of the appliance: the agent was told already. The proof that it did is the next step's business.
  if (!agent && resumed) return {};
  if (!agent) throw new Error(`The agent of ${progress.node} is away and cannot be told to reboot`);
  await tools.reboot(progress.node, signal).catch((fault: unknown) => {
    if (!(fault instanceof Error && fault.name === "AgentGone")) throw fault;
  });
  return {};
};

export const awaitSystem: StepAction = async (context) => {
  const { progress, state, tools, signal, timeLimitSec, resumed } = context;
  let found = "nothing was tried";
  try {
    if (state.attempt > 1) await bootFromDisk(context, resumed);
    for (;;) {
      const seen = await probe(context);
      if (seen.kind === "key" && seen.key === progress.hostKey) return {};
      found = seen.kind === "key" ? "a system with another SSH host key" : seen.why;
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

async function probe({ tools, progress, signal }: StepContext): Promise<HostKeySeen> {
  const address = tools.addressOf(progress.node);
  if (!address) return { kind: "nothing", why: "the node has no lease" };
  try {
    return await tools.probeHostKey(address, signal);
  } catch (fault) {
    signal.throwIfAborted();
    return { kind: "nothing", why: wordsOf(fault) };
  }
}

/** The node may have booted another device, or nothing: name the device, and hard. */
async function bootFromDisk(context: StepContext, resumed: boolean): Promise<void> {
  const seen = resumed ? await probe(context) : undefined;
  if (seen?.kind === "key" && seen.key === context.progress.hostKey) return;
  await switchPower(context, "boot-disk");
  await switchPower(context, "cycle");
}
