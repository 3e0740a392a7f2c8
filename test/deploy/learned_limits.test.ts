import fc from "fast-check";
import { expect, test } from "vitest";
import { boundOf, KEPT_RUNS, LearnedLimits, quantile } from "#src/deploy/learned_limits.ts";

const RULES = { minSec: 60, maxSec: 1800 };
const boot = { model: "Dell R640", step: "await-agent", way: "reboot" };
const secs = (...values: number[]): number[] => values.map((sec) => sec * 1000);

test.each<readonly [string, readonly number[], number | undefined]>([
  ["four boots say too little", secs(100, 100, 100, 100), undefined],
  ["five of the same length: twice that", secs(100, 100, 100, 100, 100), 200],
  ["five that differ: the median and four times the spread", secs(100, 110, 120, 130, 140), 120 + 4 * 32],
  [
    "one that took very long does not stretch it without bound",
    secs(100, 100, 100, 100, 100, 900),
    100 + 4 * 400,
  ],
  ["quick machines still get the floor", secs(5, 5, 5, 5, 5), 60],
  ["slow ones not more than the ceiling", secs(1000, 1000, 1000, 1000, 1000), 1800],
])("%s", (_, tookMs, limitSec) => {
  expect(boundOf(tookMs, RULES).limitSec).toBe(limitSec);
});

test("quantiles are those of the sorted values", () => {
  expect([0, 0.1, 0.5, 0.9, 1].map((part) => quantile([10, 20, 30, 40, 50], part))).toEqual([
    10, 14, 30, 46, 50,
  ]);
  expect(quantile([], 0.5)).toBe(0);
  expect(quantile([7], 0.9)).toBe(7);
});

test("a limit leaves room for every boot that was like the others, whatever their length", () => {
  const tookMs = fc.array(fc.integer({ min: 1000, max: 900_000 }), { minLength: 5, maxLength: KEPT_RUNS });
  fc.assert(
    fc.property(tookMs, (boots) => {
      const { limitSec = 0, medianSec } = boundOf(boots, { minSec: 1, maxSec: 1_000_000 });
      const sorted = [...boots].sort((left, right) => left - right);
      expect(limitSec).toBeGreaterThanOrEqual(2 * medianSec - 1);
      expect(limitSec * 1000).toBeGreaterThanOrEqual(quantile(sorted, 0.9));
    }),
  );
});

test("ways, steps and models are learned apart, and other steps not at all", () => {
  const learned = new LearnedLimits(RULES);
  for (let run = 0; run < 5; run++) {
    learned.learn(boot, 100_000);
    learned.learn({ ...boot, way: "kexec" }, 31_000);
    learned.learn({ ...boot, step: "await-system" }, 150_000);
    learned.learn({ ...boot, step: "partition" }, 1000);
    learned.learn({ ...boot, model: "" }, 1000);
  }
  expect(learned.limitSec(boot)).toBe(200);
  expect(learned.limitSec({ ...boot, way: "kexec" })).toBe(62);
  expect(learned.limitSec({ ...boot, step: "await-system" })).toBe(300);
  expect(learned.limitSec({ ...boot, step: "partition" })).toBeUndefined();
  expect(learned.limitSec({ ...boot, model: "another" })).toBeUndefined();
  expect(learned.all()).toHaveLength(3);
});

test("what was long ago is forgotten, and what is new counts at once", () => {
  const learned = new LearnedLimits(RULES);
  for (let run = 0; run < 100; run++) learned.learn(boot, 100_000);
  expect(learned.limitSec(boot)).toBe(200);
  for (let run = 0; run < KEPT_RUNS; run++) learned.learn(boot, 300_000);
  expect(learned.limitSec(boot)).toBe(600);
  expect(learned.all()).toMatchObject([{ runs: KEPT_RUNS, medianSec: 300 }]);
});
