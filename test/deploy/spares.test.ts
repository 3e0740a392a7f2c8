import { describe, expect, test } from "vitest";
import type { NodeProgress } from "#src/deploy/deployment.ts";
import { MemoryDeploymentStore } from "#src/deploy/deployment_store.ts";
import type { NodeState } from "#src/deploy/node_state.ts";
import { outcomeOf } from "#src/deploy/outcome.ts";
import { idleSpares, nextReplacement } from "#src/deploy/spares.ts";
import { requestFor } from "./fake_appliance.ts";
import type { Faults } from "./fake_machine.ts";
import { LabRun } from "./lab_run.ts";
import { failed, running } from "./states.ts";

const node = (name: string, state: NodeState, replaces?: string): NodeProgress => ({
  ...{ node: name, state, plan: 0, records: [] },
  ...(replaces === undefined ? {} : { replaces }),
});
const spare = (name: string): NodeProgress => node(name, { kind: "spare" });
const request = requestFor();
const KO = failed("partition");
const OK: NodeState = { kind: "done" };

describe("who steps in", () => {
  const noGroups = (): readonly string[] => [];

  test("nobody for nodes that are well, are on their way, were cancelled, or have a substitute", () => {
    const cancelledOne: NodeState = { kind: "cancelled", phase: 2, step: "format" };
    for (const nodes of [
      [node("n1", OK), spare("s1")],
      [node("n1", running("format")), spare("s1")],
      [node("n1", cancelledOne), spare("s1")],
      [node("n1", KO), node("s1", running("format"), "n1"), spare("s2")],
      [node("n1", KO)],
      [node("n1", KO), node("s1", { kind: "spare", released: true })],
    ])
      expect(nextReplacement({ nodes }, noGroups)).toBeUndefined();
  });

  test("the first by name, as people count", () => {
    const nodes = [node("n1", KO), spare("s10"), spare("s2")];
    expect(nextReplacement({ nodes }, noGroups)).toMatchObject({ spare: { node: "s2" }, replaces: "n1" });
  });

  test("rather one of the same group", () => {
    const groups: Readonly<Record<string, readonly string[]>> = {
      n1: ["rack2", "gpu"],
      s10: ["rack2"],
      s2: ["rack1"],
    };
    const nodes = [node("n1", KO), spare("s2"), spare("s10")];
    expect(nextReplacement({ nodes }, (name) => groups[name] ?? [])?.spare.node).toBe("s10");
  });

  test("one for a substitute that failed too", () => {
    const nodes = [node("n1", KO), node("s1", KO, "n1"), spare("s2")];
    expect(nextReplacement({ nodes }, noGroups)).toMatchObject({ replaces: "s1" });
  });

  test("they are let go when enough nodes are OK, or none is on its way", () => {
    const success = { kind: "count", nodes: 1 } as const;
    const nodes = [node("n1", OK), node("n2", running("format")), spare("s1")];
    expect(idleSpares({ nodes, request })).toEqual([]);
    expect(idleSpares({ nodes, request: { ...request, success } })).toHaveLength(1);
    expect(idleSpares({ nodes: [node("n1", OK), spare("s1")], request })).toHaveLength(1);
  });
});

/** The machine uses its faults up. */
const broken = (): Faults => ({ scripts: { partition: [{ code: 3, words: "Node has no disk" }] } });

describe("in a deployment", () => {
  test("a spare takes the place of a node that failed, and the deployment succeeds", async () => {
    const run = new LabRun({ node1: {}, node2: broken(), spare1: {}, spare2: {} });
    await run.start(["node1", "node2"], { spares: ["spare2", "spare1"] });
    expect(run.service.deploymentOf("spare1")).toBe("d1");
    const ended = await run.toEnd();
    expect(ended.nodes.map(({ node: name, state, replaces }) => [name, state.kind, replaces])).toEqual([
      ["node1", "done", undefined],
      ["node2", "failed", undefined],
      ["spare1", "done", "node2"],
      ["spare2", "spare", undefined],
    ]);
    expect(outcomeOf(ended)).toMatchObject({ places: 2, needed: 2, succeeded: true });
    expect(run.lab.machines.get("spare2")?.powerOns).toBe(0);
    expect(run.service.deploymentOf("spare2")).toBeUndefined();
    expect(run.appliance.events).toContainEqual({
      kind: "spareTookPlace",
      deployment: "d1",
      node: "spare1",
      replaces: "node2",
    });
    expect(run.appliance.events.at(-1)).toMatchObject({ kind: "deploymentEnded", succeeded: true });
  });

  test("spares are free for others as soon as enough nodes are OK", async () => {
    const run = new LabRun({ node1: {}, node2: { deadBoots: 9 }, spare1: {} });
    await run.start(["node1", "node2"], { spares: ["spare1"], success: { kind: "count", nodes: 1 } });
    await run.until("spare1", ({ state }) => state.kind === "spare" && state.released === true);
    expect((await run.node("node2")).state.kind).toBe("running");
    expect(await run.service.start(requestFor("spare1"))).toMatchObject({ ok: true });
    expect((await run.toEnd()).nodes[2]?.state).toEqual({ kind: "spare", released: true });
  });

  test("cancelled, it lets them go untouched", async () => {
    const run = new LabRun({ node1: {}, spare1: {} });
    await run.start(["node1"], { spares: ["spare1"] });
    await run.sleep(30_000);
    await run.lab.clock.until(run.service.cancel("d1"));
    expect((await run.node("spare1")).state).toEqual({ kind: "spare", released: true });
    expect(await run.service.start(requestFor("spare1"))).toMatchObject({ ok: true });
  });
});

describe("over a kill", () => {
  test("they are held by the appliance that takes over after a kill, and step in there", async () => {
    const run = new LabRun({ node1: broken(), spare1: {} }, { store: new MemoryDeploymentStore() });
    await run.start(["node1"], { spares: ["spare1"] });
    await run.restart();
    expect(run.service.deploymentOf("spare1")).toBe("d1");
    expect(outcomeOf(await run.toEnd())).toMatchObject({ ok: ["spare1"], succeeded: true });
  });

  test("a node whose failure was stored in the last moment of an appliance is replaced by the next one", async () => {
    const store = new MemoryDeploymentStore();
    const run: LabRun = new LabRun(
      { node1: broken(), spare1: {} },
      {
        store,
        afterSave: (_, state) => {
          if (state.kind === "failed") run.appliance.life.kill();
        },
      },
    );
    await run.start(["node1"], { spares: ["spare1"] });
    await run.lab.clock.until(run.appliance.life.ended);
    expect((await store.byId("d1"))?.nodes.map(({ state }) => state.kind)).toEqual(["failed", "spare"]);
    await run.restart();
    expect(outcomeOf(await run.toEnd())).toMatchObject({ ok: ["spare1"], succeeded: true });
  });
});

describe("the rule of success", () => {
  test.each([
    [{ kind: "all" }, false],
    [{ kind: "count", nodes: 2 }, true],
    [{ kind: "count", nodes: 3 }, false],
    [{ kind: "share", percent: 66 }, true],
    [{ kind: "share", percent: 67 }, false],
  ] as const)("two of three nodes by %j: %s", async (success, succeeded) => {
    const run = new LabRun({ node1: {}, node2: {}, node3: broken() });
    await run.start(["node1", "node2", "node3"], { success });
    await run.toEnd();
    expect(run.appliance.events.at(-1)).toMatchObject({
      kind: "deploymentEnded",
      ok: 2,
      failed: 1,
      succeeded,
    });
  });

  test("more than take part is refused", async () => {
    const run = new LabRun({ node1: {}, node2: {} });
    const service = await run.appliance.open();
    const asked = {
      ...requestFor("node1"),
      spares: ["node2"],
      success: { kind: "count", nodes: 2 },
    } as const;
    expect(await service.start(asked)).toMatchObject({ ok: false, problem: { kind: "badSuccess" } });
    expect(await service.start({ ...requestFor("node1"), spares: ["node1"] })).toMatchObject({
      ok: false,
      problem: { kind: "spareTwice", nodes: ["node1"] },
    });
  });
});
