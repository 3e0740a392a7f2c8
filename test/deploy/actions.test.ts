import { expect, test } from "vitest";
import { whileAgentIsThere } from "#src/deploy/agent_watch.ts";
import type { HostKeySeen } from "#src/deploy/host_key_probe.ts";
import { kexecIntoSystem } from "#src/deploy/kexec_actions.ts";
import { awaitSystem, leaveRamdisk, powerIntoSystem } from "#src/deploy/leave_actions.ts";
import { awaitAgent, powerIntoRamdisk } from "#src/deploy/power_actions.ts";
import { broadcast } from "#src/deploy/script_actions.ts";
import type { NodeFacts } from "#src/deploy/step_action.ts";
import { AgentGone } from "#src/deploy/step_fault.ts";
import type { AgentSeen, JoinRequest, PowerAction, StepTools } from "#src/deploy/tools.ts";
import { attempt } from "./attempt.ts";

/** A hub that offers agents one after the other. */
const offering =
  (...agents: AgentSeen[]): StepTools["waitForAgent"] =>
  async (_node, _signal, accept) => {
    const taken = agents.find(accept);
    if (!taken) throw new Error("none was taken");
    return taken;
  };

test("the agent that was there before the power command, or is another deployment's, is not the one", async () => {
  const waitForAgent = offering(
    { bootId: "old" },
    { bootId: "foreign", deployment: "d0" },
    { bootId: "fresh", deployment: "d1" },
  );
  const { context } = attempt({}, { tools: { waitForAgent }, facts: { formerBootIds: ["older", "old"] } });
  expect(await awaitAgent(context)).toEqual({ bootId: "fresh" });
});

test("who was there is written down before the power command is given", async () => {
  const { context, commands, clock } = attempt(
    { step: "power-into-ramdisk" },
    { tools: { agentOf: () => ({ bootId: "now" }) }, facts: { formerBootIds: ["old"] } },
  );
  const noted: NodeFacts[] = [];
  const note = async (facts: NodeFacts): Promise<void> => {
    expect(commands).toEqual([]);
    noted.push(facts);
  };
  await clock.until(powerIntoRamdisk({ ...context, note }));
  expect(noted).toEqual([{ formerBootIds: ["old", "boot1", "now"], bootId: undefined, hostKey: undefined }]);
});

const RESTARTS: readonly { when: string; attemptNumber: number; power: string; commands: PowerAction[] }[] = [
  { when: "off, first", attemptNumber: 1, power: "off", commands: ["boot-network", "status", "on"] },
  { when: "on, first", attemptNumber: 1, power: "on", commands: ["boot-network", "status", "cycle"] },
  { when: "on, again", attemptNumber: 2, power: "on", commands: ["boot-network", "status", "off", "on"] },
];

test.each(RESTARTS)("power commands for a node that is $when: never soft", async (row) => {
  const { context, clock } = attempt({ step: "power-into-ramdisk", attempt: row.attemptNumber }, {});
  const commands: PowerAction[] = [];
  const power: StepTools["power"] = async (_node, action) => {
    commands.push(action);
    return { ok: true, state: row.power };
  };
  await clock.until(powerIntoRamdisk({ ...context, tools: { ...context.tools, power } }));
  expect(commands).toEqual(row.commands);
});

const LEAVES: readonly {
  when: string;
  resumed?: boolean;
  tools?: Partial<StepTools>;
  commands: PowerAction[];
  fault?: string;
}[] = [
  {
    when: "the agent reboots",
    tools: { waitForAgent: offering({ bootId: "boot1" }), reboot: async () => {} },
    commands: [],
  },
  {
    when: "the agent goes while it is told",
    tools: {
      waitForAgent: offering({ bootId: "boot1" }),
      reboot: async () => Promise.reject(new AgentGone("gone")),
    },
    commands: [],
  },
  { when: "the agent was told before the appliance was killed, and is gone", resumed: true, commands: [] },
  {
    when: "the agent is away",
    commands: [],
    fault: "The agent of node1 is away and cannot be told to reboot",
  },
];

test.each(LEAVES)("leaving the ramdisk when $when", async ({ resumed, tools, commands, fault }) => {
  const made = attempt({ step: "leave-ramdisk" }, { resumed: resumed ?? false, tools: tools ?? {} });
  const left = made.clock.until(leaveRamdisk(made.context));
  if (fault) await expect(left).rejects.toThrow(fault);
  else expect(await left).toEqual({});
  expect(made.commands).toEqual(commands);
});

const PROOFS: readonly { when: string; seen: HostKeySeen; words: string }[] = [
  {
    when: "another system answers",
    seen: { kind: "key", key: "ssh-ed25519 OLD" },
    words: "did not prove itself within 600 s; last seen at 10.0.0.5: a system with another SSH host key",
  },
  {
    when: "nothing answers",
    seen: { kind: "nothing", why: "connect ECONNREFUSED 10.0.0.5:22" },
    words: "last seen at 10.0.0.5: connect ECONNREFUSED 10.0.0.5:22",
  },
];

test.each(PROOFS)("a node is not done when $when", async ({ seen, words }) => {
  const tools = { addressOf: () => "10.0.0.5" as never, probeHostKey: async () => seen };
  const { context, clock, commands } = attempt({ step: "await-system" }, { tools });
  await expect(clock.until(awaitSystem(context))).rejects.toThrow(words);
  expect(commands).toEqual([]);
});

test.each([
  [1, ["boot-disk", "status", "reset"]],
  [2, ["boot-disk", "status", "cycle"]],
  [3, ["boot-disk", "status", "off", "on"]],
] as const)("attempt %i to make a node boot its disk is harder than the last", async (number, expected) => {
  const { context, clock, commands } = attempt({ step: "power-into-system", way: 1, attempt: number }, {});
  expect(await clock.until(powerIntoSystem(context))).toEqual({});
  expect(commands).toEqual(expected);
});

test("the new system is looked for until it proves itself", async () => {
  const answers: HostKeySeen[] = [
    { kind: "nothing", why: "refused" },
    { kind: "key", key: "ssh-ed25519 OLD" },
    { kind: "key", key: "ssh-ed25519 NEW" },
  ];
  const probeHostKey = async (): Promise<HostKeySeen> =>
    answers.shift() ?? { kind: "nothing", why: "asked too often" };
  const tools = { addressOf: () => "10.0.0.5" as never, probeHostKey };
  const { context, clock, commands } = attempt({ step: "await-system" }, { tools });
  expect(await clock.until(awaitSystem(context))).toEqual({});
  expect(commands).toEqual([]);
});

test("a node that runs the new system already is not switched off again after a restart of the appliance", async () => {
  const probeHostKey = async (): Promise<HostKeySeen> => ({ kind: "key", key: "ssh-ed25519 NEW" });
  const tools = { addressOf: () => "10.0.0.5" as never, probeHostKey };
  const { context, clock, commands } = attempt(
    { step: "power-into-system", way: 1 },
    { resumed: true, tools },
  );
  await clock.until(powerIntoSystem(context));
  expect(commands).toEqual([]);
});

/** Work that ends only by its signal. */
const endless = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });

test("a node that booted anew is not waited for", async () => {
  let bootId = "boot1";
  const { context, clock } = attempt({ step: "broadcast" }, { tools: { agentOf: () => ({ bootId }) } });
  clock.after(5_000, () => {
    bootId = "boot2";
  });
  await expect(clock.until(whileAgentIsThere(context, endless))).rejects.toThrow(AgentGone);
  expect(clock.monotonicMs()).toBeLessThan(10_000);
});

test.each(["none", "readback", undefined] as const)(
  "an image is verified as the request says: %s",
  async (verify) => {
    const asked: JoinRequest[] = [];
    const join = async (request: JoinRequest) => {
      asked.push(request);
      return { ok: true, error: null };
    };
    const { context, clock } = attempt(
      { step: "broadcast" },
      { tools: { join, agentOf: () => ({ bootId: "boot1" }) } },
    );
    const request = { ...context.deployment.request, verify };
    const deployment = { ...context.deployment, request };
    await clock.until(broadcast({ ...context, deployment }));
    expect(asked).toMatchObject([{ node: "node1", verify }]);
  },
);

test("an agent that is away for half a minute is waited for, one for a minute is not", async () => {
  let away = false;
  const { context, clock } = attempt(
    { step: "broadcast" },
    { tools: { agentOf: () => (away ? undefined : { bootId: "boot1" }) } },
  );
  clock.after(10_000, () => {
    away = true;
  });
  clock.after(40_000, () => {
    away = false;
  });
  clock.after(200_000, () => {
    away = true;
  });
  await expect(clock.until(whileAgentIsThere(context, endless))).rejects.toThrow("was silent for 60 s");
  expect(clock.monotonicMs()).toBeGreaterThanOrEqual(258_000);
  expect(clock.monotonicMs()).toBeLessThan(265_000);
});

test("an agent whose last word was lost is not waited for when it has gone", async () => {
  let agent: AgentSeen | undefined = { bootId: "boot1" };
  const tools: Partial<StepTools> = {
    agentOf: () => agent,
    waitForAgent: async () => ({ bootId: "boot1" }),
    run: async () => ({
      ...{ code: 0, signal: null, timedOut: false, error: null },
      outputTail: "initrd yes\ncommand-line root=UUID=1 ro\n",
    }),
    kexec: (_node, _kernel, signal) => {
      agent = undefined;
      return endless(signal);
    },
  };
  const { context, clock } = attempt({ step: "leave-ramdisk" }, { tools });
  expect(await clock.until(kexecIntoSystem(context))).toEqual({});
  expect(clock.monotonicMs()).toBe(10_000);
});
