import { describe, expect, test } from "vitest";
import type { Deployment } from "#src/deploy/deployment.ts";
import { MemoryDeploymentStore } from "#src/deploy/deployment_store.ts";
import type { WorkflowOverride } from "#src/deploy/workflow.ts";
import { FakeAppliance, requestFor } from "./fake_appliance.ts";
import { FakeLab } from "./fake_lab.ts";
import type { Faults } from "./fake_machine.ts";

const KEXEC: WorkflowOverride = {
  ramdisk: [{ way: "kexec" }, { way: "reboot" }],
  system: [{ way: "kexec" }, { way: "hard-reboot" }],
};

/** Machines that an appliance installs again and again. */
async function stand(faults: Record<string, Faults> = { node1: {} }) {
  const lab = new FakeLab();
  for (const [name, fault] of Object.entries(faults)) lab.add(name, fault);
  const appliance = new FakeAppliance(lab, { store: new MemoryDeploymentStore() });
  const service = await appliance.open();
  const deploy = async (workflow?: WorkflowOverride): Promise<Deployment> => {
    const started = await service.start({ ...requestFor(...Object.keys(faults)), workflow });
    if (!started.ok) throw new Error(started.problem.kind);
    const { id } = started.deployment;
    await lab.clock.until(service.ended(id));
    const ended = await service.byId(id);
    if (!ended) throw new Error("The deployment is gone");
    return ended;
  };
  const machine = (name = "node1") => {
    const found = lab.machines.get(name);
    if (!found) throw new Error(`No machine ${name}`);
    return found;
  };
  return { lab, service, deploy, machine };
}

const waysOf = ({ nodes }: Deployment, index = 0): string[] =>
  (nodes[index]?.records ?? [])
    .filter(({ phase }) => phase !== 2)
    .map(({ way, step, why }) => `${way}: ${step}${why === undefined ? "" : " failed"}`);

test("a node that was installed is brought into the ramdisk and the new system without its firmware", async () => {
  const { deploy, machine } = await stand();
  await deploy();
  const powerOns = machine().powerOns;
  const again = await deploy(KEXEC);
  expect(again.nodes[0]?.state).toEqual({ kind: "done" });
  expect(waysOf(again)).toEqual([
    ...["kexec: kexec-into-ramdisk", "kexec: await-agent"],
    ...["kexec: kexec-into-system", "kexec: await-system"],
  ]);
  expect(machine()).toMatchObject({ kexecs: ["ramdisk", "system"], powerOns, softReboots: 0 });
});

const FALL_BACKS: readonly { when: string; faults: Faults; ways: string[] }[] = [
  {
    when: "nobody knows for certain who is at its address",
    faults: { isUncertain: true },
    ways: ["kexec: kexec-into-ramdisk failed", "reboot: power-into-ramdisk", "reboot: await-agent"],
  },
  {
    when: "its SSH server does not take the key",
    faults: { ssh: "refused" },
    ways: ["kexec: kexec-into-ramdisk failed", "reboot: power-into-ramdisk", "reboot: await-agent"],
  },
  {
    when: "its kernel cannot start another one",
    faults: { ssh: "noKexec" },
    ways: ["kexec: kexec-into-ramdisk failed", "reboot: power-into-ramdisk", "reboot: await-agent"],
  },
  {
    when: "the ramdisk does not come up that way",
    faults: { deadKexecs: 1 },
    ways: ["kexec: kexec-into-ramdisk", "kexec: await-agent failed", "reboot: power-into-ramdisk"],
  },
  {
    when: "the ramdisk's kernel may not start another one",
    faults: { agentKexec: "refused" },
    ways: ["kexec: kexec-into-system failed", "hard-reboot: power-into-system", "hard-reboot: await-system"],
  },
];

test.each(FALL_BACKS)("the next way is taken when $when", async ({ faults, ways }) => {
  const { deploy } = await stand({ node1: faults });
  await deploy();
  const again = await deploy(KEXEC);
  expect(again.nodes[0]?.state).toEqual({ kind: "done" });
  expect(waysOf(again).join("\n")).toContain(ways.join("\n"));
});

test("a blank node is not waited for: kexec cannot work, and it is switched at once", async () => {
  const { lab, deploy } = await stand();
  const first = await deploy(KEXEC);
  const [refused, power] = first.nodes[0]?.records ?? [];
  expect(refused).toMatchObject({ step: "kexec-into-ramdisk", way: "kexec", round: 1 });
  expect(refused?.why).toBe("No Linux on node1 can be reached by SSH: connection refused");
  expect(power).toMatchObject({ step: "power-into-ramdisk", way: "reboot", round: 1 });
  expect((power?.startedAtMs ?? 0) - first.createdAtMs).toBeLessThan(10_000);
  expect(lab.clock.pending).toBe(0);
});

test("only the node whose way cannot work takes another one", async () => {
  const { deploy, machine } = await stand({ node1: { ssh: "refused" }, node2: {} });
  await deploy();
  const again = await deploy(KEXEC);
  expect(again.nodes.map(({ state }) => state.kind)).toEqual(["done", "done"]);
  expect([machine("node1").kexecs, machine("node2").kexecs]).toEqual([["system"], ["ramdisk", "system"]]);
});

test("what is installed is installed anew only by way of the power switch", async () => {
  const { deploy, machine } = await stand();
  await deploy();
  machine().faults.crashesIn = "broadcast";
  const again = await deploy(KEXEC);
  expect(again.nodes[0]?.state).toEqual({ kind: "done" });
  expect(waysOf(again)).toContain("reboot: power-into-ramdisk");
  expect(machine().kexecs).toEqual(["ramdisk", "system"]);
});

describe("a node that was left in the ramdisk", () => {
  test("is deployed to without a boot, once and again", async () => {
    const { deploy, machine } = await stand();
    await deploy({ system: [{ way: "none" }] });
    const { powerOns } = machine();
    const second = await deploy({ ramdisk: [{ way: "already" }], system: [{ way: "none" }] });
    expect(waysOf(second)).toEqual(["already: adopt-agent"]);
    const third = await deploy({ ramdisk: [{ way: "already" }], system: [{ way: "kexec" }] });
    expect(third.nodes[0]?.state).toEqual({ kind: "done" });
    expect(machine()).toMatchObject({ powerOns, kexecs: ["system"], system: third.nodes[0]?.hostKey });
  });

  test("is not there when its agent is not: the next ways are taken, kexec among them", async () => {
    const { deploy, machine } = await stand();
    await deploy();
    const ramdisk = [{ way: "already" }, { way: "kexec" }, { way: "reboot" }] as const;
    const again = await deploy({ ramdisk });
    expect(waysOf(again).slice(0, 3)).toEqual([
      "already: adopt-agent failed",
      "kexec: kexec-into-ramdisk",
      "kexec: await-agent",
    ]);
    expect(machine().kexecs).toEqual(["ramdisk"]);
  });
});

describe("a system that can be asked is asked to reboot", () => {
  test("and the power switch is left alone", async () => {
    const { deploy, machine } = await stand();
    await deploy();
    const { powerOns } = machine();
    const again = await deploy();
    expect(waysOf(again)).toContain("reboot: power-into-ramdisk");
    // Its own reboot, and the one out of the ramdisk.
    expect(machine()).toMatchObject({ softReboots: 1, powerOns: powerOns + 2 });
  });

  test("but not where somebody else may be", async () => {
    const { deploy, machine } = await stand({ node1: { isUncertain: true } });
    await deploy();
    expect((await deploy()).nodes[0]?.state).toEqual({ kind: "done" });
    expect(machine().softReboots).toBe(0);
  });

  test("once: when it does not end, and in a retry, the power switch is used", async () => {
    const { deploy, machine } = await stand();
    await deploy();
    machine().faults.hangsOnReboot = true;
    machine().faults.deadBoots = 1;
    const again = await deploy();
    expect(again.nodes[0]?.state).toEqual({ kind: "done" });
    expect(waysOf(again)).toContain("reboot: await-agent failed");
    expect(machine().softReboots).toBe(1);
  });
});

describe("a way whose time is over", () => {
  const limited: WorkflowOverride = {
    ramdisk: [{ way: "kexec", timeLimitSec: 60 }, { way: "reboot" }],
    steps: { "await-agent": { maxAttempts: 5 } },
  };

  test("is left for the next one, by this node only", async () => {
    const { deploy, machine } = await stand({ node1: {}, node2: {} });
    await deploy();
    machine("node1").faults.deadKexecs = 1;
    const again = await deploy(limited);
    expect(again.nodes.map(({ state }) => state.kind)).toEqual(["done", "done"]);
    const spentMs = (again.nodes[0]?.records ?? [])
      .filter(({ phase, way }) => phase === 1 && way === "kexec")
      .reduce((sum, { tookMs }) => sum + tookMs, 0);
    expect(Math.floor(spentMs / 1000)).toBe(60);
    expect(waysOf(again, 0).slice(0, 3)).toEqual([
      "kexec: kexec-into-ramdisk",
      "kexec: await-agent failed",
      "reboot: power-into-ramdisk",
    ]);
    expect(waysOf(again, 1)).not.toContain("reboot: power-into-ramdisk");
  });

  test("is taken again as often as the plan says, with all its time", async () => {
    const { deploy, machine } = await stand();
    await deploy();
    machine().faults.deadBoots = 9;
    const ended = await deploy({ ramdisk: [{ way: "reboot", retries: 1, timeLimitSec: 100 }] });
    expect(ended.nodes[0]?.state).toMatchObject({ kind: "failed", step: "await-agent" });
    const turnsSec = [1, 2].map((turn) =>
      (ended.nodes[0]?.records ?? [])
        .filter((record) => record.turn === turn)
        .reduce((sum, { tookMs }) => sum + tookMs / 1000, 0),
    );
    expect(turnsSec.map(Math.floor)).toEqual([100, 100]);
  });
});
