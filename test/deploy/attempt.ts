/** One attempt at a step, without a runner: what the step asks for and what it finds is in the test's hand. */
import type { RunningState } from "#src/deploy/node_state.ts";
import { stepAt } from "#src/deploy/plan.ts";
import type { NodeFacts, StepContext } from "#src/deploy/step_action.ts";
import type { PowerAction, StepTools } from "#src/deploy/tools.ts";
import { nodeNamed } from "./fake_lab.ts";
import { PLAN, running } from "./states.ts";
import { VirtualClock } from "./virtual_clock.ts";

/** Effects that a test does not expect. */
const refuse = (what: string) => (): never => {
  throw new Error(`Nobody should ${what}`);
};

/** An attempt with tools of which only the given ones work. Power commands are noted and succeed. */
export function attempt(
  state: Partial<RunningState>,
  {
    resumed = false,
    tools = {},
    facts = {},
  }: { resumed?: boolean; tools?: Partial<StepTools>; facts?: NodeFacts },
): { context: StepContext; commands: PowerAction[]; clock: VirtualClock } {
  const clock = new VirtualClock();
  const commands: PowerAction[] = [];
  const now = running(state.step ?? "await-agent", state);
  const controller = new AbortController();
  clock.after(600_000, () => controller.abort(new Error("No end within 600 s")));
  const context: StepContext = {
    deployment: {
      id: "d1",
      request: { image: "i", nodes: ["node1"], authorizedKeys: [], partitionTable: "gpt" },
      imageDigest: "",
      imageRawBytes: 1,
      plans: [PLAN],
    },
    progress: {
      node: "node1",
      state: now,
      plan: 0,
      records: [],
      bootId: "boot1",
      hostKey: "ssh-ed25519 NEW",
      ...facts,
    },
    state: now,
    planned: stepAt(PLAN, now),
    resumed,
    timeLimitSec: 600,
    signal: controller.signal,
    note: async () => {},
    report: () => {},
    tools: {
      ...idleTools(clock, commands),
      ...tools,
    },
  };
  return { context, commands, clock };
}

/** Tools of which none may be used, but power, which is noted. */
const idleTools = (clock: VirtualClock, commands: PowerAction[]): StepTools => ({
  clock,
  layoutByName: () => undefined,
  nodeByName: nodeNamed,
  power: async (_node, action) => {
    commands.push(action);
    return { ok: true, state: "on" };
  },
  agentOf: () => undefined,
  waitForAgent: (_node, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    }),
  run: refuse("run a script"),
  join: refuse("join a broadcast"),
  reboot: refuse("tell the agent to reboot"),
  kexec: refuse("start a kernel"),
  ssh: refuse("log in"),
  sshPublicKey: "ssh-ed25519 OURS brigade-appliance",
  lastHostKeyOf: async () => undefined,
  ramdiskStart: refuse("start the ramdisk without the firmware"),
  addressOf: () => undefined,
  loginAddressOf: () => undefined,
  probeHostKey: refuse("look for a host key"),
  ask: refuse("knock on a port"),
  phoneHome: { urlFor: () => undefined, hasCalled: () => false },
});
