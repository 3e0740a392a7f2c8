/**
 * How nodes get through the three phases: for each phase the ways that may be tried, in order of fall-back, and how
 * often and how long. The default is here; groups of nodes and requests replace parts of it.
 */
import type { StepName } from "./steps.ts";

/** Ways into the ramdisk: its agent is there already; out of a running Linux past the firmware; by the power switch. */
export const RAMDISK_WAYS = ["already", "kexec", "reboot"] as const;
export type RamdiskWay = (typeof RAMDISK_WAYS)[number];

/** Ways into the new system: past the firmware; told to reboot; by the power switch; `none` leaves the node in the ramdisk. */
export const SYSTEM_WAYS = ["kexec", "reboot", "hard-reboot", "none"] as const;
export type SystemWay = (typeof SYSTEM_WAYS)[number];

export type WayChoice<Way extends string> = {
  readonly way: Way;
  /** How often this way is taken again after it failed, before the next one is. Without it 0. */
  readonly retries?: number | undefined;
  /** What all its steps together may take each time; without it only each step has a limit. */
  readonly timeLimitSec?: number | undefined;
};

export type StepPolicy = {
  readonly timeLimitSec?: number | undefined;
  readonly maxAttempts?: number | undefined;
};

export type Workflow = {
  /** At least one. */
  readonly ramdisk: readonly WayChoice<RamdiskWay>[];
  /** How often a node is brought into the ramdisk anew and installed again after its installation failed. */
  readonly installRetries: number;
  /** At least one. */
  readonly system: readonly WayChoice<SystemWay>[];
  /** Replaces numbers of the table of steps. */
  readonly steps: Readonly<Partial<Record<StepName, StepPolicy>>>;
};

/** Absent stays as it is. */
export type WorkflowOverride = { readonly [Part in keyof Workflow]?: Workflow[Part] | undefined };

/** They need what the node runs as the deployment begins: worth one journey, and none after that. */
export const FIRST_ROUND_WAYS: readonly string[] = ["already", "kexec"] satisfies readonly RamdiskWay[];

/** What a kexec may take unless somebody says otherwise: no firmware is waited for, and a kernel that hangs should not cost minutes. */
export const KEXEC_LIMIT_SEC = 300;

export const DEFAULT_WORKFLOW: Workflow = {
  ramdisk: [{ way: "reboot", retries: 1 }],
  installRetries: 1,
  system: [{ way: "reboot" }, { way: "hard-reboot" }],
  steps: {},
};

/** The first that says something about a part counts; each number of each step is a part. */
export function mergeWorkflows(overrides: readonly WorkflowOverride[], base = DEFAULT_WORKFLOW): Workflow {
  return overrides.toReversed().reduce<Workflow>(
    (under, { ramdisk, installRetries, system, steps }) => ({
      ramdisk: ramdisk ?? under.ramdisk,
      installRetries: installRetries ?? under.installRetries,
      system: system ?? under.system,
      steps: mergeSteps(under.steps, steps),
    }),
    base,
  );
}

function mergeSteps(under: Workflow["steps"], over: Workflow["steps"] = {}): Workflow["steps"] {
  const merged = Object.entries(over).map(([step, policy]) => [
    step,
    { ...under[step as StepName], ...policy },
  ]);
  return { ...under, ...Object.fromEntries(merged) };
}
