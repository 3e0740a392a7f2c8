/**
 * Phase 1 of a node: into the ramdisk, by the power switch. A Linux that can be reached by SSH is asked first, once:
 * a retry escalates (cycle, then off and on) instead of repeating.
 */
import type { Node } from "#src/nodes/node.ts";
import { pause, within } from "./clock.ts";
import { rebootSoftly } from "./soft_reboot.ts";
import type { StepAction, StepContext } from "./step_action.ts";
import { Hopeless, NoWay } from "./step_fault.ts";
import type { AgentSeen, PowerAction } from "./tools.ts";

/** How long agents take to find a restarted appliance again: back-off of at most 2 s, and the TLS handshakes of all at once. */
const RECONNECT_MS = 6_000;
/** How long an agent whose connection just broke may take to call again. */
const CALL_AGAIN_MS = 2_500;
/** Between off and on: less and some machines take it for nothing. */
const OFF_PAUSE_MS = 2_000;
const MAX_FORMER_BOOTS = 8;

export function nodeOf({ tools, progress }: StepContext): Node {
  const node = tools.nodeByName(progress.node);
  if (!node) throw new Hopeless(`Node ${progress.node} was removed`);
  return node;
}

/** @returns the state that was read back. @throws with the BMC's words. */
export async function switchPower(context: StepContext, action: PowerAction): Promise<string> {
  const node = nodeOf(context);
  if (!node.power) throw new Hopeless(`Node ${node.name} has no power control`);
  const result = await context.tools.power(node, action, context.signal);
  if (!result.ok) throw new Error(`Power ${action} failed: ${result.problem}`);
  return result.state;
}

/** True for the agent of the boot that this round caused. */
export const isFresh =
  ({ progress, deployment }: StepContext) =>
  (agent: AgentSeen): boolean =>
    !(progress.formerBootIds ?? []).includes(agent.bootId) &&
    (agent.deployment === undefined || agent.deployment === deployment.id);

/** The agent, if it is there or comes back within `ms`. */
export async function agentWithin(
  context: StepContext,
  ms: number,
  accept: (agent: AgentSeen) => boolean,
): Promise<AgentSeen | undefined> {
  const { tools, progress, signal } = context;
  const tooLate = new Error(`no agent within ${ms} ms`);
  return within({ clock: tools.clock, ms, signal, reason: () => tooLate }, (limited) =>
    tools.waitForAgent(progress.node, limited, accept),
  ).catch((fault: unknown) => {
    signal.throwIfAborted();
    if (fault === tooLate) return undefined;
    throw fault;
  });
}

export const powerIntoRamdisk: StepAction = async (context) => {
  const { state } = context;
  if (await isThereAlready(context)) return {};
  await noteFormerBoots(context);
  await switchPower(context, "boot-network");
  const isFirst = state.round === 1 && state.turn === 1 && state.attempt === 1 && !context.resumed;
  if (isFirst && (await rebootSoftly(context))) return {};
  await restart(context, state.attempt === 1 ? "cycle" : "off-and-on");
  return {};
};

/** The command may have been given before the appliance was killed: a node that is already there is not restarted. */
export async function isThereAlready(context: StepContext, ms = RECONNECT_MS): Promise<boolean> {
  const { resumed, progress } = context;
  if (!resumed || progress.formerBootIds === undefined) return false;
  return (await agentWithin(context, ms, isFresh(context))) !== undefined;
}

/** Durable before the command, for afterwards nobody could tell old from new. */
export async function noteFormerBoots({ progress, tools, note }: StepContext): Promise<void> {
  const former = [...(progress.formerBootIds ?? []), progress.bootId, tools.agentOf(progress.node)?.bootId];
  const formerBootIds = [...new Set(former.filter((id) => id !== undefined))].slice(-MAX_FORMER_BOOTS);
  await note({ formerBootIds, bootId: undefined, hostKey: undefined });
}

/** A node that an earlier deployment left in the ramdisk, with its agent connected. */
export const adoptAgent: StepAction = async (context) => {
  const agent = await agentWithin(context, context.resumed ? RECONNECT_MS : CALL_AGAIN_MS, () => true);
  if (!agent)
    throw new NoWay(`Node ${context.progress.node} is not in the ramdisk: no agent of it is connected`);
  return { formerBootIds: undefined, bootId: agent.bootId, hostKey: undefined };
};

export type Restart = "reset" | "cycle" | "off-and-on";

/** Starts the machine anew; one that is off is switched on. */
export async function restart(context: StepContext, how: Restart): Promise<void> {
  const before = await switchPower(context, "status");
  if (before === "off") {
    await switchPower(context, "on");
  } else if (how !== "off-and-on") {
    await switchPower(context, how);
  } else {
    await switchPower(context, "off");
    await pause(context.tools.clock, OFF_PAUSE_MS, context.signal);
    await switchPower(context, "on");
  }
}

export const awaitAgent: StepAction = async (context) => {
  const { tools, progress, signal, timeLimitSec } = context;
  try {
    const agent = await tools.waitForAgent(progress.node, signal, isFresh(context));
    return { bootId: agent.bootId };
  } catch (fault) {
    if (!signal.aborted) throw fault;
    throw new Error(
      `Node ${progress.node} was switched on but its agent did not call within ${timeLimitSec} s: look at its screen, and whether it boots from the network`,
      { cause: fault },
    );
  }
};

/** The agent of this round, given time to find a restarted appliance again. */
export const agentOfRound = (context: StepContext): Promise<AgentSeen | undefined> =>
  agentWithin(context, RECONNECT_MS, ({ bootId }) => bootId === context.progress.bootId);
