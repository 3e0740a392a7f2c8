import { describe, expect, test } from "vitest";
import type { Deployment } from "#src/deploy/deployment.ts";
import { holdWith } from "#src/deploy/hold.ts";
import type { Operation } from "#src/deploy/operation.ts";
import { type PlannedStep, planOf } from "#src/deploy/plan.ts";
import type { DeployService } from "#src/deploy/service.ts";
import type { StepContext } from "#src/deploy/step_action.ts";
import { DEPLOY_STEPS } from "#src/deploy/steps.ts";
import { DEFAULT_WORKFLOW, RAMDISK_WAYS } from "#src/deploy/workflow.ts";
import type { ApplianceEvent } from "#src/events/event.ts";
import { FakeAppliance, requestFor } from "./fake_appliance.ts";
import { FakeLab } from "./fake_lab.ts";
import { LabRun, stepsOf } from "./lab_run.ts";
import { operation } from "./states.ts";

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
  const hold = holdWith({
    whyHeld: (node) => (node === "node1" && isHeld(lab.clock.monotonicMs(), events) ? WHY : undefined),
    askScan: () => void askedAtMs.push(lab.clock.monotonicMs()),
    record,
  });
  const service = await new FakeAppliance(lab, { hold, record }).open();
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
  const hold = holdWith({ whyHeld: () => WHY, askScan: () => {}, record: () => {} });
  const service = await new FakeAppliance(lab, { hold }).open();
  await service.start(requestFor("node1"));
  await lab.clock.until(service.cancel("d1"));
  expect(lab.clock.pending).toBe(0);
});

/** Whether a step asks before it is done. */
async function asks(planned: PlannedStep): Promise<boolean> {
  let asked = false;
  const whyHeld = (): undefined => {
    asked = true;
  };
  const { clock } = new FakeLab();
  const context = { planned, progress: { node: "node1" }, tools: { clock } } as unknown as StepContext;
  await holdWith({ whyHeld, askScan: () => {}, record: () => {} })(context);
  return asked;
}

describe("everything is held that is done to a node before it has its image", () => {
  const ramdisk = RAMDISK_WAYS.map((way) => ({ way }));
  const images = [
    { kind: "archive" },
    { kind: "disk", grow: true, customize: true },
    { kind: "disk", grow: false, customize: false },
  ] as const;

  test.each(images)("with %j", async (image) => {
    const plan = planOf({ workflow: { ...DEFAULT_WORKFLOW, ramdisk }, image, seed: "cloud-init" });
    const [boot, install] = plan.slice(0, 2).map((ways) => ways.flatMap(({ steps }) => steps));
    const names = (install ?? []).map(({ name }) => name);
    const before = [...(boot ?? []), ...(install ?? []).slice(0, names.indexOf("broadcast") + 1)];
    for (const step of before) expect(await asks(step), step.name).toBe(step.name !== "await-agent");
  });

  test("the disk of a disk image is neither taken nor grown meanwhile", async () => {
    const step = { timeLimitSec: 1, maxAttempts: 1 };
    for (const name of ["take-disk", "grow"]) expect(await asks({ name, ...step }), name).toBe(true);
    for (const name of ["identity", "ssh-keys", "sync", "leave-ramdisk", "await-system"])
      expect(await asks({ name, ...step }), name).toBe(false);
  });

  test("operations as well", async () => {
    const last = DEPLOY_STEPS.findIndex(({ name }) => name === "broadcast");
    for (const { name: step } of DEPLOY_STEPS.slice(0, last + 1))
      for (const when of ["before", "after", "instead"] as const) {
        const planned = { name: `${when}-${step}:x`, timeLimitSec: 1, maxAttempts: 1 };
        expect(await asks({ ...planned, operation: operation({ step, when }) }), planned.name).toBe(true);
      }
    const late = operation({ step: "identity" });
    expect(await asks({ name: "before-identity:x", timeLimitSec: 1, maxAttempts: 1, operation: late })).toBe(
      false,
    );
  });
});

const AROUND: readonly Operation[] = [
  operation({ name: "look", when: "after", step: "await-agent" }),
  operation({ name: "own", when: "instead", step: "partition" }),
];

test.each(AROUND)("an operation $when $step is not done on a node that is held", async (one) => {
  let isHeld = false;
  const hold = holdWith({
    whyHeld: () => (isHeld ? WHY : undefined),
    askScan: () => {},
    record: (event) => void run.appliance.events.push(event),
  });
  const run: LabRun = new LabRun(
    { node1: {} },
    {
      hold,
      afterSave: (_, state) => {
        if (state.kind === "running" && state.step.endsWith(`:${one.name}`)) isHeld = true;
      },
    },
  );
  await run.start(["node1"], {
    operations: [one],
    workflow: { installRetries: 0, ramdisk: [{ way: "reboot" }] },
  });
  const [node] = (await run.toEnd()).nodes;
  expect(node?.state).toMatchObject({ kind: "failed", why: `Node node1 is held: ${WHY}` });
  expect([...(run.lab.machines.get("node1")?.done.keys() ?? [])]).toEqual([]);
  expect(node && stepsOf(node).at(-1)).toContain(`${one.when}-${one.step}:${one.name}`);
  expect(held(run.appliance.events)).not.toEqual([]);
});
