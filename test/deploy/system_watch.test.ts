/** An open port is no proof: it may be the ramdisk's, or the old system's. */
import { expect, test } from "vitest";
import { awaitSystem } from "#src/deploy/leave_actions.ts";
import type { Answer } from "#src/deploy/probes/network_probe.ts";
import type { AgentSeen, StepTools } from "#src/deploy/tools.ts";
import type { Probe } from "#src/images/description.ts";
import { attempt } from "./attempt.ts";
import { running } from "./states.ts";

const TCP: Probe = { kind: "tcp", port: 22 };
const ANSWERS: Answer = { ok: true };
const REFUSED: Answer = { ok: false, why: "connect ECONNREFUSED" };
const AGENT: AgentSeen = { bootId: "boot1" };

type Moment = { readonly agent?: AgentSeen; readonly answer: Answer };

/** What is found, second by second; the last goes on for ever. @returns seconds until the system is believed */
async function secondsUntilBelieved(moments: readonly Moment[], probe: Probe = TCP): Promise<number> {
  let looks = 0;
  const now = (): Moment | undefined => moments[Math.min(looks, moments.length - 1)];
  const { context, clock } = attempt(
    { step: "await-system" },
    {
      tools: {
        addressOf: () => "10.0.0.5" as never,
        agentOf: () => {
          const { agent } = now() ?? {};
          if (agent) looks++;
          return agent;
        },
        ask: async () => {
          const { answer } = now() ?? { answer: REFUSED };
          looks++;
          return answer;
        },
      },
    },
  );
  const state = running("await-system");
  const startedMs = clock.monotonicMs();
  const planned = { ...context.planned, probe };
  await clock.until(awaitSystem({ ...context, state, planned }));
  return Math.round((clock.monotonicMs() - startedMs) / 1000);
}

test.each<{ when: string; moments: readonly Moment[]; seconds: number }>([
  {
    when: "the port was closed when the agent had gone",
    moments: [{ answer: REFUSED }, { answer: ANSWERS }],
    seconds: 1,
  },
  {
    when: "the agent is there and the port is open all the time, until both are gone",
    moments: [
      ...Array(30).fill({ agent: AGENT, answer: ANSWERS }),
      { answer: REFUSED },
      { answer: REFUSED },
      { answer: ANSWERS },
    ],
    seconds: 32,
  },
  {
    when: "the port answers from the first look on, as after a restart of the appliance",
    moments: [{ answer: ANSWERS }],
    seconds: 10,
  },
  {
    when: "the agent only lost its connection for some seconds",
    moments: [
      ...Array(6).fill({ answer: ANSWERS }),
      ...Array(3).fill({ agent: AGENT, answer: ANSWERS }),
      { answer: ANSWERS },
    ],
    seconds: 19,
  },
  {
    when: "the port was closed only before the agent came back",
    moments: [{ answer: REFUSED }, { agent: AGENT, answer: ANSWERS }, { answer: ANSWERS }],
    seconds: 12,
  },
])("an open port counts after $seconds s when $when", async ({ moments, seconds }) => {
  expect(await secondsUntilBelieved(moments)).toBe(seconds);
});

test("without a probe a node is believed as soon as its agent has gone", async () => {
  const moments = [...Array(3).fill({ agent: AGENT, answer: ANSWERS }), { answer: REFUSED }];
  expect(await secondsUntilBelieved(moments, { kind: "none" })).toBe(3);
});

test("a system that calls with the secret of its installation is believed at once", async () => {
  const { context, clock } = attempt({ step: "await-system", round: 2 }, {});
  let looks = 0;
  const hasCalled: StepTools["phoneHome"]["hasCalled"] = ({ deployment, node, round }) =>
    ++looks > 3 && `${deployment} ${node} ${round}` === "d1 node1 2";
  const tools = { ...context.tools, phoneHome: { urlFor: () => undefined, hasCalled } };
  const planned = { ...context.planned, probe: { kind: "phone-home" } as const };
  await clock.until(awaitSystem({ ...context, planned, tools }));
  expect(clock.monotonicMs()).toBe(3000);
});

test("a node that comes back into the ramdisk is not done, and the words say so", async () => {
  await expect(secondsUntilBelieved([{ agent: AGENT, answer: ANSWERS }])).rejects.toThrow(
    "did not prove itself within 600 s; last seen at 10.0.0.5: its agent, so it runs the ramdisk",
  );
});

test.each([
  {
    when: "the command ends with 0 on the system that owns the key",
    results: [
      ["KEY", 1],
      ["KEY", 0],
    ],
    seconds: 1,
  },
  { when: "nobody lets us in at first", results: [undefined, undefined, ["KEY", 0]], seconds: 2 },
] as const)("a probe by an SSH command: $when", async ({ results, seconds }) => {
  const { context, clock } = attempt({ step: "await-system" }, { facts: { hostKey: "KEY" } });
  const left = [...results];
  const ssh: StepTools["ssh"] = async ({ hostKey, script }) => {
    const next = left.shift();
    if (!next) return { kind: "closed", why: "refused" };
    expect([hostKey, script]).toEqual([next[0], "true\n"]);
    return { kind: "ended", code: next[1], outputTail: "" };
  };
  const tools = { ...context.tools, addressOf: () => "10.0.0.5" as never, ssh };
  const planned = { ...context.planned, probe: { kind: "ssh", command: "true" } as const };
  await clock.until(awaitSystem({ ...context, planned, tools }));
  expect(clock.monotonicMs()).toBe(seconds * 1000);
});

test("a command that never ends is one look that failed, after 30 s", async () => {
  const { context, clock } = attempt({ step: "await-system" }, { facts: { hostKey: "KEY" } });
  let looks = 0;
  const ssh: StepTools["ssh"] = (_run, signal) =>
    ++looks > 1
      ? Promise.resolve({ kind: "ended", code: 0, outputTail: "" })
      : new Promise((_resolve, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
        );
  const tools = { ...context.tools, addressOf: () => "10.0.0.5" as never, ssh };
  const planned = { ...context.planned, probe: { kind: "ssh", command: "true" } as const };
  await clock.until(awaitSystem({ ...context, planned, tools }));
  expect(clock.monotonicMs()).toBe(31_000);
});
