/** What is kept of each attempt at a step, and what is made of it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { newDeployment } from "#src/deploy/new_deployment.ts";
import type { StepRun } from "#src/deploy/step_run.ts";
import { openStore, type Store } from "#src/store/store.ts";
import { INVENTORY } from "#test/agent/emulated_agent.ts";
import { IMAGE, requestFor } from "#test/deploy/fake_appliance.ts";
import { recordOf, running } from "#test/deploy/states.ts";

let dir = "";
let store: Store;
const open = (keptRuns?: number): Promise<Store> =>
  openStore(
    dir,
    (skipped) => {
      throw new Error(JSON.stringify(skipped));
    },
    keptRuns === undefined ? {} : { keptRuns },
  );
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "brigade-runs-"));
  store = await open();
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true });
});

async function allRuns(): Promise<readonly StepRun[]> {
  const runs: StepRun[] = [];
  for await (const page of store.stepRuns.pages({})) runs.push(...page);
  return runs;
}

const runOf = (node: string, step: string, more: Partial<StepRun> = {}): StepRun => ({
  ...{ deployment: "d1", node, model: "A 1", step, phase: 1, way: "reboot", round: 1, turn: 1, attempt: 1 },
  ...{ startedAtMs: 1000, tookMs: 100, ok: true, image: "debian-12" },
  ...more,
});

test("each attempt is kept once, with the progress that it belongs to, under the model of its node", async () => {
  await store.inventories.save("node1", {
    ...INVENTORY,
    dmi: { ...INVENTORY.dmi, vendor: "Dell", product: "R640" },
  });
  const told: StepRun[] = [];
  store.stepRuns.subscribe((run) => told.push(run));
  const deployment = newDeployment(requestFor("node1"), { id: "d1", image: IMAGE, createdAtMs: 1 });
  await store.deployments.create(deployment);
  const [first] = deployment.nodes;
  if (!first) throw new Error("no node");
  const failed = recordOf("power-into-ramdisk", { startedAtMs: 10, tookMs: 5, why: "BMC does not answer" });
  const again = { ...first, state: running("power-into-ramdisk", { attempt: 2 }), records: [failed] };
  await store.deployments.saveNode("d1", again);
  // Noted in the midst of the next attempt.
  await store.deployments.saveNode("d1", { ...again, formerBootIds: ["x"] });
  const good = recordOf("power-into-ramdisk", { startedAtMs: 20, tookMs: 7, attempt: 2 });
  await store.deployments.saveNode("d1", { ...again, records: [failed, good] });
  const kept = await allRuns();
  const about = { deployment: "d1", node: "node1", model: "Dell R640", image: "debian-12" };
  expect(kept).toMatchObject([
    { ...about, step: "power-into-ramdisk", attempt: 1, ok: false, why: "BMC does not answer", tookMs: 5 },
    { ...about, step: "power-into-ramdisk", attempt: 2, ok: true, tookMs: 7 },
  ]);
  expect(told).toEqual(kept);
  await store.close();
  store = await open();
  expect(await allRuns()).toEqual(kept);
});

test("progress that cannot be stored leaves no run", async () => {
  await expect(
    store.deployments.saveNode("d9", {
      ...{ node: "node1", plan: 0, state: { kind: "done" } },
      records: [recordOf("sync")],
    }),
  ).rejects.toThrow("no such node");
  expect(await allRuns()).toEqual([]);
});

test("the oldest go when there are too many", async () => {
  await store.close();
  store = await open(500);
  for (let at = 0; at < 2100; at++) void store.stepRuns.add(runOf("node1", "sync", { startedAtMs: at }));
  await store.stepRuns.add(runOf("node1", "sync", { startedAtMs: 2100 }));
  const kept = await allRuns();
  expect(kept.length).toBeLessThanOrEqual(1500);
  expect(kept.at(-1)?.startedAtMs).toBe(2100);
  expect(kept[0]?.startedAtMs).toBeGreaterThan(600);
});

test("failures are counted by node, model and step, the worst first", async () => {
  for (let at = 0; at < 10; at++) {
    const why = at < 3 ? { ok: false, why: `fault ${at}` } : {};
    await store.stepRuns.add(runOf("bad", "format", { startedAtMs: at, ...why }));
    await store.stepRuns.add(runOf("good", "format", { startedAtMs: at, model: "B 2" }));
  }
  await store.stepRuns.add(runOf("good", "sync", { startedAtMs: 99, ok: false, why: "late", model: "B 2" }));
  const { failures } = store.stepRuns;
  expect(await failures({}, "node")).toEqual([
    { key: "bad", runs: 10, failed: 3, lastFailedAtMs: 2, lastWhy: "fault 2" },
    { key: "good", runs: 11, failed: 1, lastFailedAtMs: 99, lastWhy: "late" },
  ]);
  expect((await failures({}, "step")).map(({ key, failed }) => [key, failed])).toEqual([
    ["sync", 1],
    ["format", 3],
  ]);
  expect(await failures({ model: "B 2", untilMs: 99 }, "model")).toEqual([
    { key: "B 2", runs: 10, failed: 0 },
  ]);
  expect(await failures({ nodes: [] }, "node")).toEqual([]);
  expect(await failures({ nodes: ["bad"], sinceMs: 2, step: "format" }, "node")).toMatchObject([
    { key: "bad", runs: 8, failed: 1 },
  ]);
  expect(await store.stepRuns.totals({})).toEqual({
    ...{ runs: 21, failed: 4, deployments: 1, nodes: 2, oldestAtMs: 0 },
  });
});

test("steps have median, p90 and extremes of the good runs, by model and way", async () => {
  for (let at = 1; at <= 10; at++) {
    await store.stepRuns.add(runOf("n", "await-agent", { startedAtMs: at, tookMs: at * 10 }));
    await store.stepRuns.add(runOf("n", "await-agent", { startedAtMs: 100 + at, tookMs: 3, way: "kexec" }));
  }
  await store.stepRuns.add(runOf("n", "await-agent", { startedAtMs: 50, tookMs: 9000, ok: false, why: "x" }));
  const row = { step: "await-agent", model: "A 1" };
  expect(await store.stepRuns.steps({})).toEqual([
    { ...row, way: "kexec", runs: 10, failed: 0, p10Ms: 3, medianMs: 3, p90Ms: 3, longestMs: 3 },
    { ...row, way: "reboot", runs: 10, failed: 1, p10Ms: 10, medianMs: 50, p90Ms: 90, longestMs: 100 },
  ]);
  expect((await store.stepRuns.slowest({ way: "reboot" } as object, 2)).map(({ tookMs }) => tookMs)).toEqual([
    9000, 100,
  ]);
  const boots = await store.stepRuns.latestBoots(["await-agent"], 3);
  expect(boots.filter(({ way }) => way === "reboot").map(({ tookMs }) => tookMs)).toEqual([80, 90, 100]);
});
