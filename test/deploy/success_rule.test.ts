import { expect, test } from "vitest";
import { neededBy, parseSuccessRule, successRuleText } from "#src/deploy/success_rule.ts";

test.each([
  ["all", 10, 10],
  ["8", 10, 8],
  ["80%", 10, 8],
  ["80 %", 9, 8],
  ["100%", 7, 7],
  ["1%", 50, 1],
])("%s of %i places is %i", (text, places, needed) => {
  const rule = parseSuccessRule(text);
  expect(rule && neededBy(rule, places)).toBe(needed);
  expect(rule && parseSuccessRule(successRuleText(rule))).toEqual(rule);
});

test.each(["", "0", "-1", "0%", "101%", "1.5", "most", "ALL", "8 of 10", "1e3", "08", "1234567"])(
  "%j is no rule",
  (text) => expect(parseSuccessRule(text)).toBeUndefined(),
);
