/**
 * How nodes get through the three phases: for each phase the ways that may be tried, in order of fall-back, and how
 * often and how long. The default is here; groups of nodes and requests replace parts of it.
 */
import type { StepName } from "./steps.ts";

/** Ways into the ramdisk. */
export const RAMDISK_WAYS = ["reboot"] as const;
export type RamdiskWay = (typeof RAMDISK_WAYS)[number];

/** Ways into the new system; `none` leaves the node in the ramdisk. */
export const SYSTEM_WAYS = ["reboot", "hard-reboot", "none"] as const;
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

export const DEFAULT_WORKFLOW: Workflow = {
  ramdisk: [{ way: "reboot", retries: 1 }],
  installRetries: 1,
  system: [{ way: "reboot" }, { way: "hard-reboot" }],
  steps: {},
};

/** The first that says something about a part counts; steps are taken one by one. */
export function mergeWorkflows(overrides: readonly WorkflowOverride[], base = DEFAULT_WORKFLOW): Workflow {
  return overrides.toReversed().reduce<Workflow>(
    (under, { ramdisk, installRetries, system, steps }) => ({
      ramdisk: ramdisk ?? under.ramdisk,
      installRetries: installRetries ?? under.installRetries,
      system: system ?? under.system,
      steps: { ...under.steps, ...steps },
    }),
    base,
  );
}
