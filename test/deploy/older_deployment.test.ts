import { expect, test } from "vitest";
import type { NodeProgress } from "#src/deploy/deployment.ts";
import { completeProgress, OLDER_PLANS } from "#src/deploy/older_deployment.ts";
import { stepAt } from "#src/deploy/plan.ts";
import { failed, running } from "./states.ts";

/** As it was stored before there were plans. */
const older = (state: object, records: readonly object[] = []): NodeProgress =>
  JSON.parse(JSON.stringify({ node: "node1", state, records })) as NodeProgress;

test("a node that was on its way goes on at the same step", () => {
  const states = [
    [{ kind: "running", step: "await-agent", attempt: 1, round: 2 }, running("await-agent", { round: 2 })],
    [{ kind: "running", step: "format", attempt: 2, round: 1 }, running("format", { attempt: 2 })],
    [{ kind: "running", step: "await-system", attempt: 1, round: 1 }, running("await-system")],
  ] as const;
  for (const [before, after] of states) {
    expect(completeProgress(older(before)).state).toEqual(after);
    expect(stepAt(OLDER_PLANS[0], after).name).toBe(after.step);
  }
});

test("what has ended stays ended, and its records get their phases", () => {
  const record = { step: "format", round: 1, attempt: 1, startedAtMs: 1, tookMs: 2, why: "why" };
  const whole = completeProgress(older({ kind: "failed", step: "format", why: "why" }, [record]));
  expect(whole.state).toEqual(failed("format"));
  expect(whole.records).toEqual([{ ...record, phase: 2, way: "archive", turn: 1 }]);
});

test("what has a plan is left as it is", () => {
  const whole: NodeProgress = { node: "n", plan: 0, state: running("sync"), records: [] };
  expect(completeProgress(whole)).toBe(whole);
});
