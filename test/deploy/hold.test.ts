import { expect, test } from "vitest";
import { DEPLOY_ACTIONS } from "#src/deploy/actions.ts";
import type { Deployment } from "#src/deploy/deployment.ts";
import { withHold } from "#src/deploy/hold.ts";
import type { DeployService } from "#src/deploy/service.ts";
import type { ApplianceEvent } from "#src/events/event.ts";
import { FakeAppliance, requestFor } from "./fake_appliance.ts";
import { FakeLab } from "./fake_lab.ts";

const WHY = "node1 moved";

type Deployed = {
  readonly lab: FakeLab;
  readonly events: readonly ApplianceEvent[];
  readonly service: DeployService;
  readonly deployment: Deployment;
  readonly askedAtMs: readonly number[];
};

/** Two machines of which the first is held between the times. */
async function deploy(
  isHeld: (nowMs: number, events: readonly ApplianceEvent[]) => boolean,
): Promise<Deployed> {
  const lab = new FakeLab();
  lab.add("node1");
  lab.add("node2");
  const events: ApplianceEvent[] = [];
  const askedAtMs: number[] = [];
  const record = (event: ApplianceEvent): void => void events.push(event);
  const actions = withHold(DEPLOY_ACTIONS, {
    whyHeld: (node) => (node === "node1" && isHeld(lab.clock.monotonicMs(), events) ? WHY : undefined),
    askScan: () => void askedAtMs.push(lab.clock.monotonicMs()),
    record,
  });
  const service = await new FakeAppliance(lab, { actions, record }).open();
  await service.start(requestFor("node1", "node2"));
  await lab.clock.until(service.ended("d1"));
  const deployment = await service.byId("d1");
  if (!deployment) throw new Error("The deployment is gone");
  return { lab, events, service, deployment, askedAtMs };
}

const held = (events: readonly ApplianceEvent[]) => events.filter(({ kind }) => kind === "nodeHeld");

test("a node that is held waits, the others do not, and it goes on when it is settled", async () => {
  const { deployment, events } = await deploy((nowMs) => nowMs < 60_000);
  expect(deployment.nodes.map(({ state }) => state.kind)).toEqual(["done", "done"]);
  expect(held(events)).toEqual([
    { kind: "nodeHeld", deployment: "d1", node: "node1", step: "power-into-ramdisk", because: WHY },
  ]);
  const [first, second] = deployment.nodes.map(({ records }) => records[0]?.tookMs ?? 0);
  expect(first).toBeGreaterThanOrEqual(60_000);
  expect(second).toBeLessThan(60_000);
});

test("a node that is never settled is not switched, and fails with the reason", async () => {
  const { deployment, lab } = await deploy(() => true);
  expect(deployment.nodes[0]?.state).toMatchObject({ kind: "failed", why: `Node node1 is held: ${WHY}` });
  expect(deployment.nodes[1]?.state).toEqual({ kind: "done" });
  expect(lab.machines.get("node1")?.system).toBeUndefined();
});

test("what is found while the ramdisk boots keeps the disk as it is", async () => {
  const isUp = (events: readonly ApplianceEvent[]): boolean =>
    events.some(
      (event) => event.kind === "stepFinished" && event.node === "node1" && event.step === "await-agent",
    );
  const { deployment } = await deploy((_, events) => isUp(events));
  const [{ records } = { records: [] }] = deployment.nodes;
  expect(records.map(({ step }) => step)).toEqual(
    expect.arrayContaining(["power-into-ramdisk", "await-agent", "partition"]),
  );
  expect(records.filter(({ step, why }) => step === "partition" && why === undefined)).toEqual([]);
  expect(records.map(({ step }) => step)).not.toContain("broadcast");
});

test("switches are asked again when a hold begins, once an attempt", async () => {
  const { askedAtMs } = await deploy((nowMs) => nowMs < 60_000);
  expect(askedAtMs).toHaveLength(1);
  expect(askedAtMs[0]).toBeLessThan(2000);
  const whole = await deploy(() => true);
  expect(whole.askedAtMs.length).toBe(whole.deployment.nodes[0]?.records.length);
});

test("leaves no timer behind when it is cancelled", async () => {
  const lab = new FakeLab();
  lab.add("node1");
  const actions = withHold(DEPLOY_ACTIONS, { whyHeld: () => WHY, askScan: () => {}, record: () => {} });
  const service = await new FakeAppliance(lab, { actions }).open();
  await service.start(requestFor("node1"));
  await lab.clock.until(service.cancel("d1"));
  expect(lab.clock.pending).toBe(0);
});
