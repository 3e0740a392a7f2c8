import { expect, test } from "vitest";
import { instantOf } from "#src/cli/when.ts";

const NOW = Date.UTC(2026, 1, 10, 12);
test.each<readonly [string, number]>([
  ["2026-01-31", Date.UTC(2026, 0, 31)],
  ["2026-01-31T23:59:59", Date.UTC(2026, 0, 31, 23, 59, 59)],
  ["2026-01-31 23:59", Date.UTC(2026, 0, 31, 23, 59)],
  ["2026-01-31T23:59:59Z", Date.UTC(2026, 0, 31, 23, 59, 59)],
  ["2026-01-31T23:00:00+01:00", Date.UTC(2026, 0, 31, 22)],
  ["90m", NOW - 90 * 60_000],
  ["7d", Date.UTC(2026, 1, 3, 12)],
])("%s is an instant", (text, atMs) => {
  expect(instantOf("--since", text, NOW)).toBe(atMs);
});

test.each(["", "yesterday", "2026-13-01", "2026-1-1", "7w", "1e9", "-3d", "2026-01-31T25:00"])(
  "%j is none",
  (text) => {
    expect(() => instantOf("--since", text, NOW)).toThrow(`Cannot use --since "${text}": wants a date`);
  },
);
