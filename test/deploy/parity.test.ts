/**
 * What users of Kadeploy rely on, each as a scenario from request to end against the real service in a virtual lab. The
 * names in the first column are Kadeploy's.
 */
import { describe, expect, test } from "vitest";
import type { DeploymentRequest } from "#src/deploy/deployment.ts";
import { MemoryDeploymentStore } from "#src/deploy/deployment_store.ts";
import type { Operation } from "#src/deploy/operation.ts";
import { outcomeOf } from "#src/deploy/outcome.ts";
import type { DeployServiceOptions } from "#src/deploy/service_options.ts";
import { requestFor } from "./fake_appliance.ts";
import { nodeNamed } from "./fake_lab.ts";
import type { Faults } from "./fake_machine.ts";
import { LabRun, stepsOf } from "./lab_run.ts";
import { operation, STRAIGHT } from "./states.ts";

type Scenario = {
  /** Kadeploy's word for it, and what happens. */
  readonly what: string;
  readonly faults: () => Record<string, Faults>;
  readonly nodes?: readonly string[];
  readonly request?: Partial<DeploymentRequest>;
  readonly ok: readonly string[];
  readonly ko?: readonly { readonly node: string; readonly step: string; readonly why: string }[];
  readonly succeeded: boolean;
  /** Records that node1 must have among its own. */
  readonly steps?: readonly string[];
};

const script = (code: number, words: string, times = 9) =>
  Array.from({ length: times }, () => ({ code, words }));
const own = (change: Partial<Operation>): Operation => operation({ name: "site", ...change });
const pair = (): Record<string, Faults> => ({ node1: {}, node2: {} });

const SCENARIOS: readonly Scenario[] = [
  {
    what: "a plain deployment: every node goes through every step once",
    ...{ faults: pair, ok: ["node1", "node2"], succeeded: true },
    steps: STRAIGHT,
  },
  {
    what: "custom pre-op: a script before a step",
    ...{ faults: pair, ok: ["node1", "node2"], succeeded: true },
    request: { operations: [own({ when: "before", step: "partition" })] },
    steps: ["before-partition:site", "partition"],
  },
  {
    what: "custom post-op: a file after a step",
    ...{ faults: pair, ok: ["node1", "node2"], succeeded: true },
    request: {
      operations: [
        own({
          when: "after",
          step: "identity",
          action: { kind: "send", content: "aGVsbG8=", to: "/mnt/target/etc/motd", mode: "0644" },
        }),
      ],
    },
    steps: ["identity", "after-identity:site"],
  },
  {
    what: "custom substitute: a script instead of create_partition_table",
    ...{ faults: pair, ok: ["node1", "node2"], succeeded: true },
    request: { operations: [own({ when: "instead", step: "partition" })] },
    steps: ["instead-partition:site", "format"],
  },
  {
    what: "custom op that fails on one node: the others do not wait for it",
    faults: () => ({ node1: {}, node2: { scripts: { "before-format:site": script(1, "no licence\n") } } }),
    request: { operations: [own({})] },
    ...{
      ok: ["node1"],
      ko: [{ node: "node2", step: "before-format:site", why: "no licence" }],
      succeeded: false,
    },
  },
  {
    what: "custom op with retries: the second attempt helps",
    faults: () => ({ node1: { scripts: { "before-format:site": script(1, "busy", 1) } } }),
    nodes: ["node1"],
    request: { operations: [own({ maxAttempts: 2 })] },
    ...{ ok: ["node1"], succeeded: true, steps: ["before-format:site failed", "before-format:site r1a2"] },
  },
  {
    what: "timeout of one node: it is KO alone, in its own time",
    faults: () => ({ node1: {}, node2: { hangsIn: "mount" } }),
    request: { workflow: { installRetries: 0, steps: { mount: { timeLimitSec: 30, maxAttempts: 1 } } } },
    ...{ ok: ["node1"], ko: [{ node: "node2", step: "mount", why: "No end within 30 s" }], succeeded: false },
  },
  {
    what: "retries of SetDeploymentEnv: a node that does not come up is switched on again",
    faults: () => ({ node1: { deadBoots: 1 }, node2: {} }),
    ...{ ok: ["node1", "node2"], succeeded: true, steps: ["await-agent failed", "await-agent r2a1"] },
  },
  {
    what: "retries of BroadcastEnv: a node that lost its image begins again",
    faults: () => ({ node1: { scripts: { broadcast: script(1, "tar: no space", 1) } }, node2: {} }),
    ...{
      ok: ["node1", "node2"],
      succeeded: true,
      steps: ["broadcast failed", "partition r2a1", "broadcast r2a1"],
    },
  },
  {
    what: "fall-back of BootNewEnv to HardReboot: power leads to the new system when the reboot does not",
    faults: () => ({ node1: { deadFirstBoot: true }, node2: {} }),
    ...{ ok: ["node1", "node2"], succeeded: true, steps: ["await-system failed", "power-into-system"] },
  },
  {
    what: "retries that are used up: the reason of the last attempt is the node's",
    faults: () => ({ node1: {}, node2: { scripts: { "boot-loader": script(1, "grub-install: no\n") } } }),
    ...{
      ok: ["node1"],
      ko: [{ node: "node2", step: "boot-loader", why: "grub-install: no" }],
      succeeded: false,
    },
  },
  {
    what: "enough of the nodes (check_enough_func): N of M is a success",
    faults: () => ({ node1: {}, node2: { deadBoots: 99 } }),
    request: { success: { kind: "share", percent: 50 } },
    ok: ["node1"],
    ko: [
      {
        node: "node2",
        step: "await-agent",
        why: expect.stringContaining("did not call within 600 s") as never,
      },
    ],
    succeeded: true,
  },
  {
    what: "a silent BMC: the node is KO by name",
    faults: () => ({ node1: {}, node2: { bmcSilent: 99 } }),
    ok: ["node1"],
    ko: [
      { node: "node2", step: "power-into-ramdisk", why: expect.stringContaining("no answer from") as never },
    ],
    succeeded: false,
  },
  {
    what: "a spare in the place of a node that failed",
    faults: () => ({ node1: { scripts: { partition: script(3, "Node node1 has no disk") } }, spare1: {} }),
    nodes: ["node1"],
    request: { spares: ["spare1"] },
    ok: ["spare1"],
    ko: [{ node: "node1", step: "partition", why: "Node node1 has no disk" }],
    succeeded: true,
  },
  {
    what: "deploy and stay in the deployment environment (BootNewEnv Dummy)",
    faults: pair,
    request: { workflow: { system: [{ way: "none" }] } },
    ...{ ok: ["node1", "node2"], succeeded: true, steps: ["sync"] },
  },
];

test.each(SCENARIOS)("$what", async (scenario) => {
  const { faults, nodes, request = {}, ok, ko = [], succeeded, steps = [] } = scenario;
  const machines = faults();
  const run = new LabRun(machines, { store: new MemoryDeploymentStore() });
  await run.start(nodes ?? Object.keys(machines), request);
  const ended = await run.toEnd();
  expect(outcomeOf(ended)).toMatchObject({ ok, ko, succeeded });
  const own1 = stepsOf(await run.node("node1"));
  expect(own1.filter((step) => steps.includes(step))).toEqual(steps);
  expect(run.appliance.events.at(-1)).toMatchObject({ kind: "deploymentEnded", succeeded });
  expect(run.lab.clock.pending).toBe(0);
  for (const name of Object.keys(machines)) expect(run.service.deploymentOf(name)).toBeUndefined();
});

describe("--breakpoint", () => {
  test.each(STRAIGHT)("before %s: the node stands, its agent stays, it goes on", async (step) => {
    const run = new LabRun(pair());
    await run.start(["node1", "node2"], { breakpoints: [step as never] });
    await run.untilPaused("node2");
    await run.until("node1", ({ state }) => state.kind === "paused");
    expect(stepsOf(await run.node("node1"))).toEqual(STRAIGHT.slice(0, STRAIGHT.indexOf(step)));
    await run.lab.clock.until(run.service.goOn("d1"));
    expect(outcomeOf(await run.toEnd())).toMatchObject({ ok: ["node1", "node2"], succeeded: true });
  });
});

describe("DELETE /deployment/:wid", () => {
  const around = operation({ name: "site", when: "before", step: "format" });
  const steps = STRAIGHT.flatMap((step) => (step === "format" ? ["before-format:site", step] : [step]));

  test.each(steps)("in %s: the node is free, and its step is named", async (step) => {
    const run = new LabRun(pair());
    await run.start(["node1", "node2"], { operations: [around] });
    await run.until("node1", ({ state }) => state.kind === "running" && state.step === step);
    await run.lab.clock.until(run.service.cancel("d1"));
    expect((await run.node("node1")).state).toMatchObject({ kind: "cancelled", step });
    expect(run.service.deploymentOf("node1")).toBeUndefined();
    expect(await run.service.start(requestFor("node1", "node2"))).toMatchObject({ ok: true });
  });
});

describe("nodes in use", () => {
  test("a node of another deployment is refused with who has it since when, and nothing is taken", async () => {
    const run = new LabRun(pair());
    await run.start(["node1"]);
    const sinceMs = (await run.deployment()).createdAtMs;
    expect(await run.service.start(requestFor("node1", "node2"))).toMatchObject({
      ok: false,
      problem: { kind: "nodesBusy", nodes: [{ node: "node1", deployment: "d1", sinceMs }] },
    });
    expect(run.service.deploymentOf("node2")).toBeUndefined();
  });

  test("--force is for protected nodes, whoever has them keeps them", async () => {
    const guarded: Partial<DeployServiceOptions> = {
      nodeByName: (name) => ({ ...nodeNamed(name), protected: true }),
    };
    const run = new LabRun({ node1: {} }, guarded);
    const service = await run.appliance.open();
    expect(await service.start(requestFor("node1"))).toMatchObject({
      ok: false,
      problem: { kind: "protectedNodes", nodes: ["node1"] },
    });
    const force = { forceProtected: true };
    expect(await service.start(requestFor("node1"), force)).toMatchObject({ ok: true });
    expect(await service.start(requestFor("node1"), force)).toMatchObject({
      ok: false,
      problem: { kind: "nodesBusy" },
    });
  });

  test("a late node joins while the others get the image", async () => {
    const run = new LabRun(pair());
    await run.start(["node1"]);
    await run.until("node1", ({ state }) => state.kind === "running" && state.step === "broadcast");
    expect(await run.service.join({ id: "d1", nodes: ["node2"] })).toMatchObject({ ok: true });
    expect(outcomeOf(await run.toEnd())).toMatchObject({
      ok: ["node1", "node2"],
      places: 2,
      succeeded: true,
    });
  });
});

describe("--dry-run", () => {
  test("tells the plan and what is in the way, and touches nothing", async () => {
    const store = new MemoryDeploymentStore();
    const run = new LabRun(pair(), { store });
    const service = await run.appliance.open();
    const asked = { ...requestFor("node1", "node2"), operations: [own({})], breakpoints: ["mount"] as const };
    const { deployment, problems } = service.preview(asked);
    expect(problems).toEqual([]);
    expect(deployment?.plans[0]?.[1][0]?.steps.map(({ name }) => name)).toContain("before-format:site");
    expect(service.preview(requestFor("node1", "node9")).problems).toMatchObject([{ kind: "unknownNodes" }]);
    expect(await store.latest(9)).toEqual([]);
    expect(service.deploymentOf("node1")).toBeUndefined();
    expect(run.lab.machines.get("node1")?.powerOns).toBe(0);
  });
});

describe("the server dies (Kadeploy's operations die with it)", () => {
  test.each(SCENARIOS.filter(({ request }) => request !== undefined))(
    "and comes back during: $what",
    async (scenario) => {
      const { faults, nodes, request = {}, ok, succeeded } = scenario;
      const machines = faults();
      const run = new LabRun(machines, { store: new MemoryDeploymentStore() });
      await run.start(nodes ?? Object.keys(machines), request);
      await run.sleep(23_000);
      await run.restart();
      expect(outcomeOf(await run.toEnd())).toMatchObject({ ok, succeeded });
    },
  );
});
