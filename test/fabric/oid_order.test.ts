import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareOids, isBelow } from "#src/fabric/oid_order.ts";

const numbers = fc.array(fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 0xffff_ffff })), {
  minLength: 1,
  maxLength: 8,
});

function inWords(left: readonly number[], right: readonly number[]): number {
  for (const [at, number] of left.entries()) {
    const other = right[at];
    if (other === undefined) return 1;
    if (number !== other) return number < other ? -1 : 1;
  }
  return left.length < right.length ? -1 : 0;
}

describe("compareOids", () => {
  test("orders number by number, a shorter one before those below it", () => {
    fc.assert(
      fc.property(numbers, numbers, (left, right) => {
        expect(Math.sign(compareOids(left.join("."), right.join(".")))).toBe(inWords(left, right));
      }),
    );
  });

  test.each([
    ["1.3.6.10", "1.3.6.9", 1],
    ["1.3.6", "1.3.6.0", -1],
    ["1.3.6.1", "1.3.6.1", 0],
  ])("%s and %s: %i", (left, right, sign) => {
    expect(Math.sign(compareOids(left, right))).toBe(sign);
  });
});

test.each([
  ["1.3.6.1", "1.3.6", true],
  ["1.3.6", "1.3.6", false],
  ["1.3.60.1", "1.3.6", false],
  ["1.3.5.1", "1.3.6", false],
])("%s below %s: %s", (oid, root, below) => {
  expect(isBelow(oid, root)).toBe(below);
});
