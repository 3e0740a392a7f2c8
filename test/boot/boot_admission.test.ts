import { expect, test } from "vitest";
import {
  BootAdmission,
  MAX_LARGE_TRANSFERS,
  MAX_LARGE_TRANSFERS_PER_CLIENT,
  transferLimitMs,
} from "#src/http/boot_admission.ts";
import { type Ipv4, ipv4FromNumber } from "#src/value/ipv4.ts";

const client = (index: number): Ipv4 => ipv4FromNumber(0x0a4d0000 + index);

test("so many at once, and the next when one has left", () => {
  const admission = new BootAdmission();
  for (let index = 0; index < MAX_LARGE_TRANSFERS; index++) expect(admission.enter(client(index))).toBe(true);
  expect(admission.enter(client(9999))).toBe(false);
  admission.leave(client(7));
  expect(admission.enter(client(9999))).toBe(true);
  expect(admission.active).toBe(MAX_LARGE_TRANSFERS);
});

test("one client holds a few places and no more, others are not touched by that", () => {
  const admission = new BootAdmission();
  for (let count = 0; count < MAX_LARGE_TRANSFERS_PER_CLIENT; count++) {
    expect(admission.enter(client(1))).toBe(true);
  }
  expect(admission.enter(client(1))).toBe(false);
  expect(admission.enter(client(2))).toBe(true);
  admission.leave(client(1));
  expect(admission.enter(client(1))).toBe(true);
});

test("four thousand machines that share one gigabit are not too slow for 26 MB", () => {
  const sharedBytesPerSec = 118e6 / MAX_LARGE_TRANSFERS;
  expect(transferLimitMs(26e6)).toBeGreaterThan((26e6 / sharedBytesPerSec) * 1000);
  expect(transferLimitMs(26e6)).toBeLessThan(3_600_000);
});
