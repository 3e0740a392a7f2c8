import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NodeState, RunningState } from "#src/deploy/node_state.ts";
import { type Plan, type PlannedStep, type PlannedWay, planOf, stepAt, wayAt } from "#src/deploy/plan.ts";
import { advanceNode, continued, firstState, type StepEvent } from "#src/deploy/transition.ts";
import { DEFAULT_WORKFLOW } from "#src/deploy/workflow.ts";
import { cancelled, failed, PLAN, running, STRAIGHT } from "./states.ts";

const FIRST = "power-into-ramdisk";
const why = "why";
const hard = { way: 1 } as const;

/** Every place of the default plan with a fault, and where it leads. */
const FAULTS: readonly { at: RunningState; faulted: NodeState; agentGone?: NodeState }[] = [
  { at: running(FIRST), faulted: running(FIRST, { attempt: 2 }) },
  { at: running(FIRST, { attempt: 2 }), faulted: running(FIRST, { attempt: 3 }) },
  { at: running(FIRST, { attempt: 3 }), faulted: running(FIRST, { turn: 2, round: 2, installs: 0 }) },
  { at: running(FIRST, { attempt: 3, turn: 2 }), faulted: failed(FIRST) },
  { at: running("await-agent"), faulted: running(FIRST, { turn: 2, round: 2, installs: 0 }) },
  { at: running("await-agent", { turn: 2 }), faulted: failed("await-agent") },
  ...["partition", "format", "mount", "identity", "ssh-keys", "boot-loader", "sync"].flatMap((step) => [
    { at: running(step), faulted: running(step, { attempt: 2 }), agentGone: running(FIRST, { round: 2 }) },
    { at: running(step, { attempt: 2 }), faulted: running(FIRST, { round: 2 }) },
    {
      at: running(step, { round: 2 }),
      faulted: running(step, { attempt: 2, round: 2 }),
      agentGone: failed(step),
    },
    { at: running(step, { attempt: 2, round: 2 }), faulted: failed(step) },
  ]),
  { at: running("broadcast"), faulted: running(FIRST, { round: 2 }) },
  { at: running("broadcast", { round: 2 }), faulted: failed("broadcast") },
  { at: running("leave-ramdisk"), faulted: running("power-into-system", hard) },
  { at: running("await-system"), faulted: running("power-into-system", hard) },
  { at: running("power-into-system", hard), faulted: running("power-into-system", { ...hard, attempt: 2 }) },
  { at: running("power-into-system", { ...hard, attempt: 3 }), faulted: failed("power-into-system") },
  { at: running("await-system", hard), faulted: failed("await-system") },
];

describe("the default plan", () => {
  test.each(STRAIGHT.map((step, index) => [step, STRAIGHT[index + 1]] as const))(
    "after %s comes %s",
    (step, next) => {
      for (const round of [1, 2]) {
        const expected = next === undefined ? { kind: "done" } : running(next, { round });
        const before = running(step, { round });
        expect(advanceNode(PLAN, before, { kind: "succeeded" })).toEqual(
          next === "partition" ? { ...expected, installs: before.installs + 1 } : expected,
        );
      }
    },
  );

  test.each(FAULTS)("a fault at $at", ({ at, faulted, agentGone = faulted }) => {
    expect(advanceNode(PLAN, at, { kind: "faulted", why })).toEqual(faulted);
    expect(advanceNode(PLAN, at, { kind: "agentGone", why })).toEqual(agentGone);
  });

  test.each(STRAIGHT)("cancelled and hopeless end %s at once", (name) => {
    expect(advanceNode(PLAN, running(name), { kind: "cancelled" })).toEqual(cancelled(name));
    expect(advanceNode(PLAN, running(name), { kind: "hopeless", why })).toEqual(failed(name));
  });

  test("a way that cannot work is not tried again: the next one is, or the node fails", () => {
    const noWay = { kind: "noWay", why } as const;
    expect(advanceNode(PLAN, running(FIRST), noWay)).toEqual(failed(FIRST));
    expect(advanceNode(PLAN, running("leave-ramdisk"), noWay)).toEqual(running("power-into-system", hard));
    expect(advanceNode(PLAN, running("power-into-system", hard), noWay)).toEqual(failed("power-into-system"));
  });
});

test("nothing is done after the installation when the plan says so", () => {
  const plan = planOf({ workflow: { ...DEFAULT_WORKFLOW, system: [{ way: "none" }] } });
  expect(advanceNode(plan, running("sync"), { kind: "succeeded" })).toEqual({ kind: "done" });
});

test("a node stops before a breakpoint the first time it comes there, and not between two attempts", () => {
  const plan = planOf({ workflow: DEFAULT_WORKFLOW, breakpoints: ["format"] });
  const next = running("format");
  const paused = advanceNode(plan, running("partition"), { kind: "succeeded" });
  expect(paused).toEqual({ kind: "paused", next });
  expect(continued(paused)).toEqual({ ...next, passed: ["format"] });
  expect(advanceNode(plan, next, { kind: "faulted", why })).toEqual(running("format", { attempt: 2 }));
  expect(advanceNode(plan, paused, { kind: "cancelled" })).toEqual(cancelled("format"));
  expect(advanceNode(plan, paused, { kind: "succeeded" })).toBe(paused);
});

const EVENTS: readonly StepEvent[] = [
  { kind: "succeeded" },
  { kind: "faulted", why },
  { kind: "noWay", why },
  { kind: "wayOver", why },
  { kind: "agentGone", why },
  { kind: "hopeless", why },
  { kind: "cancelled" },
];

const anyWay = fc
  .record({
    retries: fc.integer({ min: 0, max: 3 }),
    attempts: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
  })
  .map(({ retries, attempts }): PlannedWay => {
    const steps = attempts.map((maxAttempts, index): PlannedStep => {
      return { name: `s${index}`, timeLimitSec: 1, maxAttempts };
    });
    return { way: "w", retries, steps };
  });
const anyPhase = fc.array(anyWay, { minLength: 1, maxLength: 3 });
const anyPlan: fc.Arbitrary<Plan> = fc.tuple(
  anyPhase,
  anyPhase.map((ways) => ways.slice(0, 1)),
  anyPhase,
);

const attemptsOf = (ways: readonly PlannedWay[]): number =>
  ways.reduce(
    (sum, { retries, steps }) =>
      sum + (retries + 1) * steps.reduce((all, { maxAttempts }) => all + maxAttempts, 0),
    0,
  );

/** The most attempts that a plan allows: phases 1 and 2 as often as the installation is retried, and once phase 3. */
function longest([ramdisk, install, system]: Plan): number {
  const rounds = (install[0]?.retries ?? 0) + 1;
  return rounds * (attemptsOf(ramdisk) + attemptsOf(install)) + attemptsOf(system);
}

test("whatever the plan and whatever happens, a node ends within its attempts and stays ended", () => {
  fc.assert(
    fc.property(anyPlan, fc.infiniteStream(fc.constantFrom(...EVENTS)), (plan, events) => {
      let state = firstState(plan);
      let transitions = 0;
      let wasInSystem = false;
      for (const event of events) {
        if (state.kind !== "running") break;
        expect(state.attempt).toBeLessThanOrEqual(stepAt(plan, state).maxAttempts);
        expect(state.turn).toBeLessThanOrEqual(wayAt(plan, state).retries + 1);
        // What is installed is never installed again.
        expect(wasInSystem && state.phase < 3).toBe(false);
        wasInSystem ||= state.phase === 3;
        state = advanceNode(plan, state, event);
        transitions++;
      }
      expect(transitions).toBeLessThanOrEqual(longest(plan));
      for (const event of EVENTS) expect(advanceNode(plan, state, event)).toBe(state);
    }),
  );
});

test("each journey into the ramdisk has a number of its own", () => {
  const started = fc.array(fc.constantFrom<StepEvent>({ kind: "succeeded" }, { kind: "faulted", why }), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(anyPlan, started, (plan, events) => {
      const begun = new Map<number, string>();
      let state = firstState(plan);
      for (const event of events) {
        if (state.kind !== "running") return;
        if (state.phase === 1) {
          const journey = `${state.way}/${state.turn}/${state.installs}`;
          expect(begun.get(state.round) ?? journey).toBe(journey);
          begun.set(state.round, journey);
        }
        state = advanceNode(plan, state, event);
      }
    }),
  );
});

describe("ways that need what the node ran at the start", () => {
  const plan = planOf({
    workflow: {
      ...DEFAULT_WORKFLOW,
      ramdisk: [{ way: "already" }, { way: "kexec", retries: 3 }, { way: "reboot" }],
    },
  });
  const kexec = running("kexec-into-ramdisk", { way: 1 });
  const reboot = running(FIRST, { way: 2, round: 2, installs: 0 });

  test("are tried one after the other as long as no journey was begun", () => {
    const noWay = { kind: "noWay", why } as const;
    expect(advanceNode(plan, running("adopt-agent"), noWay)).toEqual(kexec);
    expect(advanceNode(plan, kexec, noWay)).toEqual({ ...reboot, round: 1 });
  });

  test("are not taken again after a fault, whatever their retries", () => {
    expect(advanceNode(plan, kexec, { kind: "faulted", why })).toEqual(reboot);
    expect(advanceNode(plan, running("await-agent", { way: 1 }), { kind: "wayOver", why })).toEqual(reboot);
    expect(advanceNode(plan, running("broadcast", { installs: 1 }), { kind: "agentGone", why })).toEqual({
      ...reboot,
      installs: 1,
    });
  });

  test("are taken again when there is nothing else", () => {
    const alone = planOf({ workflow: { ...DEFAULT_WORKFLOW, ramdisk: [{ way: "kexec", retries: 1 }] } });
    const first = running("kexec-into-ramdisk");
    const second = running("kexec-into-ramdisk", { turn: 2, round: 2, installs: 0 });
    expect(advanceNode(alone, first, { kind: "faulted", why })).toEqual(second);
    expect(advanceNode(alone, second, { kind: "faulted", why })).toEqual(failed("kexec-into-ramdisk"));
  });
});

test("the end of a way's time ends the attempts at its step, not its turns", () => {
  const at = running(FIRST, { attempt: 1 });
  expect(advanceNode(PLAN, at, { kind: "wayOver", why })).toEqual(
    running(FIRST, { turn: 2, round: 2, installs: 0 }),
  );
  expect(advanceNode(PLAN, { ...at, turn: 2 }, { kind: "wayOver", why })).toEqual(failed(FIRST));
});
