import { describe, expect, test } from "vitest";
import type { Deployment } from "#src/deploy/deployment.ts";
import { MemoryDeploymentStore } from "#src/deploy/deployment_store.ts";
import { outcomeOf } from "#src/deploy/outcome.ts";
import type { DeployService } from "#src/deploy/service.ts";
import { FakeAppliance, requestFor } from "./fake_appliance.ts";
import { FakeLab } from "./fake_lab.ts";
import type { Faults } from "./fake_machine.ts";
import { cancelled, failed, STRAIGHT } from "./states.ts";

/** Installs machines with these faults to the end. */
async function deploy(faults: Record<string, Faults>): Promise<{
  lab: FakeLab;
  appliance: FakeAppliance;
  service: DeployService;
  deployment: Deployment;
}> {
  const lab = new FakeLab();
  for (const [name, fault] of Object.entries(faults)) lab.add(name, fault);
  const appliance = new FakeAppliance(lab);
  const service = await appliance.open();
  const started = await service.start(requestFor(...Object.keys(faults)));
  expect(started).toMatchObject({ ok: true, deployment: { id: "d1" } });
  await lab.clock.until(service.ended("d1"));
  const deployment = await service.byId("d1");
  if (!deployment) throw new Error("The deployment is gone");
  return { lab, appliance, service, deployment };
}

const stepsOf = (deployment: Deployment, index = 0): string[] =>
  (deployment.nodes[index]?.records ?? []).map(
    ({ step, round, attempt, why }) =>
      `${step}${round > 1 || attempt > 1 ? ` r${round}a${attempt}` : ""}${why ? " failed" : ""}`,
  );

describe("a node without faults", () => {
  test("goes through all steps once and runs the new system", async () => {
    const { lab, appliance, deployment } = await deploy({ node1: {} });
    expect(outcomeOf(deployment).ok).toEqual(["node1"]);
    expect(stepsOf(deployment)).toEqual(STRAIGHT);
    expect(lab.machines.get("node1")?.system).toBe(deployment.nodes[0]?.hostKey);
    expect(deployment).toMatchObject({ sourceSentBytes: 1234 });
    expect(deployment.endedAtMs).toBeGreaterThan(deployment.createdAtMs);
    expect(appliance.ended).toEqual(["d1"]);
  });

  test("leaves no timer behind", async () => {
    const { lab } = await deploy({ node1: {}, node2: {} });
    expect(lab.clock.pending).toBe(0);
  });

  test("says what happens, from start to end", async () => {
    const { appliance } = await deploy({ node1: {} });
    const kinds = appliance.events.map(({ kind }) => kind);
    expect(kinds[0]).toBe("deploymentStarted");
    expect(kinds.slice(-2)).toEqual(["nodeDeployed", "deploymentEnded"]);
    expect(kinds.filter((kind) => kind === "stepFinished")).toHaveLength(STRAIGHT.length);
  });
});

test("its image is in use from the moment at which it is chosen to the end", async () => {
  const lab = new FakeLab();
  lab.add("node1", {});
  const service = await new FakeAppliance(lab).open();
  const starting = service.start(requestFor("node1"));
  // It is being stored: who removes images now must spare this one.
  expect([service.running().length, service.imagesInUse().length]).toEqual([0, 1]);
  await starting;
  expect(service.imagesInUse()).toEqual(service.running().map(({ imageDigest }) => imageDigest));
  await lab.clock.until(service.ended("d1"));
  expect(service.imagesInUse()).toEqual([]);
});

const HEALED: readonly { when: string; faults: Faults; also: string[] }[] = [
  {
    when: "the BMC does not answer twice",
    faults: { bmcSilent: 2 },
    also: ["power-into-ramdisk failed", "power-into-ramdisk r1a2 failed", "power-into-ramdisk r1a3"],
  },
  {
    when: "the node does not come up the first time",
    faults: { deadBoots: 1 },
    also: ["await-agent failed", "power-into-ramdisk r2a1", "await-agent r2a1", "await-system r2a1"],
  },
  {
    when: "a script fails once",
    faults: { scripts: { format: [{ code: 1, words: "mkfs.ext4: busy\n" }] } },
    also: ["format failed", "format r1a2", "mount"],
  },
  {
    when: "a script fails in all its attempts",
    faults: {
      scripts: {
        format: [
          { code: 1, words: "busy" },
          { code: 1, words: "busy" },
        ],
      },
    },
    also: ["format failed", "format r1a2 failed", "power-into-ramdisk r2a1", "format r2a1"],
  },
  {
    when: "the node boots anew in the middle of the broadcast",
    faults: { crashesIn: "broadcast" },
    also: ["broadcast failed", "power-into-ramdisk r2a1", "broadcast r2a1"],
  },
  {
    when: "the broadcast breaks",
    faults: { scripts: { broadcast: [{ code: 1, words: "tar: no space" }] } },
    also: ["broadcast failed", "broadcast r2a1"],
  },
];

test.each(HEALED)("heals by itself when $when", async ({ faults, also }) => {
  const { deployment } = await deploy({ node1: faults });
  expect(deployment.nodes[0]?.state).toEqual({ kind: "done" });
  expect(stepsOf(deployment)).toEqual(expect.arrayContaining(also));
});

const FAILED: readonly { when: string; faults: Faults; step: string; why: string }[] = [
  {
    when: "the BMC never answers",
    faults: { bmcSilent: 99 },
    step: "power-into-ramdisk",
    why: "Power boot-network failed: no answer from 10.0.0.9",
  },
  {
    when: "the node never comes up",
    faults: { deadBoots: 99 },
    step: "await-agent",
    why: "Node node1 was switched on but its agent did not call within 600 s: look at its screen, and whether it boots from the network",
  },
  {
    when: "there is no disk, at once",
    faults: { scripts: { partition: [{ code: 3, words: "wipefs: 1\nNode node1 has no disk\n" }] } },
    step: "partition",
    why: "Node node1 has no disk",
  },
  {
    when: "a script fails in every round",
    faults: {
      scripts: {
        mount: Array.from({ length: 9 }, () => ({ code: 32, words: "mount: \u001b[31mno\u0007\n" })),
      },
    },
    step: "mount",
    why: "mount: [31mno",
  },
];

test.each(FAILED)("fails by name when $when", async ({ faults, step, why }) => {
  const { deployment, service } = await deploy({ node1: faults });
  expect(deployment.nodes[0]?.state).toEqual(failed(step, why));
  expect(service.bootProfileOf("node1").kind).toBe("localDisk");
});

test("the permission to install is used up: a node that was installed boots its disk, however often it asks", async () => {
  const { lab, service } = await deploy({ node1: {} });
  const machine = lab.machines.get("node1");
  machine?.boot();
  await lab.clock.until(lab.clock.sleep(60_000));
  expect(machine?.agent).toBeUndefined();
  expect(machine?.system).toBeDefined();
  expect(service.bootProfileOf("node1")).toEqual({
    kind: "localDisk",
    because: "no deployment waits for node1",
  });
});

test("a node gets the ramdisk in phase 1 and at no other time", async () => {
  const lab = new FakeLab();
  lab.add("node1");
  const service = await new FakeAppliance(lab).open();
  const seen = new Map<string, string>();
  service.subscribe((change) => {
    if (change.kind !== "node" || change.progress.state.kind !== "running") return;
    seen.set(change.progress.state.step, service.bootProfileOf("node1").kind);
  });
  expect(service.bootProfileOf("node1").kind).toBe("localDisk");
  await service.start(requestFor("node1"));
  expect(service.bootProfileOf("node1")).toEqual({ kind: "ramdisk", deployment: "d1", mode: "install" });
  await lab.clock.until(service.ended("d1"));
  for (const step of STRAIGHT) {
    const expected = step === "power-into-ramdisk" || step === "await-agent" ? "ramdisk" : "localDisk";
    expect(seen.get(step), step).toBe(expected);
  }
});

test("one node that never comes up does not delay the other seven", async () => {
  const names = Array.from({ length: 8 }, (_, index) => `node${index + 1}`);
  const faults = Object.fromEntries(names.map((name): [string, Faults] => [name, {}]));
  const alone = await deploy({ node1: {} });
  const quickMs = lastEndMs(alone.deployment);
  const { deployment } = await deploy({ ...faults, node3: { deadBoots: 99 } });
  expect(outcomeOf(deployment)).toMatchObject({ ok: names.filter((name) => name !== "node3") });
  const healthy = { ...deployment, nodes: deployment.nodes.filter(({ node }) => node !== "node3") };
  expect(lastEndMs(healthy) - quickMs).toBeLessThan(1000);
});

const lastEndMs = ({ createdAtMs, nodes }: Deployment): number =>
  Math.max(...nodes.flatMap(({ records }) => records.map((r) => r.startedAtMs + r.tookMs))) - createdAtMs;

test("a deployment can be cancelled at any step, and its nodes are free again", async () => {
  for (const step of STRAIGHT) {
    const lab = new FakeLab();
    lab.add("node1");
    lab.add("node2");
    const service = await new FakeAppliance(lab).open();
    const { promise, resolve } = Promise.withResolvers<void>();
    service.subscribe((change) => {
      if (change.kind !== "node" || change.progress.node !== "node1") return;
      if (change.progress.state.kind === "running" && change.progress.state.step === step) resolve();
    });
    await service.start(requestFor("node1", "node2"));
    await lab.clock.until(promise);
    expect(await lab.clock.until(service.cancel("d1"))).toBe(true);
    const deployment = await service.byId("d1");
    expect(deployment?.nodes[0]?.state, step).toEqual(cancelled(step));
    expect(deployment?.endedAtMs).toBeDefined();
    expect(service.bootProfileOf("node1").kind).toBe("localDisk");
    expect(await service.start(requestFor("node1", "node2"))).toMatchObject({ ok: true });
    expect(await service.cancel("d1")).toBe(false);
  }
});

test("of 100 requests for one node at once exactly one wins, in each of 50 rounds", async () => {
  const lab = new FakeLab();
  for (const name of ["node1", "node2"]) lab.add(name);
  const service = await new FakeAppliance(lab).open();
  for (let round = 0; round < 50; round++) {
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        service.start(requestFor("node1", ...(index % 2 ? ["node2"] : []))),
      ),
    );
    const winners = results.flatMap((result) => (result.ok ? [result.deployment.id] : []));
    expect(winners).toHaveLength(1);
    const losers = results.filter((result) => !result.ok && result.problem.kind === "nodesBusy");
    expect(losers).toHaveLength(99);
    await lab.clock.until(service.cancel(winners[0] ?? ""));
  }
});

test("a request that cannot be stored changes nothing", async () => {
  const lab = new FakeLab();
  lab.add("node1");
  const store = new MemoryDeploymentStore();
  let full = true;
  const create: MemoryDeploymentStore["create"] = (deployment) =>
    full
      ? Promise.reject(new Error("disk full"))
      : MemoryDeploymentStore.prototype.create.call(store, deployment);
  const broken = new Proxy(store, {
    get: (target, name) => {
      if (name === "create") return create;
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  const service = await new FakeAppliance(lab, { store: broken }).open();
  await expect(service.start(requestFor("node1"))).rejects.toThrow("it cannot be stored: disk full");
  expect(service.bootProfileOf("node1").kind).toBe("localDisk");
  full = false;
  expect(await service.start(requestFor("node1"))).toMatchObject({ ok: true });
});
