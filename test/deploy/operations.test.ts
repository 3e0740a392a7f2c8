import { describe, expect, test } from "vitest";
import { MemoryDeploymentStore } from "#src/deploy/deployment_store.ts";
import type { Operation } from "#src/deploy/operation.ts";
import type { GroupOperation } from "#src/deploy/operation_plan.ts";
import type { DeployServiceOptions } from "#src/deploy/service_options.ts";
import { requestFor } from "./fake_appliance.ts";
import { LabRun, stepsOf } from "./lab_run.ts";
import { failed, operation, STRAIGHT } from "./states.ts";

const AROUND: readonly Operation[] = [
  operation({ name: "look", when: "after", step: "await-agent" }),
  operation({ name: "first" }),
  operation({ name: "second" }),
  operation({ name: "own", when: "instead" }),
  operation({ name: "last", when: "after" }),
  operation({ name: "bye", when: "before", step: "leave-ramdisk" }),
];

const withAround = STRAIGHT.flatMap((step) => {
  if (step === "await-agent") return [step, "after-await-agent:look"];
  if (step === "leave-ramdisk") return ["before-leave-ramdisk:bye", step];
  if (step !== "format") return [step];
  return ["before-format:first", "before-format:second", "instead-format:own", "after-format:last"];
});

/** What admins say of the group rack1, which every node is in. */
const ofRack = (...operations: readonly Operation[]): Partial<DeployServiceOptions> => ({
  operationsOf: () => operations.map((one): GroupOperation => ({ ...one, group: "rack1" })),
});

test("operations are steps of their own, before, after and instead of others", async () => {
  const run = new LabRun({ node1: {}, node2: {} });
  await run.start(["node1", "node2"], { operations: AROUND });
  const ended = await run.toEnd();
  expect(ended.nodes.map(stepsOf)).toEqual([withAround, withAround]);
  expect(ended.nodes.map(({ state }) => state.kind)).toEqual(["done", "done"]);
  expect(ended.plans).toHaveLength(1);
  const jobs = [...(run.lab.machines.get("node1")?.done.keys() ?? [])];
  expect(jobs).toContain("d1/node1/r1/before-format:first/1");
});

test("admins' operations are around users', and users cannot take them away", async () => {
  const admins = ofRack(operation({ name: "check" }), operation({ name: "sign", when: "after" }));
  const run = new LabRun({ node1: {} }, admins);
  await run.start(["node1"], { operations: AROUND });
  const [node] = (await run.toEnd()).nodes;
  const steps = node ? stepsOf(node) : [];
  expect(steps.slice(steps.indexOf("partition") + 1, steps.indexOf("mount"))).toEqual([
    ...["before-format:@rack1:check", "before-format:first", "before-format:second"],
    ...["instead-format:own", "after-format:last", "after-format:@rack1:sign"],
  ]);
});

test("nodes of other groups have another plan", async () => {
  const operationsOf = (node: string): GroupOperation[] =>
    node === "node2" ? [{ ...operation({ name: "check" }), group: "gpu" }] : [];
  const run = new LabRun({ node1: {}, node2: {}, node3: {} }, { operationsOf });
  await run.start(["node1", "node2"]);
  await run.service.join({ id: "d1", nodes: ["node3"] });
  const ended = await run.toEnd();
  expect(ended.nodes.map(({ plan }) => plan)).toEqual([0, 1, 2]);
  expect(ended.nodes.map((node) => stepsOf(node).includes("before-format:@gpu:check"))).toEqual([
    false,
    true,
    false,
  ]);
});

describe("refused before a node is touched", () => {
  test.each([
    ["at a step that the nodes do not do", { step: "leave-ramdisk" }, {}],
    ["instead of what an admin replaces", { when: "instead" }, ofRack(operation({ when: "instead" }))],
    ["that cannot be done there", { step: "await-system" }, {}],
  ] as const)("%s", async (_, change, more) => {
    const run = new LabRun({ node1: {} }, more);
    const service = await run.appliance.open();
    const workflow = { system: [{ way: "none" }] } as const;
    const asked = { ...requestFor("node1"), workflow, operations: [operation({ name: "mine", ...change })] };
    expect(await service.start(asked)).toMatchObject({
      ok: false,
      problem: { kind: "badOperation", operation: "mine" },
    });
    expect(service.deploymentOf("node1")).toBeUndefined();
  });
});

describe("an operation that fails", () => {
  const name = "before-format:check";

  test("is tried again as often as it says", async () => {
    const words = [
      { code: 1, words: "busy" },
      { code: 1, words: "busy" },
    ];
    const run = new LabRun({ node1: { scripts: { [name]: words } } });
    await run.start(["node1"], { operations: [operation({ maxAttempts: 3 })] });
    const [node] = (await run.toEnd()).nodes;
    expect(node?.state.kind).toBe("done");
    expect(node && stepsOf(node)).toEqual(
      expect.arrayContaining([`${name} failed`, `${name} r1a2 failed`, `${name} r1a3`]),
    );
  });

  test("ends as the node's reason, in its own words", async () => {
    const words = Array.from({ length: 9 }, () => ({
      code: 1,
      words: "flashing\nfirmware 1.2 is too old\n",
    }));
    const run = new LabRun({ node1: { scripts: { [name]: words } }, node2: {} });
    await run.start(["node1", "node2"], { operations: [operation()] });
    const ended = await run.toEnd();
    expect(ended.nodes[0]?.state).toEqual({ ...failed("format", "firmware 1.2 is too old"), step: name });
    expect(ended.nodes[1]?.state.kind).toBe("done");
  });

  test("says with exit code 3 that no repetition can help", async () => {
    const run = new LabRun({ node1: { scripts: { [name]: [{ code: 3, words: "wrong machine" }] } } });
    await run.start(["node1"], { operations: [operation({ maxAttempts: 5 })] });
    const [node] = (await run.toEnd()).nodes;
    expect(node?.state).toMatchObject({ kind: "failed", why: "wrong machine" });
    expect(node?.records.filter(({ step }) => step === name)).toHaveLength(1);
  });

  test("is stopped at its time limit, and only on the node where it hangs", async () => {
    const run = new LabRun({ node1: { hangsIn: name }, node2: {} });
    await run.start(["node1", "node2"], {
      operations: [operation({ timeLimitSec: 7 })],
      workflow: { installRetries: 0 },
    });
    const ended = await run.toEnd();
    expect(ended.nodes[0]?.state).toMatchObject({ kind: "failed", why: "No end within 7 s" });
    const last = ended.nodes[0]?.records.at(-1);
    expect(last).toMatchObject({ step: name, tookMs: 7_000 });
    expect(ended.nodes[1]?.state.kind).toBe("done");
  });
});

test("a killed appliance does no operation twice", async () => {
  for (const at of ["before-format:first", "instead-format:own", "before-leave-ramdisk:bye"]) {
    const run: LabRun = new LabRun({ node1: {} }, { store: new MemoryDeploymentStore() });
    await run.start(["node1"], { operations: AROUND });
    await run.until("node1", ({ state }) => state.kind === "running" && state.step === at);
    await run.restart();
    const [node] = (await run.toEnd()).nodes;
    expect(node?.state).toEqual({ kind: "done" });
    const done = [...(run.lab.machines.get("node1")?.done ?? [])];
    expect(done.filter(([, times]) => times > 1)).toEqual([]);
  }
});

test("a way that is taken again does its operations anew, and is not told how they failed before", async () => {
  const name = "before-leave-ramdisk:bye";
  const run = new LabRun({ node1: { scripts: { [name]: [{ code: 1, words: "busy" }] } } });
  await run.start(["node1"], {
    operations: [operation({ name: "bye", step: "leave-ramdisk" })],
    workflow: { system: [{ way: "reboot", retries: 1 }], installRetries: 0 },
  });
  const [node] = (await run.toEnd()).nodes;
  expect(node?.state).toEqual({ kind: "done" });
  expect(node && stepsOf(node)).toEqual(expect.arrayContaining([`${name} failed`, name]));
  const jobs = [...(run.lab.machines.get("node1")?.done.keys() ?? [])];
  expect(jobs.slice(-2)).toEqual([`d1/node1/r1/${name}/1`, `d1/node1/r1/${name}/1/w0t2`]);
});
