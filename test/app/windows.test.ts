/** Deployments through the windows, in virtual time. */
import { expect, test } from "vitest";
import { startWindows } from "#src/app/windows.ts";
import { readSettings } from "#src/config/settings.ts";
import type { DeploymentStore } from "#src/deploy/deployment_store.ts";
import { MemoryDeploymentStore } from "#src/deploy/deployment_store.ts";
import type { DeployService } from "#src/deploy/service.ts";
import type { DeployServiceOptions } from "#src/deploy/service_options.ts";
import { Power } from "#src/power/power.ts";
import { FakeAppliance, requestFor } from "#test/deploy/fake_appliance.ts";
import { FakeLab, nodeNamed } from "#test/deploy/fake_lab.ts";

const names = (count: number, prefix = "node"): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);

type Change = Parameters<Parameters<DeployService["subscribe"]>[0]>[0];

async function setup(
  lab: FakeLab,
  said: Readonly<Record<string, string>>,
  more: {
    readonly store?: DeploymentStore;
    readonly groups?: readonly string[];
  } & Partial<DeployServiceOptions> = {},
) {
  const read = readSettings({ interface: "eth1", ...said });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const { groups = [], ...options } = more;
  let service: DeployService | undefined;
  const windows = startWindows({
    settings: read.settings,
    nodes: { byName: (name) => ({ ...nodeNamed(name), groups }) },
    deploymentOf: (node) => service?.deploymentOf(node),
    clock: { nowMs: lab.clock.monotonicMs, after: lab.clock.after },
  });
  const power = new Power({ record: () => {}, window: windows.power });
  const appliance = new FakeAppliance(lab, { ...options, admit: windows.admitWith(power) });
  service = await appliance.open();
  windows.follow(service);
  const waits: string[] = [];
  let most = 0;
  service.subscribe((change: Change) => {
    most = Math.max(most, windows.state().reboot.inFlight);
    if (change.kind === "node" && change.progress.waitsFor !== undefined)
      waits.push(change.progress.waitsFor);
  });
  return { service, windows, waits, appliance, most: () => most };
}

const EMPTY = { inFlight: 0, waiting: 0, lanes: [] };

test("no more nodes boot at once than the window has slots, and all come through", async () => {
  const lab = new FakeLab();
  for (const name of names(12)) lab.add(name);
  const { service, windows, waits, most } = await setup(lab, { "reboot-window": "3" });
  await service.start(requestFor(...names(12)));
  await lab.clock.until(service.ended("d1"));
  const deployment = await service.byId("d1");
  expect(deployment?.nodes.map(({ state }) => state.kind)).toEqual(names(12).map(() => "done"));
  expect(most()).toBe(3);
  expect(new Set(waits)).toEqual(new Set(["a slot of the reboot window"]));
  expect(windows.state()).toMatchObject({ reboot: EMPTY, power: EMPTY });
  expect(deployment?.nodes.filter(({ waitsFor }) => waitsFor !== undefined)).toEqual([]);
  expect(lab.clock.pending).toBe(0);
});

test("waiting is no part of a step's time", async () => {
  const lab = new FakeLab();
  for (const name of names(30)) lab.add(name);
  const { service } = await setup(lab, { "reboot-window": "1" }, { limitsSec: { "power-into-ramdisk": 60 } });
  await service.start(requestFor(...names(30)));
  await lab.clock.until(service.ended("d1"));
  const records = (await service.byId("d1"))?.nodes.flatMap(({ records: all }) => all) ?? [];
  expect(records.filter(({ why }) => why !== undefined)).toEqual([]);
  expect(
    Math.max(...records.filter(({ step }) => step === "power-into-ramdisk").map(({ tookMs }) => tookMs)),
  ).toBeLessThan(60_000);
});

test("who is cancelled while it waits leaves the line, and who was in flight gives its slot back", async () => {
  const lab = new FakeLab();
  for (const name of names(6)) lab.add(name);
  const { service, windows } = await setup(lab, { "reboot-window": "2" });
  await service.start(requestFor(...names(6)));
  await lab.clock.until(lab.clock.sleep(5_000));
  expect(windows.state().reboot).toMatchObject({ inFlight: 2, waiting: 4 });
  await lab.clock.until(service.cancel("d1"));
  expect(windows.state()).toMatchObject({ reboot: EMPTY, power: EMPTY });
});

test("nodes that fail give their slots back", async () => {
  const lab = new FakeLab();
  for (const name of names(4)) lab.add(name);
  const broken = async (): Promise<never> => {
    throw new Error("BMC does not answer");
  };
  const { DEPLOY_ACTIONS } = await import("#src/deploy/actions.ts");
  const { service, windows } = await setup(
    lab,
    { "reboot-window": "1" },
    { actions: { ...DEPLOY_ACTIONS, "power-into-ramdisk": broken } },
  );
  await service.start(requestFor(...names(4)));
  await lab.clock.until(service.ended("d1"));
  expect(windows.state()).toMatchObject({ reboot: EMPTY, power: EMPTY });
});

test("a small deployment does not wait for all of a large one", async () => {
  const lab = new FakeLab();
  for (const name of [...names(20), ...names(2, "small")]) lab.add(name);
  const { service } = await setup(lab, { "reboot-window": "2" });
  await service.start(requestFor(...names(20)));
  await service.start(requestFor(...names(2, "small")));
  const order: string[] = [];
  for (const id of ["d1", "d2"]) void service.ended(id).then(() => order.push(id));
  await lab.clock.until(Promise.all([service.ended("d1"), service.ended("d2")]));
  expect(order).toEqual(["d2", "d1"]);
});

test("of a power group only so many are in flight", async () => {
  const lab = new FakeLab();
  for (const name of names(5)) lab.add(name);
  const { service, most } = await setup(lab, { "power-group": "rack*=1" }, { groups: ["rack7"] });
  await service.start(requestFor(...names(5)));
  await lab.clock.until(service.ended("d1"));
  expect(most()).toBe(1);
});

test("started again, the appliance counts the nodes that were booting", async () => {
  const lab = new FakeLab();
  for (const name of names(5)) lab.add(name);
  const store = new MemoryDeploymentStore();
  const first = await setup(lab, { "reboot-window": "2" }, { store });
  await first.service.start(requestFor(...names(5)));
  const booting = async (): Promise<number> =>
    (await store.running())[0]?.nodes.filter(
      ({ state }) => state.kind === "running" && state.step === "await-agent",
    ).length ?? 0;
  while ((await booting()) < 2) await lab.clock.until(lab.clock.sleep(500));
  first.appliance.life.kill();
  const second = await setup(lab, { "reboot-window": "2" }, { store });
  expect(second.windows.state().reboot).toMatchObject({ inFlight: 2, waiting: 0 });
  second.service.resume();
  await lab.clock.until(second.service.ended("d1"));
  expect(second.most()).toBe(2);
  expect(second.windows.state()).toMatchObject({ reboot: EMPTY, power: EMPTY });
});
