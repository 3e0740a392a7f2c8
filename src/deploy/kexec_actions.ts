/**
 * Past the firmware, both ways: from a running Linux into the ramdisk, and from the ramdisk into the new system. What
 * cannot work on a node says so at once, and the next way is taken.
 */
import { whileAgentIsThere } from "./agent_watch.ts";
import { KEPT_KERNEL, readKernelToStart } from "./node_scripts/kept_kernel.ts";
import { ramdiskScript } from "./node_scripts/kexec_ramdisk.ts";
import { NO_WAY_EXIT_CODE } from "./node_scripts/words.ts";
import { agentOfRound, isThereAlready, nodeOf, noteFormerBoots } from "./power_actions.ts";
import { lastLine, runScript } from "./script_actions.ts";
import { jobId, type StepAction, type StepContext } from "./step_action.ts";
import { NoWay, wordsOf } from "./step_fault.ts";

/** After a restart of the appliance a node that does not answer may be on its way: its kernel has to start, no firmware. */
const ON_ITS_WAY_MS = 60_000;
/** An agent that is away for longer has gone, and its last word was lost. What it started proves itself in the next step. */
const LAST_WORD_MS = 10_000;

export const kexecIntoRamdisk: StepAction = async (context) => {
  const { tools, progress, deployment, signal, resumed } = context;
  if (await isThereAlready(context)) return {};
  const node = nodeOf(context);
  const address = tools.loginAddressOf(node.name);
  const start = address && (await tools.ramdiskStart(node, deployment.id));
  if (!address || !start)
    throw new NoWay(`Node ${node.name} has no address of which it is certain that it is its own`);
  const hostKey = await tools.lastHostKeyOf(node.name);
  await noteFormerBoots(context);
  const result = await tools.ssh({ address, hostKey, script: ramdiskScript(start), awaitsGo: true }, signal);
  if (result.kind === "ended") return judge(result, progress.node);
  if (resumed && (await isThereAlready(context, ON_ITS_WAY_MS))) return {};
  throw new NoWay(`No Linux on ${node.name} can be reached by SSH: ${result.why}`);
};

function judge({ code, outputTail }: { code: number | null; outputTail: string }, node: string): object {
  if (code === 0) return {};
  const why = lastLine(outputTail) || `the script ended with code ${code}`;
  if (code === NO_WAY_EXIT_CODE) throw new NoWay(`Node ${node} cannot start the ramdisk by kexec: ${why}`);
  throw new Error(`Node ${node} did not get the ramdisk: ${why}`);
}

export const kexecIntoSystem: StepAction = async (context) => {
  const { progress, tools, signal, resumed } = context;
  const agent = await agentOfRound(context);
  // After a restart of the appliance: the agent was told already. The proof that it did is the next step's business.
  if (!agent && resumed) return {};
  if (!agent)
    throw new NoWay(`The agent of ${progress.node} is away and cannot be told to start the new system`);
  const kernel = readKernelToStart(await askKept(context));
  if (!kernel) throw new NoWay(`Node ${progress.node} kept no kernel of the new system to start`);
  const tell = (limited: AbortSignal): Promise<void> => tools.kexec(progress.node, kernel, limited);
  await whileAgentIsThere(context, tell, LAST_WORD_MS).catch((fault: unknown) => {
    if (fault instanceof Error && fault.name === "AgentGone") return;
    signal.throwIfAborted();
    throw new NoWay(wordsOf(fault));
  });
  return {};
};

/** By a name that no agent knows: of a known job it repeats the result, and not the output. */
const askKept = (context: StepContext): Promise<string> =>
  runScript(context, {
    id: `${jobId(context)}/read-${context.tools.clock.wallMs()}`,
    script: KEPT_KERNEL,
    env: {},
  });
