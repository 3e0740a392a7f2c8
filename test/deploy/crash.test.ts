import { describe, expect, test } from "vitest";
import { DEPLOY_ACTIONS } from "#src/deploy/actions.ts";
import { type DeploymentStore, MemoryDeploymentStore } from "#src/deploy/deployment_store.ts";
import type { StepAction } from "#src/deploy/step_action.ts";
import { FakeAppliance, requestFor } from "./fake_appliance.ts";
import { FakeLab } from "./fake_lab.ts";
import { STRAIGHT } from "./states.ts";

const NODES = ["node1", "node2", "node3"];

/** When the appliance is killed: at the n-th save of a node's state, before it is durable or right after. */
type Crash = { readonly atSave: number; readonly when: "before" | "after" };

/** A store that kills its owner. */
function deadly(store: MemoryDeploymentStore, { atSave, when }: Crash, kill: () => void): DeploymentStore {
  let saves = 0;
  return {
    running: () => store.running(),
    byId: (id) => store.byId(id),
    latest: (count) => store.latest(count),
    lastHostKeyOf: (node) => store.lastHostKeyOf(node),
    ofNode: (node, limit) => store.ofNode(node, limit),
    create: (deployment) => store.create(deployment),
    addNodes: (id, added) => store.addNodes(id, added),
    saveTotals: (id, totals) => store.saveTotals(id, totals),
    saveNode: async (id, progress) => {
      const last = ++saves === atSave;
      if (last && when === "before") kill();
      else await store.saveNode(id, progress);
      if (last) kill();
    },
  };
}

/** Deploys with an appliance that is killed as `crashes` say, one after the other, and started again each time. */
async function deployThrough(
  crashes: readonly Crash[],
  downMs: number,
): Promise<{ lab: FakeLab; store: MemoryDeploymentStore; kills: number }> {
  const lab = new FakeLab();
  for (const name of NODES) lab.add(name);
  const store = new MemoryDeploymentStore();
  let kills = 0;
  for (const [life, crash] of [...crashes, undefined].entries()) {
    const appliance: FakeAppliance = new FakeAppliance(lab, {
      store: crash ? deadly(store, crash, () => appliance.life.kill()) : store,
    });
    const service = await appliance.open();
    if (life === 0) await service.start(requestFor(...NODES));
    else service.resume();
    const killed = appliance.life.ended.then(() => true);
    const wasKilled = await lab.clock.until(Promise.race([killed, service.ended("d1").then(() => false)]));
    if (!wasKilled) break;
    kills++;
    // Nobody answers the nodes meanwhile.
    lab.netboot = () => "localDisk";
    await lab.clock.until(lab.clock.sleep(downMs));
  }
  return { lab, store, kills };
}

async function expectAllInstalledOnce({
  lab,
  store,
}: {
  lab: FakeLab;
  store: MemoryDeploymentStore;
}): Promise<void> {
  const deployment = await store.byId("d1");
  expect(deployment?.endedAtMs).toBeDefined();
  for (const progress of deployment?.nodes ?? []) {
    const machine = lab.machines.get(progress.node);
    expect(progress.state).toEqual({ kind: "done" });
    expect(machine?.system).toBe(progress.hostKey);
    const twice = [...(machine?.done ?? [])].filter(([, times]) => times > 1);
    expect(twice).toEqual([]);
  }
}

/** One save per step and node, and one more for what is noted before the power command. */
const SAVES = (STRAIGHT.length + 1) * NODES.length;

describe("an appliance that is killed at a save and started again finishes the deployment", () => {
  const crashes = Array.from({ length: SAVES }, (_, index) => index + 1).flatMap((atSave) =>
    (["before", "after"] as const).map((when) => ({ atSave, when })),
  );
  test.each(crashes)("$when save $atSave", async (crash) => {
    const { lab, store, kills } = await deployThrough([crash], 1_000);
    expect(kills).toBe(1);
    await expectAllInstalledOnce({ lab, store });
    for (const { powerOns } of lab.machines.values()) {
      // Into the ramdisk and out of it; a command that may not have been given is given again.
      expect(powerOns).toBeLessThanOrEqual(3);
    }
  });
});

test.each(STRAIGHT.map((name, index) => [name, (index + 1) * NODES.length + 1] as const))(
  "down for two minutes after %s, while nodes boot without it",
  async (_step, atSave) => {
    const { lab, store } = await deployThrough([{ atSave, when: "after" }], 120_000);
    await expectAllInstalledOnce({ lab, store });
  },
);

test("killed at every save in turn, it still finishes", async () => {
  const every = Array.from({ length: 200 }, (): Crash => ({ atSave: 2, when: "after" }));
  const { lab, store, kills } = await deployThrough(every, 100);
  expect(kills).toBeGreaterThan(10);
  await expectAllInstalledOnce({ lab, store });
});

test("a node whose agent has already called is not switched off again", async () => {
  const lab = new FakeLab();
  const machine = lab.add("node1");
  const store = new MemoryDeploymentStore();
  // The second save says that the power command was given; this appliance dies before it.
  const appliance: FakeAppliance = new FakeAppliance(lab, {
    store: deadly(store, { atSave: 2, when: "before" }, () => appliance.life.kill()),
  });
  await (await appliance.open()).start(requestFor("node1"));
  await lab.clock.until(appliance.life.ended);
  // The next one is up in time to tell the node what to boot, but does nothing yet.
  const service = await new FakeAppliance(lab, { store }).open();
  await lab.clock.until(lab.clock.sleep(30_000));
  expect(machine.agent).toBeDefined();
  service.resume();
  await lab.clock.until(service.ended("d1"));
  await expectAllInstalledOnce({ lab, store });
  expect(machine.powerOns).toBe(2);
});

test("an agent from before the deployment is not taken for the new one", async () => {
  const lab = new FakeLab();
  const machine = lab.add("node1");
  lab.netboot = () => "ramdisk";
  machine.boot();
  await lab.clock.until(lab.clock.sleep(30_000));
  const old = machine.agent?.bootId;
  expect(old).toBeDefined();
  const service = await new FakeAppliance(lab).open();
  await service.start(requestFor("node1"));
  await lab.clock.until(service.ended("d1"));
  const progress = (await service.byId("d1"))?.nodes[0];
  expect(progress?.state).toEqual({ kind: "done" });
  expect(progress?.formerBootIds).toEqual([old]);
  expect(progress?.bootId).not.toBe(old);
});

test("an orderly stop leaves nodes as they are, and the next start goes on", async () => {
  const lab = new FakeLab();
  for (const name of NODES) lab.add(name);
  const store = new MemoryDeploymentStore();
  const first = await new FakeAppliance(lab, { store }).open();
  await first.start(requestFor(...NODES));
  await lab.clock.until(lab.clock.sleep(25_000));
  await lab.clock.until(first.stop());
  expect((await store.running())[0]?.nodes.map(({ state }) => state.kind)).toEqual(
    NODES.map(() => "running"),
  );
  const second = await new FakeAppliance(lab, { store }).open();
  second.resume();
  await lab.clock.until(second.ended("d1"));
  await expectAllInstalledOnce({ lab, store });
});

test("nothing of a state is done before the state is durable, however slow the store is", async () => {
  const lab = new FakeLab();
  lab.add("node1");
  const store = new MemoryDeploymentStore();
  const slow: DeploymentStore = {
    running: () => store.running(),
    byId: (id) => store.byId(id),
    latest: (count) => store.latest(count),
    lastHostKeyOf: (node) => store.lastHostKeyOf(node),
    ofNode: (node, limit) => store.ofNode(node, limit),
    create: (deployment) => store.create(deployment),
    addNodes: (id, added) => store.addNodes(id, added),
    saveTotals: (id, totals) => store.saveTotals(id, totals),
    saveNode: async (id, progress) => {
      await lab.clock.sleep(5_000);
      await store.saveNode(id, progress);
    },
  };
  const checked = Object.entries(DEPLOY_ACTIONS).map(([step, action]): [string, StepAction] => [
    step,
    async (context) => {
      const saved = (await store.byId("d1"))?.nodes[0];
      expect(saved?.state).toEqual(context.state);
      expect(saved?.hostKey).toBe(context.progress.hostKey);
      return action(context);
    },
  ]);
  const actions = Object.fromEntries(checked) as typeof DEPLOY_ACTIONS;
  const service = await new FakeAppliance(lab, { store: slow, actions }).open();
  await service.start(requestFor("node1"));
  await lab.clock.until(service.ended("d1"));
  const progress = (await service.byId("d1"))?.nodes[0];
  expect(progress?.state).toEqual({ kind: "done" });
  expect(progress?.records.filter(({ why }) => why !== undefined)).toEqual([]);
});

test("a store that cannot write for a while stops nothing for good", async () => {
  const lab = new FakeLab();
  lab.add("node1");
  const store = new MemoryDeploymentStore();
  const full: DeploymentStore = {
    running: () => store.running(),
    byId: (id) => store.byId(id),
    latest: (count) => store.latest(count),
    lastHostKeyOf: (node) => store.lastHostKeyOf(node),
    ofNode: (node, limit) => store.ofNode(node, limit),
    create: (deployment) => store.create(deployment),
    addNodes: (id, added) => store.addNodes(id, added),
    saveTotals: async (id, totals) => {
      if (lab.clock.monotonicMs() < 400_000) throw new Error("database or disk is full");
      await store.saveTotals(id, totals);
    },
    saveNode: async (id, progress) => {
      if (lab.clock.monotonicMs() < 300_000) throw new Error("database or disk is full");
      await store.saveNode(id, progress);
    },
  };
  const appliance = new FakeAppliance(lab, { store: full });
  const service = await appliance.open();
  await service.start(requestFor("node1"));
  await lab.clock.until(service.ended("d1"));
  await expectAllInstalledOnce({ lab, store });
  expect(appliance.events.filter(({ kind }) => kind === "storeFailed").length).toBeGreaterThan(3);
});
