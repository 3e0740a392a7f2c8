import { expect, test } from "vitest";
import { TokenBucket } from "#src/value/token_bucket.ts";

test("a burst passes, then so many a second, and no more than a burst is saved up", () => {
  const bucket = new TokenBucket({ perSec: 2, burst: 3 });
  const passed = (atMs: number): number => [1, 2, 3, 4, 5].filter(() => bucket.take(atMs)).length;
  expect([passed(0), passed(0), passed(500), passed(1500), passed(60_000)]).toEqual([3, 0, 1, 2, 3]);
});

test("a clock that goes back gives nothing", () => {
  const bucket = new TokenBucket({ perSec: 1, burst: 1 });
  expect([bucket.take(5000), bucket.take(0), bucket.take(500)]).toEqual([true, false, false]);
});
