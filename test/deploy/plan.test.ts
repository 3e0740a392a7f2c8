import { expect, test } from "vitest";
import { planOf, straightThrough } from "#src/deploy/plan.ts";
import { DEFAULT_WORKFLOW } from "#src/deploy/workflow.ts";

const WORKFLOW = { workflow: DEFAULT_WORKFLOW };

const installSteps = (facts: Omit<Parameters<typeof planOf>[0], "workflow">): readonly string[] =>
  planOf({ ...WORKFLOW, ...facts })[1].flatMap(({ steps }) => steps.map(({ name }) => name));

test.each([
  { grow: false, customize: false, between: [] },
  { grow: true, customize: false, between: ["grow"] },
  { grow: true, customize: true, between: ["grow", "find-root", "names", "ssh-keys"] },
])("a disk image is written and then left as it is, but for $between", ({ between, ...disk }) => {
  expect(installSteps({ image: { kind: "disk", ...disk } })).toEqual([
    "take-disk",
    "broadcast",
    ...between,
    "sync",
  ]);
});

test("a disk image goes to the disk, an archive to the root", () => {
  const disk = planOf({ ...WORKFLOW, image: { kind: "disk", grow: true, customize: false } });
  const sinks = (plan: typeof disk) =>
    straightThrough(plan).flatMap(({ name, sink }) => (name === "broadcast" ? [sink] : []));
  expect(disk[1][0]?.way).toBe("disk");
  expect(sinks(disk)).toEqual(["disk"]);
  expect(sinks(planOf(WORKFLOW))).toEqual([undefined]);
});

test("what the image says of its proof is kept with the step that waits for it, on every way", () => {
  const plan = planOf({ ...WORKFLOW, probe: { kind: "tcp", port: 22 } });
  const probes = plan[2].flatMap(({ steps }) => steps.map(({ name, probe }) => [name, probe?.kind]));
  expect(probes).toEqual([
    ["leave-ramdisk", undefined],
    ["await-system", "tcp"],
    ["power-into-system", undefined],
    ["await-system", "tcp"],
  ]);
});

test.each([
  { what: "an archive", facts: { seed: "cloud-init" }, steps: ["ssh-keys", "seed", "boot-loader"] },
  {
    what: "a disk image",
    facts: { seed: "cloud-init", image: { kind: "disk", grow: true, customize: false } },
    steps: ["find-root", "seed", "sync"],
  },
  {
    what: "a disk image that reads Ignition configs",
    facts: { seed: "ignition", image: { kind: "disk", grow: false, customize: false } },
    steps: ["broadcast", "seed", "sync"],
  },
  {
    what: "an archive whose system calls home",
    facts: { probe: { kind: "phone-home" } },
    steps: ["ssh-keys", "seed", "boot-loader"],
  },
] as const)("$what gets its seed where its root is at hand: $steps", ({ facts, steps }) => {
  expect(installSteps(facts).join(" ")).toContain(steps.join(" "));
});
