import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEPLOY_STEPS, MAX_ROUNDS, type NodeState, type StepName, stepSpec } from "#src/deploy/steps.ts";
import { advanceNode, firstState, type StepEvent } from "#src/deploy/transition.ts";

const running = (step: StepName, attempt = 1, round = 1): NodeState => ({
  kind: "running",
  step,
  attempt,
  round,
});
const failed = (step: StepName, why = "why"): NodeState => ({ kind: "failed", step, why });
const FIRST = "power-into-ramdisk";

/** Success leads from each step to the next; the table is the order. */
const ORDER: readonly (readonly [StepName, StepName | "done"])[] = [
  ["power-into-ramdisk", "await-agent"],
  ["await-agent", "partition"],
  ["partition", "format"],
  ["format", "mount"],
  ["mount", "broadcast"],
  ["broadcast", "identity"],
  ["identity", "ssh-keys"],
  ["ssh-keys", "boot-loader"],
  ["boot-loader", "sync"],
  ["sync", "leave-ramdisk"],
  ["leave-ramdisk", "await-system"],
  ["await-system", "done"],
];

/** Every (step, attempt, round) with a fault, and where it leads. */
const FAULTS: readonly { at: NodeState; faulted: NodeState; agentGone: NodeState }[] = [
  {
    at: running("power-into-ramdisk", 1),
    faulted: running("power-into-ramdisk", 2),
    agentGone: running("power-into-ramdisk", 2),
  },
  {
    at: running("power-into-ramdisk", 2),
    faulted: running("power-into-ramdisk", 3),
    agentGone: running("power-into-ramdisk", 3),
  },
  {
    at: running("power-into-ramdisk", 3),
    faulted: failed("power-into-ramdisk"),
    agentGone: failed("power-into-ramdisk"),
  },
  { at: running("await-agent"), faulted: running(FIRST, 1, 2), agentGone: running(FIRST, 1, 2) },
  { at: running("await-agent", 1, 2), faulted: failed("await-agent"), agentGone: failed("await-agent") },
  ...(["partition", "format", "mount", "identity", "ssh-keys", "boot-loader", "sync"] as const).flatMap(
    (step) => [
      { at: running(step, 1), faulted: running(step, 2), agentGone: running(FIRST, 1, 2) },
      { at: running(step, 2), faulted: running(FIRST, 1, 2), agentGone: running(FIRST, 1, 2) },
      { at: running(step, 1, 2), faulted: running(step, 2, 2), agentGone: failed(step) },
      { at: running(step, 2, 2), faulted: failed(step), agentGone: failed(step) },
    ],
  ),
  { at: running("broadcast"), faulted: running(FIRST, 1, 2), agentGone: running(FIRST, 1, 2) },
  { at: running("broadcast", 1, 2), faulted: failed("broadcast"), agentGone: failed("broadcast") },
  {
    at: running("leave-ramdisk", 1),
    faulted: running("leave-ramdisk", 2),
    agentGone: running("leave-ramdisk", 2),
  },
  {
    at: running("leave-ramdisk", 2),
    faulted: running("leave-ramdisk", 3),
    agentGone: running("leave-ramdisk", 3),
  },
  {
    at: running("leave-ramdisk", 3),
    faulted: failed("leave-ramdisk"),
    agentGone: failed("leave-ramdisk"),
  },
  {
    at: running("await-system", 1),
    faulted: running("await-system", 2),
    agentGone: running("await-system", 2),
  },
  { at: running("await-system", 2), faulted: failed("await-system"), agentGone: failed("await-system") },
];

const why = "why";

describe("advanceNode", () => {
  test.each(ORDER)("after %s comes %s", (step, next) => {
    for (const round of [1, 2]) {
      const expected = next === "done" ? { kind: "done" } : running(next, 1, round);
      expect(advanceNode(running(step, 1, round), { kind: "succeeded" })).toEqual(expected);
    }
  });

  test.each(FAULTS)("a fault at $at.step attempt $at.attempt round $at.round", (row) => {
    expect(advanceNode(row.at, { kind: "faulted", why })).toEqual(row.faulted);
    expect(advanceNode(row.at, { kind: "agentGone", why })).toEqual(row.agentGone);
  });

  test.each(DEPLOY_STEPS)("cancelled and hopeless end $name at once", ({ name }) => {
    expect(advanceNode(running(name), { kind: "cancelled" })).toEqual({ kind: "cancelled", step: name });
    expect(advanceNode(running(name), { kind: "hopeless", why })).toEqual(failed(name));
  });

  test("a node that was installed is never installed again", () => {
    for (const step of ["leave-ramdisk", "await-system"] as const) {
      for (const event of EVENTS) {
        const next = advanceNode(running(step, 1, 1), event);
        if (next.kind === "running") expect(stepSpec(next.step).phase).toBe(3);
      }
    }
  });
});

const EVENTS: readonly StepEvent[] = [
  { kind: "succeeded" },
  { kind: "faulted", why },
  { kind: "agentGone", why },
  { kind: "hopeless", why },
  { kind: "cancelled" },
];
const anyEvent = fc.constantFrom(...EVENTS);
const LONGEST = DEPLOY_STEPS.reduce((sum, { maxAttempts }) => sum + maxAttempts, 0) * MAX_ROUNDS;

test("whatever happens, a node ends, within its attempts and rounds, and stays ended", () => {
  fc.assert(
    fc.property(fc.infiniteStream(anyEvent), (events) => {
      let state = firstState();
      let transitions = 0;
      for (const event of events) {
        if (state.kind !== "running") break;
        expect(state.attempt).toBeLessThanOrEqual(stepSpec(state.step).maxAttempts);
        expect(state.round).toBeLessThanOrEqual(MAX_ROUNDS);
        state = advanceNode(state, event);
        transitions++;
      }
      expect(transitions).toBeLessThanOrEqual(LONGEST);
      const ended = state;
      for (const event of EVENTS) expect(advanceNode(ended, event)).toBe(ended);
    }),
  );
});
