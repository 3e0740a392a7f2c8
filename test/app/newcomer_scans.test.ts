import { expect, test } from "vitest";
import { NewcomerScans } from "#src/app/newcomer_scans.ts";
import { VirtualClock } from "#test/deploy/virtual_clock.ts";

function setup({ isWanted = true, takesMs = 1000, fails = false } = {}) {
  const clock = new VirtualClock();
  const startedAtMs: number[] = [];
  const scans = new NewcomerScans({
    clock,
    isWanted: () => isWanted,
    scan: async () => {
      startedAtMs.push(clock.monotonicMs());
      await clock.sleep(takesMs);
      if (fails) throw new Error("no switch answers");
    },
  });
  const at = (ms: number): Promise<void> => clock.until(clock.sleep(ms - clock.monotonicMs()));
  return { clock, scans, startedAtMs, at };
}

test("a rack that is switched on is looked for once", async () => {
  const { scans, startedAtMs, at, clock } = setup();
  for (let machine = 0; machine < 64; machine++) {
    scans.seen();
    await at(50 * machine);
  }
  await at(60_000);
  expect(startedAtMs).toEqual([5000]);
  expect(clock.pending).toBe(0);
});

test("who comes while switches are asked, or soon after, is looked for half a minute later", async () => {
  const { scans, startedAtMs, at } = setup();
  scans.seen();
  await at(5500);
  scans.seen();
  await at(7000);
  scans.seen();
  await at(120_000);
  expect(startedAtMs).toEqual([5000, 36_000]);
  scans.seen();
  await at(200_000);
  expect(startedAtMs).toEqual([5000, 36_000, 125_000]);
});

test("a scan that fails is not the last", async () => {
  const { scans, startedAtMs, at } = setup({ fails: true });
  scans.seen();
  await at(10_000);
  scans.seen();
  await at(60_000);
  expect(startedAtMs).toHaveLength(2);
});

test("nothing is asked that nobody wants to know, or after the end", async () => {
  const nobody = setup({ isWanted: false });
  nobody.scans.seen();
  expect(nobody.clock.pending).toBe(0);
  const ended = setup();
  ended.scans.seen();
  ended.scans[Symbol.dispose]();
  expect(ended.clock.pending).toBe(0);
});
