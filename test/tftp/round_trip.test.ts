import fc from "fast-check";
import { expect, test } from "vitest";
import {
  backedOff,
  MAX_TIMEOUT_MS,
  MIN_TIMEOUT_MS,
  type RoundTrip,
  UNKNOWN_ROUND_TRIP,
  withSample,
} from "#src/tftp/round_trip.ts";

const afterSamples = (samplesMs: readonly number[]): RoundTrip =>
  samplesMs.reduce(withSample, UNKNOWN_ROUND_TRIP);

test.each([
  { when: "nothing was heard yet", samplesMs: [], timeoutMs: 500 },
  { when: "the first answer took 100 ms: three times that", samplesMs: [100], timeoutMs: 300 },
  {
    when: "answers come at once: not below the floor",
    samplesMs: [0.1, 0.1, 0.1],
    timeoutMs: MIN_TIMEOUT_MS,
  },
  { when: "an answer took a minute: not above the ceiling", samplesMs: [60_000], timeoutMs: MAX_TIMEOUT_MS },
  { when: "the second was slower", samplesMs: [100, 200], timeoutMs: 112.5 + 4 * 62.5 },
])("the wait when $when", ({ samplesMs, timeoutMs }) => {
  expect(afterSamples(samplesMs).timeoutMs).toBe(timeoutMs);
});

test("silence doubles the wait up to the ceiling, and forgets nothing of what was measured", () => {
  const known = afterSamples([100]);
  expect(backedOff(known)).toEqual({ ...known, timeoutMs: 600 });
  expect(backedOff({ ...known, timeoutMs: 7000 }).timeoutMs).toBe(MAX_TIMEOUT_MS);
});

test("whatever was measured, the wait stays between floor and ceiling", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1e7, noNaN: true }), { minLength: 1 }), (samplesMs) => {
      const { timeoutMs } = afterSamples(samplesMs);
      expect(timeoutMs).toBeGreaterThanOrEqual(MIN_TIMEOUT_MS);
      expect(timeoutMs).toBeLessThanOrEqual(MAX_TIMEOUT_MS);
    }),
  );
});
