import { expect, test } from "vitest";
import { CallCounts } from "#src/access/call_counts.ts";
import { FailedLogins } from "#src/access/failed_logins.ts";

const fail = (logins: FailedLogins, address: string, times: number, nowMs: number) =>
  Array.from({ length: times }, () => logins.note(address, nowMs));

test("20 a minute from one address, then it is told to wait; others are not", () => {
  const logins = new FailedLogins();
  const first = fail(logins, "10.0.0.1", 21, 0);
  expect(first.map(({ retryAfterSec }) => retryAfterSec)).toEqual([...Array(20).fill(undefined), 3]);
  expect(logins.note("10.0.0.2", 0).retryAfterSec).toBeUndefined();
  expect(logins.note("10.0.0.1", 3000).retryAfterSec).toBeUndefined();
});

test("one event an address and minute, with how often", () => {
  const logins = new FailedLogins();
  expect(fail(logins, "10.0.0.1", 50, 0).map(({ tell }) => tell)).toEqual([1, ...Array(49).fill(undefined)]);
  expect(logins.note("10.0.0.1", 60_000).tell).toBe(50);
});

test("an attack from everywhere makes ten events a minute", () => {
  const logins = new FailedLogins();
  let told = 0;
  for (let index = 0; index < 100_000; index++)
    told += logins.note(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`, 0).tell ?? 0;
  expect(told).toBe(10);
});

test("a machine with a /64 of IPv6 is one address", () => {
  const logins = new FailedLogins();
  for (let index = 0; index < 20; index++) logins.note(`2001:db8:1:2::${index}`, 0);
  expect(logins.note("2001:db8:1:2:3:4:5:6", 0).retryAfterSec).toBe(3);
  expect(logins.note("2001:db8:1:3::1", 0).retryAfterSec).toBeUndefined();
});

test("calls are told one by one up to a limit, then counted", () => {
  const counts = new CallCounts();
  const told = Array.from({ length: 3000 }, () => counts.take("alice", "apiCalled", 0)).filter(Boolean);
  expect(told.length).toBe(2000);
  expect(counts.take("bob", "apiCalled", 0)).toBe(true);
  expect(counts.drain()).toEqual([{ who: "alice", times: 1000 }]);
  expect(counts.drain()).toEqual([]);
});
