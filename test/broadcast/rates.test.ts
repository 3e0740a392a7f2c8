import fc from "fast-check";
import { expect, test } from "vitest";
import { perSecond, ratesOf, type Sample, withSample } from "#src/broadcast/rates.ts";

const at = (atMs: number, receivedBytes: number, writtenRawBytes = 0, sentBytes = 0): Sample => ({
  atMs,
  counts: { receivedBytes, sentBytes, writtenRawBytes },
});
const all = (...samples: readonly Sample[]): readonly Sample[] =>
  samples.reduce<readonly Sample[]>((before, sample) => withSample(before, sample), []);

test("one report tells no rate, two do, and each count has its own", () => {
  expect(ratesOf(all(at(0, 500)))).toEqual({
    receiveBytesPerSec: 0,
    sendBytesPerSec: 0,
    writeRawBytesPerSec: 0,
  });
  expect(ratesOf(all(at(0, 500), at(2000, 2500, 4000, 1000)))).toEqual({
    receiveBytesPerSec: 1000,
    sendBytesPerSec: 500,
    writeRawBytesPerSec: 2000,
  });
});

test("the rate is that of the last seconds, and a stall shows", () => {
  const fast = all(...[0, 1, 2, 3, 4, 5].map((second) => at(second * 1000, second * 100)));
  expect(ratesOf(fast).receiveBytesPerSec).toBe(100);
  const stalled = [6, 7, 8, 9].reduce((before, second) => withSample(before, at(second * 1000, 500)), fast);
  expect(ratesOf(stalled).receiveBytesPerSec).toBe(0);
});

test("after a long silence the rate is that of the silence", () => {
  expect(ratesOf(all(at(0, 0), at(10_000, 5000))).receiveBytesPerSec).toBe(500);
});

test("reports in quick succession, as after a reconnect, do not make a rate of their own", () => {
  expect(ratesOf(all(at(0, 0), at(1000, 1000), at(1001, 1300))).receiveBytesPerSec).toBe(1300);
});

test("counts that went back are a new beginning", () => {
  const again = all(at(0, 0), at(1000, 9000), at(2000, 10));
  expect(ratesOf(again).receiveBytesPerSec).toBe(0);
  expect(ratesOf(withSample(again, at(3000, 110))).receiveBytesPerSec).toBe(100);
});

test("no time is no rate", () => expect([perSecond(5, 0), perSecond(5, 2000)]).toEqual([0, 3]));

const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.nat(1e9), fc.nat(1e9)), {
  maxLength: 40,
});

test("whatever comes when: few samples are kept, and no rate is below zero or not a number", () => {
  fc.assert(
    fc.property(steps, (script) => {
      let [nowMs, samples]: [number, readonly Sample[]] = [0, []];
      for (const [afterMs, receivedBytes, writtenRawBytes] of script) {
        nowMs += afterMs;
        samples = withSample(samples, at(nowMs, receivedBytes, writtenRawBytes));
        expect(samples.length).toBeLessThanOrEqual(37);
        for (const rate of Object.values(ratesOf(samples))) expect(rate).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});
