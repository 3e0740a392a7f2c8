import { expect, test } from "vitest";
import type { StepRecord } from "#src/deploy/deployment.ts";
import { type Left, whatIsLeft } from "#src/deploy/left.ts";
import { planOf } from "#src/deploy/plan.ts";
import { DEFAULT_WORKFLOW } from "#src/deploy/workflow.ts";
import { cancelled, failed, PLAN, recordOf, running } from "./states.ts";

const ok = (...steps: string[]): StepRecord[] => steps.map((step) => recordOf(step));
const ko = (step: string, more: Partial<StepRecord> = {}): StepRecord =>
  recordOf(step, { why: "why", ...more });
const FACTS = { plan: PLAN, request: {} };
const RAMDISK = ok("power-into-ramdisk", "await-agent");
const WRITTEN = [...RAMDISK, ...ok("partition", "format", "mount", "broadcast", "identity", "ssh-keys")];

const CASES: readonly [string, Left, { records: readonly StepRecord[]; bootId?: string }][] = [
  ["cancelled before anything was begun", "untouched", { records: [] }],
  ["the BMC did not answer", "switched", { records: [ko("power-into-ramdisk")] }],
  ["its agent never called", "switched", { records: [...ok("power-into-ramdisk"), ko("await-agent")] }],
  ["cancelled while it stood before partition", "inRamdisk", { records: RAMDISK, bootId: "b1" }],
  [
    "an operation before the first step failed",
    "operated",
    { records: [...RAMDISK, ko("before-partition:firmware", { phase: 2 })], bootId: "b1" },
  ],
  ["it has no disk", "halfWritten", { records: [...RAMDISK, ko("partition")], bootId: "b1" }],
  ["the broadcast broke", "halfWritten", { records: [...WRITTEN.slice(0, 5), ko("broadcast")] }],
  ["cancelled before the boot loader", "halfWritten", { records: WRITTEN }],
  ["the boot loader failed", "unfinished", { records: [...WRITTEN, ko("boot-loader")] }],
  ["sync failed", "unfinished", { records: [...WRITTEN, ...ok("boot-loader"), ko("sync")] }],
  [
    "the second installation did not get as far as the first",
    "halfWritten",
    { records: [...WRITTEN, ko("boot-loader"), ...ok("power-into-ramdisk"), ko("partition", { round: 2 })] },
  ],
  [
    "it did not come into the ramdisk again",
    "halfWritten",
    { records: [...WRITTEN, ko("power-into-ramdisk", { round: 2 })] },
  ],
  [
    "cancelled before it left the ramdisk",
    "installed",
    { records: [...WRITTEN, ...ok("boot-loader", "sync")] },
  ],
  [
    "the new system did not answer",
    "started",
    { records: [...WRITTEN, ...ok("boot-loader", "sync", "leave-ramdisk"), ko("await-system")] },
  ],
];

test.each(CASES)("%s: %s", (_, left, { records, bootId }) => {
  expect(whatIsLeft({ state: failed("step"), records, bootId }, FACTS)).toBe(left);
  expect(whatIsLeft({ state: cancelled("step"), records, bootId }, FACTS)).toBe(left);
});

test("a node that is well, or on its way, is not left", () => {
  for (const state of [{ kind: "done" }, running("format"), { kind: "spare" }] as const)
    expect(whatIsLeft({ state, records: RAMDISK, bootId: "b1" }, FACTS)).toBeUndefined();
});

test("a disk without a partition step may boot as soon as something was written", () => {
  const [ramdisk, , system] = PLAN;
  const steps = [{ name: "broadcast", timeLimitSec: 1, maxAttempts: 1 }];
  const plan = [ramdisk, [{ way: "disk", retries: 0, steps }], system] as const;
  const records = [...RAMDISK, ko("broadcast")];
  expect(whatIsLeft({ state: failed("broadcast"), records, bootId: "b1" }, { plan, request: {} })).toBe(
    "unfinished",
  );
});

test("a disk of which only one partition was asked for keeps what starts it", () => {
  const records = [...RAMDISK, ko("partition")];
  const facts = { plan: PLAN, request: { partition: "3" } };
  expect(whatIsLeft({ state: failed("partition"), records, bootId: "b1" }, facts)).toBe("unfinished");
});

const DISK_PLAN = planOf({
  workflow: DEFAULT_WORKFLOW,
  image: { kind: "disk", grow: true, customize: false },
});
test.each([
  ["wiped", "halfWritten", [...RAMDISK, ...ok("take-disk"), ko("broadcast")]],
  ["written", "unfinished", [...RAMDISK, ...ok("take-disk", "broadcast"), ko("grow")]],
  ["whole", "installed", [...RAMDISK, ...ok("take-disk", "broadcast", "grow", "sync")]],
] as const)("a disk that takes an image is %s: %s", (_, expected, records) => {
  expect(
    whatIsLeft({ state: cancelled("sync"), records, bootId: "b1" }, { plan: DISK_PLAN, request: {} }),
  ).toBe(expected);
});
