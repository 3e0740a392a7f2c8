/** Who gets a node when many ask at once: the service over the real store, with steps that do nothing. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DEPLOY_ACTIONS } from "#src/deploy/actions.ts";
import { realClock } from "#src/deploy/clock.ts";
import type { Deployment } from "#src/deploy/deployment.ts";
import { newDeployment } from "#src/deploy/new_deployment.ts";
import { DeployService } from "#src/deploy/service.ts";
import type { StepAction, StepActions } from "#src/deploy/step_action.ts";
import { Hopeless } from "#src/deploy/step_fault.ts";
import { openStore, type Store } from "#src/store/store.ts";
import { IMAGE, requestFor } from "./fake_appliance.ts";
import { FakeLab, Life, nodeNamed } from "./fake_lab.ts";

const ROUNDS = 1000;
const REQUESTS = 100;

let dir: string;
let store: Store;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "brigade-claims-"));
  store = await openStore(dir, (skipped) => {
    throw new Error(JSON.stringify(skipped));
  });
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true });
});

const allSteps = (action: StepAction): StepActions =>
  Object.fromEntries(Object.keys(DEPLOY_ACTIONS).map((step) => [step, action])) as StepActions;

function openService(action: StepAction): Promise<DeployService> {
  const tools = { ...new FakeLab().toolsOf(new Life()), clock: realClock };
  return DeployService.open({
    ...{ tools, store: store.deployments, actions: allSteps(action) },
    imageByName: () => IMAGE,
    nodeByName: nodeNamed,
    record: () => {},
    sentBytes: async () => 0,
    endBroadcast: async () => {},
  });
}

test(`of ${REQUESTS} requests for one node at once exactly one wins, ${ROUNDS} times, and the others hear who has it since when`, async () => {
  let letGo = Promise.withResolvers<void>();
  const service = await openService(async () => {
    await letGo.promise;
    throw new Hopeless("enough");
  });
  for (let round = 1; round <= ROUNDS; round++) {
    const beforeMs = Date.now();
    const requests = Array.from({ length: REQUESTS }, (_, index) =>
      requestFor("node1", ...(index % 3 === 0 ? [`other${index}`] : [])),
    );
    const results = await Promise.all(requests.map((request) => service.start(request)));
    const winners = results.flatMap((result) => (result.ok ? [result.deployment] : []));
    const [{ id = "", createdAtMs = 0 } = {}] = winners;
    expect([winners.length, id]).toEqual([1, `d${round}`]);
    expect(createdAtMs).toBeGreaterThanOrEqual(beforeMs);
    const busy = { kind: "nodesBusy", nodes: [{ node: "node1", deployment: id, sinceMs: createdAtMs }] };
    const losers = results.flatMap((result) => (result.ok ? [] : [result.problem]));
    expect(losers).toEqual(Array.from({ length: REQUESTS - 1 }, () => busy));
    letGo.resolve();
    await service.ended(id);
    letGo = Promise.withResolvers<void>();
  }
  const stored = await store.deployments.latest(ROUNDS + 1);
  expect(stored.filter(({ endedAtMs }) => endedAtMs !== undefined)).toHaveLength(ROUNDS);
}, 300_000);

test("the store itself lets one deployment hold a node, whoever asks it", async () => {
  const deployment = (id: string): Deployment =>
    newDeployment(requestFor("node1"), { id, image: IMAGE, createdAtMs: 1 });
  for (let round = 0; round < 5; round++) {
    const ids = Array.from({ length: REQUESTS }, (_, index) => `r${round}-${index}`);
    const made = await Promise.allSettled(ids.map((id) => store.deployments.create(deployment(id))));
    const winners = ids.filter((_, index) => made[index]?.status === "fulfilled");
    expect(winners).toHaveLength(1);
    const [winner = ""] = winners;
    expect((await store.deployments.running()).map(({ id }) => id)).toEqual([winner]);
    const done = { node: "node1", plan: 0, state: { kind: "done" }, records: [] } as const;
    await store.deployments.saveNode(winner, done);
    await store.deployments.saveTotals(winner, { endedAtMs: 2, sourceSentBytes: 0 });
  }
});
