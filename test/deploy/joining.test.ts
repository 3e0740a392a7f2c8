import { describe, expect, test } from "vitest";
import type { NodeProgress } from "#src/deploy/deployment.ts";
import { MemoryDeploymentStore } from "#src/deploy/deployment_store.ts";
import { outcomeOf } from "#src/deploy/outcome.ts";
import { FakeAppliance, requestFor } from "./fake_appliance.ts";
import { FakeLab } from "./fake_lab.ts";
import { LabRun, stepsOf } from "./lab_run.ts";
import { STRAIGHT } from "./states.ts";

test("a late node goes through all steps and counts", async () => {
  const run = new LabRun({ node1: {}, node2: {} });
  await run.start(["node1"]);
  await run.until("node1", ({ state }) => state.kind === "running" && state.step === "broadcast");
  expect(await run.service.join({ id: "d1", nodes: ["node2"] })).toMatchObject({ ok: true });
  const ended = await run.toEnd();
  expect(ended.nodes.map(({ node, plan, state }) => [node, plan, state.kind])).toEqual([
    ["node1", 0, "done"],
    ["node2", 1, "done"],
  ]);
  expect(ended.nodes[1] && stepsOf(ended.nodes[1])).toEqual(STRAIGHT);
  expect(outcomeOf(ended)).toMatchObject({ places: 2, needed: 2, succeeded: true });
});

test("the deployment does not end before a node that joined at the last moment", async () => {
  const run = new LabRun({ node1: {}, node2: {} });
  await run.start(["node1"]);
  await run.until("node1", ({ state }) => state.kind === "running" && state.step === "await-system");
  await run.service.join({ id: "d1", nodes: ["node2"] });
  expect((await run.toEnd()).nodes.map(({ state }) => state.kind)).toEqual(["done", "done"]);
});

test("it is there after a kill", async () => {
  const run = new LabRun({ node1: {}, node2: {} }, { store: new MemoryDeploymentStore() });
  await run.start(["node1"]);
  await run.service.join({ id: "d1", nodes: ["node2"] });
  await run.restart();
  expect(outcomeOf(await run.toEnd()).ok).toEqual(["node1", "node2"]);
});

test("refusals change nothing", async () => {
  const run = new LabRun({ node1: {}, node2: {}, node3: {} });
  await run.start(["node1"]);
  await run.service.start(requestFor("node2"));
  const kindOf = async (id: string, nodes: readonly string[]): Promise<string> => {
    const joined = await run.service.join({ id, nodes });
    return joined.ok ? "joined" : joined.problem.kind;
  };
  expect(await kindOf("d9", ["node3"])).toBe("ended");
  expect(await kindOf("d1", ["node1", "node3"])).toBe("alreadyIn");
  expect(await kindOf("d1", ["node2", "node3"])).toBe("nodesBusy");
  expect(await kindOf("d1", ["node4"])).toBe("unknownNodes");
  expect(await kindOf("d1", [])).toBe("noNodes");
  expect(run.service.deploymentOf("node3")).toBeUndefined();
  await run.lab.clock.until(run.service.cancel("d1"));
  expect(await kindOf("d1", ["node3"])).toBe("ended");
});

test("of a join and a request for the same node at once one wins", async () => {
  const run = new LabRun({ node1: {}, node2: {} });
  await run.start(["node1"]);
  const [joined, started] = await Promise.all([
    run.service.join({ id: "d1", nodes: ["node2"] }),
    run.service.start(requestFor("node2")),
  ]);
  expect([joined.ok, started.ok].filter(Boolean)).toHaveLength(1);
});

test("a late node without a disk that would do is refused as at the start", async () => {
  const disksOf = (node: string) => (node === "node2" ? [] : undefined);
  const run = new LabRun({ node1: {}, node2: {} }, { disksOf });
  await run.start(["node1"]);
  const joined = await run.service.join({ id: "d1", nodes: ["node2"] });
  expect(joined).toMatchObject({ ok: false, problem: { kind: "unsuitableNode", node: "node2" } });
  const started = await run.service.start(requestFor("node2"));
  expect(started).toEqual(joined);
});

/** A store that waits at one point until the test lets it go on. */
class SlowStore extends MemoryDeploymentStore {
  readonly #reached = Promise.withResolvers<void>();
  readonly #go = Promise.withResolvers<void>();
  readonly at: Promise<void> = this.#reached.promise;
  readonly goOn = (): void => this.#go.resolve();

  async wait(): Promise<void> {
    this.#reached.resolve();
    await this.#go.promise;
  }
}

class SlowJoins extends SlowStore {
  override async addNodes(...args: Parameters<MemoryDeploymentStore["addNodes"]>): Promise<void> {
    await this.wait();
    await super.addNodes(...args);
  }
}

class SlowSpares extends SlowStore {
  override async saveNode(id: string, progress: NodeProgress): Promise<void> {
    if (progress.node === "spare1" && progress.state.kind === "running") await this.wait();
    await super.saveNode(id, progress);
  }
}

class SlowCreation extends SlowStore {
  override async create(...args: Parameters<MemoryDeploymentStore["create"]>): Promise<void> {
    await this.wait();
    await super.create(...args);
  }
}

describe("cancelled or stopped while it is being stored", () => {
  test.each(["cancel", "stop"] as const)("by %s, a late node is not touched", async (by) => {
    const store = new SlowJoins();
    const run = new LabRun({ node1: {}, node2: {} }, { store });
    await run.start(["node1"]);
    const joining = run.service.join({ id: "d1", nodes: ["node2"] });
    await store.at;
    const over = by === "cancel" ? run.service.cancel("d1") : run.service.stop();
    store.goOn();
    await run.lab.clock.until(Promise.all([joining, over]));
    await run.sleep(600_000);
    expect(run.lab.machines.get("node2")?.powerOns).toBe(0);
    const kinds = (await store.byId("d1"))?.nodes.map(({ state }) => state.kind);
    expect(kinds).toEqual(by === "cancel" ? ["cancelled", "cancelled"] : ["running", "running"]);
  });

  test.each(["cancel", "stop"] as const)("by %s, a spare is not touched", async (by) => {
    const store = new SlowSpares();
    const broken = { scripts: { partition: [{ code: 3, words: "Node has no disk" }] } };
    const run = new LabRun({ node1: broken, node2: { hangsIn: "mount" }, spare1: {} }, { store });
    await run.start(["node1", "node2"], { spares: ["spare1"] });
    await run.lab.clock.until(store.at);
    const over = by === "cancel" ? run.service.cancel("d1") : run.service.stop();
    store.goOn();
    await run.lab.clock.until(Promise.all([over]));
    await run.sleep(600_000);
    expect(run.lab.machines.get("spare1")?.powerOns).toBe(0);
    const spare = (await store.byId("d1"))?.nodes[2]?.state;
    expect(spare).toMatchObject(by === "cancel" ? { kind: "spare", released: true } : { kind: "running" });
    if (by === "cancel") expect(run.service.deploymentOf("spare1")).toBeUndefined();
  });

  test("by stop, a deployment begins with the next start", async () => {
    const store = new SlowCreation();
    const lab = new FakeLab();
    const machine = lab.add("node1");
    const service = await new FakeAppliance(lab, { store }).open();
    const starting = service.start(requestFor("node1"));
    await store.at;
    const stopping = service.stop();
    store.goOn();
    await lab.clock.until(Promise.all([starting, stopping]));
    await lab.clock.until(lab.clock.sleep(600_000));
    expect(machine.powerOns).toBe(0);
    const next = await new FakeAppliance(lab, { store }).open();
    next.resume();
    await lab.clock.until(next.ended("d1"));
    expect((await next.byId("d1"))?.nodes[0]?.state).toEqual({ kind: "done" });
  });
});
