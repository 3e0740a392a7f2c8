/**
 * What one kind of node does in one deployment, fixed when it starts: the phases, for each the ways in order of
 * fall-back, for each way its steps. Plans are stored with the deployment, so that a new version of the program goes
 * on with what an older one began.
 */
import type { PlannedOperation } from "./operation.ts";
import { type PhaseNumber, type StepName, stepSpec } from "./steps.ts";
import {
  DEFAULT_WORKFLOW,
  KEXEC_LIMIT_SEC,
  type RamdiskWay,
  type StepPolicy,
  type SystemWay,
  type WayChoice,
  type Workflow,
} from "./workflow.ts";

export type PlannedStep = {
  /** Unique within its way. */
  readonly name: string;
  readonly timeLimitSec: number;
  readonly maxAttempts: number;
  /** Somebody chose the time limit: what was learned from past runs does not replace it. */
  readonly limitAsked?: true | undefined;
  /** The node stops before it until somebody says to go on. */
  readonly pauseBefore?: true | undefined;
  /** It is no step of ours, but what somebody wants to be done. */
  readonly operation?: PlannedOperation | undefined;
};

export type PlannedWay = {
  /** `reboot`, `archive`, …: a word for people and statistics. */
  readonly way: string;
  readonly retries: number;
  readonly timeLimitSec?: number | undefined;
  readonly steps: readonly PlannedStep[];
};

/** At least one way. */
export type PlannedPhase = readonly PlannedWay[];
export type Plan = readonly [ramdisk: PlannedPhase, install: PlannedPhase, system: PlannedPhase];

const RAMDISK_STEPS: Readonly<Record<RamdiskWay, readonly StepName[]>> = {
  already: ["adopt-agent"],
  kexec: ["kexec-into-ramdisk", "await-agent"],
  reboot: ["power-into-ramdisk", "await-agent"],
};

const ARCHIVE_STEPS = [
  ...["partition", "format", "mount", "broadcast"],
  ...["identity", "ssh-keys", "boot-loader", "sync"],
] as const satisfies readonly StepName[];

const SYSTEM_STEPS: Readonly<Record<SystemWay, readonly StepName[]>> = {
  kexec: ["kexec-into-system", "await-system"],
  reboot: ["leave-ramdisk", "await-system"],
  "hard-reboot": ["power-into-system", "await-system"],
  none: [],
};

export type PlanFacts = {
  readonly workflow: Workflow;
  readonly breakpoints?: readonly StepName[] | undefined;
  /** The image is not known to have a Linux kernel, so it cannot be started by one. */
  readonly withoutKernel?: boolean | undefined;
};

export function planOf({ workflow, breakpoints = [], withoutKernel = false }: PlanFacts): Plan {
  const planned = (name: StepName): PlannedStep => plannedStep(name, workflow.steps[name], breakpoints);
  const wayOf = <Way extends string>(
    { way, retries = 0, timeLimitSec = way === "kexec" ? KEXEC_LIMIT_SEC : undefined }: WayChoice<Way>,
    steps: readonly StepName[],
  ): PlannedWay => ({ way, retries, timeLimitSec, steps: steps.map(planned) });
  const system = withoutKernel ? withoutKexec(workflow.system) : workflow.system;
  return [
    workflow.ramdisk.map((choice) => wayOf(choice, RAMDISK_STEPS[choice.way])),
    [wayOf({ way: "archive", retries: workflow.installRetries }, ARCHIVE_STEPS)],
    system.map((choice) => wayOf(choice, SYSTEM_STEPS[choice.way])),
  ];
}

function withoutKexec(system: Workflow["system"]): Workflow["system"] {
  const left = system.filter(({ way }) => way !== "kexec");
  return left.length > 0 ? left : DEFAULT_WORKFLOW.system;
}

function plannedStep(
  name: StepName,
  policy: StepPolicy | undefined,
  breakpoints: readonly StepName[],
): PlannedStep {
  const { timeLimitSec, maxAttempts } = stepSpec(name);
  return {
    name,
    timeLimitSec: policy?.timeLimitSec ?? timeLimitSec,
    maxAttempts: policy?.maxAttempts ?? maxAttempts,
    ...(policy?.timeLimitSec === undefined ? {} : { limitAsked: true }),
    ...(breakpoints.includes(name) ? { pauseBefore: true } : {}),
  };
}

/** Where a node is in its plan. */
export type PlanPlace = { readonly phase: PhaseNumber; readonly way: number; readonly step: string };

/** @throws RangeError when the plan has no such way: the state belongs to another plan */
export function wayAt(plan: Plan, { phase, way }: Omit<PlanPlace, "step">): PlannedWay {
  const found = plan[phase - 1]?.[way];
  if (!found) throw new RangeError(`Cannot find way ${way} of phase ${phase}: the plan has none`);
  return found;
}

/** @throws RangeError when the plan has no such step */
export function stepAt(plan: Plan, place: PlanPlace): PlannedStep {
  const found = wayAt(plan, place).steps.find(({ name }) => name === place.step);
  if (!found)
    throw new RangeError(`Cannot find step "${place.step}" of phase ${place.phase}: the plan has none`);
  return found;
}

/** The steps of a node that meets no fault, in order. */
export const straightThrough = (plan: Plan): readonly PlannedStep[] =>
  plan.flatMap((phase) => phase[0]?.steps ?? []);
