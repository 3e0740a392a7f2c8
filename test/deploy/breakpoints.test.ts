import { expect, test } from "vitest";
import { MemoryDeploymentStore } from "#src/deploy/deployment_store.ts";
import { LabRun, stepsOf } from "./lab_run.ts";
import { cancelled, STRAIGHT } from "./states.ts";

const PLACES = ["power-into-ramdisk", "await-agent", "partition", "broadcast", "leave-ramdisk"] as const;

test.each(PLACES)(
  "nodes stop before %s, each when it comes there, and go on when they are told to",
  async (step) => {
    const run = new LabRun({ node1: {}, node2: {} });
    await run.start(["node1", "node2"], { breakpoints: [step] });
    const { state } = await run.untilPaused("node1");
    expect(state).toMatchObject({ kind: "paused", next: { step } });
    await run.sleep(3_600_000);
    expect(stepsOf(await run.node("node1"))).toEqual(STRAIGHT.slice(0, STRAIGHT.indexOf(step)));
    expect(await run.lab.clock.until(run.service.goOn("d1", ["node1"]))).toEqual(["node1"]);
    expect((await run.node("node2")).state.kind).toBe("paused");
    await run.until("node1", ({ state: now }) => now.kind === "done");
    expect(await run.lab.clock.until(run.service.goOn("d1"))).toEqual(["node2"]);
    const ended = await run.toEnd();
    expect(ended.nodes.map(stepsOf)).toEqual([STRAIGHT, STRAIGHT]);
    expect(run.kinds().filter((kind) => kind === "nodePaused")).toHaveLength(2);
    expect(run.kinds().filter((kind) => kind === "nodeContinued")).toHaveLength(2);
  },
);

test("an agent stays connected and its node stays held while it stands", async () => {
  const run = new LabRun({ node1: {} });
  await run.start(["node1"], { breakpoints: ["broadcast"] });
  const { bootId } = await run.untilPaused("node1");
  await run.sleep(86_400_000);
  expect(run.lab.machines.get("node1")?.agent?.bootId).toBe(bootId);
  expect(run.service.deploymentOf("node1")).toBe("d1");
  expect(await run.service.goOn("d1", ["node2"])).toEqual([]);
});

test("a node that stands can be cancelled", async () => {
  const run = new LabRun({ node1: {} });
  await run.start(["node1"], { breakpoints: ["format"] });
  await run.untilPaused("node1");
  expect(await run.lab.clock.until(run.service.cancel("d1"))).toBe(true);
  expect((await run.node("node1")).state).toEqual(cancelled("format"));
  expect(run.service.deploymentOf("node1")).toBeUndefined();
  expect(run.lab.clock.pending).toBe(0);
});

test.each(PLACES)(
  "a node that stands before %s stands there after the appliance was killed",
  async (step) => {
    const run = new LabRun({ node1: {} }, { store: new MemoryDeploymentStore() });
    await run.start(["node1"], { breakpoints: [step] });
    await run.untilPaused("node1");
    await run.restart();
    await run.sleep(600_000);
    expect((await run.node("node1")).state).toMatchObject({ kind: "paused", next: { step } });
    expect(run.service.deploymentOf("node1")).toBe("d1");
    expect(await run.lab.clock.until(run.service.goOn("d1"))).toEqual(["node1"]);
    const [node] = (await run.toEnd()).nodes;
    expect(node?.state).toEqual({ kind: "done" });
    expect(node && stepsOf(node)).toEqual(STRAIGHT);
  },
);

test("what was told to go on does so, though the appliance is killed at once", async () => {
  const run = new LabRun({ node1: {} }, { store: new MemoryDeploymentStore() });
  await run.start(["node1"], { breakpoints: ["mount"] });
  await run.untilPaused("node1");
  expect(await run.lab.clock.until(run.service.goOn("d1"))).toEqual(["node1"]);
  await run.restart();
  expect((await run.toEnd()).nodes[0]?.state).toEqual({ kind: "done" });
});

test("nobody is told that a node goes on before that is durable", async () => {
  const store = new MemoryDeploymentStore();
  const run = new LabRun({ node1: {} }, { store });
  await run.start(["node1"], { breakpoints: ["mount"] });
  await run.untilPaused("node1");
  await run.lab.clock.until(run.service.goOn("d1"));
  expect((await store.byId("d1"))?.nodes[0]?.state.kind).toBe("running");
});

test("a node that booted anew while it stood goes through the ramdisk again, is not stopped twice, and says so", async () => {
  const run = new LabRun({ node1: {} });
  await run.start(["node1"], { breakpoints: ["broadcast"] });
  await run.untilPaused("node1");
  run.lab.machines.get("node1")?.boot();
  await run.sleep(120_000);
  expect(run.appliance.events).toContainEqual({
    kind: "pausedNodeLost",
    deployment: "d1",
    node: "node1",
    step: "broadcast",
    why: "The agent of node1 went away while it stood before broadcast",
  });
  await run.lab.clock.until(run.service.goOn("d1"));
  const [node] = (await run.toEnd()).nodes;
  expect(node?.state).toEqual({ kind: "done" });
  const again = STRAIGHT.slice(0, STRAIGHT.indexOf("broadcast") + 1).map((step) => `${step} r2a1`);
  expect(node && stepsOf(node)).toEqual(expect.arrayContaining(again));
});

test("what it lost while it stood costs it none of its retries", async () => {
  const run = new LabRun({ node1: { crashesIn: "identity" } });
  await run.start(["node1"], { breakpoints: ["broadcast"], workflow: { installRetries: 1 } });
  await run.untilPaused("node1");
  run.lab.machines.get("node1")?.boot();
  await run.sleep(120_000);
  await run.lab.clock.until(run.service.goOn("d1"));
  const [node] = (await run.toEnd()).nodes;
  expect(node?.state).toEqual({ kind: "done" });
});

test.each(["before", "after"] as const)(
  "who says to go on just %s the appliance stops is told that nothing went on",
  async (when) => {
    const store = new MemoryDeploymentStore();
    const run = new LabRun({ node1: {} }, { store });
    await run.start(["node1"], { breakpoints: ["mount"] });
    await run.untilPaused("node1");
    let stopping: Promise<void> | undefined;
    if (when === "after") stopping = run.service.stop();
    const going = run.service.goOn("d1", ["node1"]);
    stopping ??= run.service.stop();
    expect(await run.lab.clock.until(going)).toEqual([]);
    await run.lab.clock.until(stopping);
    expect((await store.byId("d1"))?.nodes[0]?.state.kind).toBe("paused");
  },
);
