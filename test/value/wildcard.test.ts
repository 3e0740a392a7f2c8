import fc from "fast-check";
import { expect, test } from "vitest";
import { matchesWildcard } from "#src/value/wildcard.ts";

test.each([
  ["", "", true],
  ["", "a", false],
  ["*", "", true],
  ["**", "ab", true],
  ["a*", "a", true],
  ["a*b", "ab", true],
  ["a*b", "abc", false],
  ["a*bc", "abbc", true],
  ["*ab*ba*", "aba", false],
  ["*ab*ba*", "abba", true],
  ["a.c", "abc", false],
])("%j takes %j: %s", (pattern, text, isTaken) => {
  expect(matchesWildcard(pattern, text)).toBe(isTaken);
});

test("it takes what an expression takes", () => {
  const letters = fc.stringMatching(/^[ab*]{0,8}$/);
  fc.assert(
    fc.property(letters, fc.stringMatching(/^[ab]{0,10}$/), (pattern, text) => {
      const same = new RegExp(`^${pattern.split("*").join("[^]*")}$`).test(text);
      expect(matchesWildcard(pattern, text)).toBe(same);
    }),
    { numRuns: 2000 },
  );
});

/** With a backtracking expression this does not end in a lifetime. */
test("many stars and a name that almost fits are decided", () => {
  expect(matchesWildcard(`${"*a".repeat(40)}*b`, "a".repeat(255))).toBe(false);
  expect(matchesWildcard(`${"*a".repeat(40)}*b`, `${"a".repeat(255)}b`)).toBe(true);
});
