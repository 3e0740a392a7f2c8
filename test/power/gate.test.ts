import { expect, test } from "vitest";
import { StartGate } from "#src/power/gate.ts";
import { VirtualClock } from "#test/deploy/virtual_clock.ts";

const LIMITS = { inFlight: 2, perSecond: 1000, maxHoldMs: 600_000 };
const live = new AbortController().signal;

function setup(limits: Partial<typeof LIMITS> = {}) {
  const clock = new VirtualClock();
  const gate = new StartGate({ ...LIMITS, ...limits }, { nowMs: clock.monotonicMs, after: clock.after });
  return { clock, gate };
}

test("a cluster of 400 machines goes through a window of 50 in eight boots' time, not one machine waits for another's batch", async () => {
  const { clock, gate } = setup({ inFlight: 50, perSecond: 50 });
  let most = 0;
  const boot = async (): Promise<number> => {
    using _slot = await gate.enter({ lane: "d1" }, live);
    most = Math.max(most, gate.state().inFlight);
    await clock.sleep(100_000);
    return clock.monotonicMs();
  };
  const ends = await clock.until(Promise.all(Array.from({ length: 400 }, boot)));
  expect(most).toBe(50);
  expect(Math.max(...ends)).toBeLessThan(8 * 101_000);
  expect(gate.state()).toMatchObject({ inFlight: 0, waiting: 0 });
  expect(clock.pending).toBe(0);
});

test("who waits is told so, and who gives up leaves nothing behind", async () => {
  const { gate, clock } = setup({ inFlight: 1 });
  const told: string[] = [];
  const first = await gate.enter({ lane: "d1" }, live, () => told.push("first"));
  const impatient = new AbortController();
  const second = gate.enter({ lane: "d1" }, impatient.signal, () => told.push("second"));
  const third = gate.enter({ lane: "d2" }, live, () => told.push("third"));
  expect(told).toEqual(["second", "third"]);
  impatient.abort(new Error("cancelled"));
  await expect(second).rejects.toThrow("cancelled");
  first[Symbol.dispose]();
  using _slot = await third;
  expect(gate.state()).toMatchObject({ inFlight: 1, waiting: 0 });
  expect(clock.pending).toBe(0);
});

test("let in and cancelled in one breath, the slot is free again", async () => {
  const { gate } = setup({ inFlight: 1 });
  const first = await gate.enter({ lane: "d1" }, live);
  const cancelled = new AbortController();
  const second = gate.enter({ lane: "d1" }, cancelled.signal);
  first[Symbol.dispose]();
  cancelled.abort(new Error("cancelled"));
  await expect(second).rejects.toThrow("cancelled");
  expect(gate.state().inFlight).toBe(0);
  await expect(gate.enter({ lane: "d1" }, cancelled.signal)).rejects.toThrow("cancelled");
  expect(gate.state()).toMatchObject({ inFlight: 0, waiting: 0 });
});

test("a slot that is lost is found again after its time", async () => {
  const { gate, clock } = setup({ inFlight: 1 });
  await gate.enter({ lane: "d1" }, live);
  using _slot = await clock.until(gate.enter({ lane: "d2" }, live));
  expect(clock.monotonicMs()).toBe(600_000);
});

test("what was started before the appliance counts", async () => {
  const { gate } = setup({ inFlight: 1 });
  const running = gate.enterAnyway({ lane: "d1" });
  const waiting = gate.enter({ lane: "d2" }, live);
  expect(gate.state()).toMatchObject({ inFlight: 1, waiting: 1 });
  running[Symbol.dispose]();
  using _slot = await waiting;
});
