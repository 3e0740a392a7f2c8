/** Whose system is on the disk of a node: the deployment that its seed is read from. */
import { expect, test } from "vitest";
import { MemoryDeploymentStore } from "#src/deploy/deployment_store.ts";
import { requestFor } from "./fake_appliance.ts";
import type { Faults } from "./fake_machine.ts";
import { LabRun } from "./lab_run.ts";

/** node1 was installed by d1; what its machine does next is as the faults say. */
async function installed(faults: Faults = {}): Promise<LabRun> {
  const run = new LabRun({ node1: faults, node2: {} }, { store: new MemoryDeploymentStore() });
  await run.start(["node1"]);
  await run.toEnd();
  return run;
}

const lastOf = async (run: LabRun): Promise<string | undefined> =>
  (await run.service.installationOf("node1"))?.deployment.id;

test("a node that stands before its new system is started has the one that it got", async () => {
  const run = new LabRun({ node1: {} });
  await run.start(["node1"], { breakpoints: ["await-system"] });
  await run.untilPaused("node1");
  expect(await lastOf(run)).toBe("d1");
});

test("a node that stands before the ramdisk has none, or that of before", async () => {
  const run = new LabRun({ node1: {} });
  await run.start(["node1"], { breakpoints: ["power-into-ramdisk"] });
  await run.untilPaused("node1");
  expect(await lastOf(run)).toBeUndefined();
  const again = await installed();
  await again.service.start({ ...requestFor("node1"), breakpoints: ["power-into-ramdisk"] });
  expect(await lastOf(again)).toBe("d1");
});

test("a spare that was not needed keeps the system that it has", async () => {
  const run = await installed();
  await run.service.start({ ...requestFor("node2"), spares: ["node1"] });
  expect(await lastOf(run)).toBe("d1");
  await run.toEnd("d2");
  expect((await run.deployment("d2")).nodes[1]?.state).toEqual({ kind: "spare", released: true });
  expect(await lastOf(run)).toBe("d1");
});

test("so does a node whose deployment failed or was cancelled before its disk was touched", async () => {
  const faults: Faults = {};
  const run = await installed(faults);
  faults.bmcSilent = 99;
  await run.service.start(requestFor("node1"));
  expect((await run.toEnd("d2")).nodes[0]?.state).toMatchObject({ kind: "failed", phase: 1 });
  expect(await lastOf(run)).toBe("d1");
  await run.service.start(requestFor("node1"));
  await run.lab.clock.until(run.service.cancel("d3"));
  expect(await lastOf(run)).toBe("d1");
});

test("from phase 2 on the disk is the new deployment's, however that ends", async () => {
  const faults: Faults = {};
  const run = await installed(faults);
  faults.scripts = { format: Array.from({ length: 9 }, () => ({ code: 1, words: "busy" })) };
  await run.service.start(requestFor("node1"));
  expect((await run.toEnd("d2")).nodes[0]?.state).toMatchObject({ kind: "failed", phase: 2 });
  expect(await lastOf(run)).toBe("d2");
  faults.scripts = { format: Array.from({ length: 2 }, () => ({ code: 1, words: "busy" })) };
  await run.service.start(requestFor("node1"));
  // Back in the ramdisk after its first journey.
  const { promise, resolve } = Promise.withResolvers<void>();
  run.service.subscribe((change) => {
    if (change.kind !== "node" || change.progress.state.kind !== "running") return;
    if (change.progress.state.round === 2) resolve();
  });
  await run.lab.clock.until(promise);
  expect(await lastOf(run)).toBe("d3");
});
