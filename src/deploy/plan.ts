/**
 * What one kind of node does in one deployment, fixed when it starts: the phases, for each the ways in order of
 * fall-back, for each way its steps. Plans are stored with the deployment, so that a new version of the program goes
 * on with what an older one began.
 */
import type { PostInstall, Probe } from "#src/images/description.ts";
import type { PlannedOperation } from "./operation.ts";
import type { Seed } from "./seed/seed.ts";
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
  /** Of `boot-loader`: which; without it GRUB. */
  readonly loader?: "systemd-boot" | undefined;
  /** Of `boot-loader`: those of the image, before the node's own. */
  readonly kernelArguments?: readonly string[] | undefined;
  /** Of `post-install`: what is run, in order. */
  readonly postInstall?: readonly PostInstall[] | undefined;
  /** Of `seed`: the system is given the address where it says that it runs. */
  readonly phoneHome?: true | undefined;
  /** Of `broadcast`: the whole disk takes the image; without it the mounted root does. */
  readonly sink?: "disk" | undefined;
  /** Of `await-system`: how the system proves itself; without it by its SSH host key. */
  readonly probe?: Probe | undefined;
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

type InstallFacts = Pick<PlanFacts, "image" | "seed" | "probe" | "postInstall">;

function installSteps({
  image = { kind: "archive" },
  seed,
  probe,
  postInstall = [],
}: InstallFacts): readonly StepName[] {
  const steps = (wanted: boolean, ...names: readonly StepName[]): readonly StepName[] =>
    wanted ? names : [];
  const callsHome = probe?.kind === "phone-home";
  if (image.kind === "archive")
    return [
      ...steps(true, "partition", "format", "mount", "broadcast", "identity", "ssh-keys"),
      ...steps(seed !== undefined || callsHome, "seed"),
      ...steps(postInstall.length > 0, "post-install"),
      ...steps(image.bootLoader !== "none", "boot-loader"),
      "sync",
    ];
  // What the image brings is left as it is, but for what only this node may have, when that is asked for.
  const { grow, customize } = image;
  return [
    ...steps(true, "take-disk", "broadcast"),
    ...steps(grow, "grow"),
    ...steps(customize || seed === "cloud-init", "find-root"),
    ...steps(customize, "names", "ssh-keys"),
    ...steps(seed !== undefined || (callsHome && customize), "seed"),
    ...steps(customize && postInstall.length > 0, "post-install"),
    "sync",
  ];
}

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
  /** Without it an archive. */
  readonly image?: PlannedImage | undefined;
  /** What the system reads at its first start. */
  readonly seed?: Seed["kind"] | undefined;
  /** Without it the SSH host key. */
  readonly probe?: Probe | undefined;
  /** What the image wants to be run before it is started. */
  readonly postInstall?: readonly PostInstall[] | undefined;
};

export type PlannedImage =
  | {
      readonly kind: "archive";
      /** Without it `image-grub`. */
      readonly bootLoader?: "image-grub" | "systemd-boot" | "none" | undefined;
      readonly kernelArguments?: readonly string[] | undefined;
    }
  | {
      readonly kind: "disk";
      readonly grow: boolean;
      /** It is a Linux that gets its own name and keys. */
      readonly customize: boolean;
    };

export function planOf(facts: PlanFacts): Plan {
  const { workflow, breakpoints = [], withoutKernel = false, image, probe } = facts;
  const planned = (name: StepName): PlannedStep => ({
    ...plannedStep(name, workflow.steps[name], breakpoints),
    ...(name === "boot-loader" && image?.kind === "archive" ? loaderOf(image) : {}),
    ...(name === "post-install" ? postInstallOf(facts) : {}),
    ...(name === "broadcast" && image?.kind === "disk" ? { sink: "disk" } : {}),
    ...(name === "seed" && probe?.kind === "phone-home" ? { phoneHome: true } : {}),
    ...(name === "await-system" && probe && probe.kind !== "ssh-host-key" ? { probe } : {}),
  });
  const wayOf = <Way extends string>(
    { way, retries = 0, timeLimitSec = way === "kexec" ? KEXEC_LIMIT_SEC : undefined }: WayChoice<Way>,
    steps: readonly StepName[],
  ): PlannedWay => ({ way, retries, timeLimitSec, steps: steps.map(planned) });
  const system = withoutKernel ? withoutKexec(workflow.system) : workflow.system;
  return [
    workflow.ramdisk.map((choice) => wayOf(choice, RAMDISK_STEPS[choice.way])),
    [wayOf({ way: image?.kind ?? "archive", retries: workflow.installRetries }, installSteps(facts))],
    system.map((choice) => wayOf(choice, SYSTEM_STEPS[choice.way])),
  ];
}

function withoutKexec(system: Workflow["system"]): Workflow["system"] {
  const left = system.filter(({ way }) => way !== "kexec");
  return left.length > 0 ? left : DEFAULT_WORKFLOW.system;
}

const loaderOf = ({
  bootLoader,
  kernelArguments = [],
}: Extract<PlannedImage, { kind: "archive" }>): Pick<PlannedStep, "loader" | "kernelArguments"> => ({
  ...(bootLoader === "systemd-boot" ? { loader: bootLoader } : {}),
  ...(kernelArguments.length > 0 ? { kernelArguments } : {}),
});

/** Each has a limit of its own; that of the step has room for all of them. */
function postInstallOf({
  postInstall = [],
  workflow,
}: PlanFacts): Pick<PlannedStep, "postInstall" | "timeLimitSec" | "limitAsked"> {
  const neededSec = postInstall.reduce(
    (sum, { timeLimitSec, retries }) => sum + timeLimitSec * (1 + retries),
    0,
  );
  const timeLimitSec = workflow.steps["post-install"]?.timeLimitSec ?? neededSec + POST_INSTALL_MARGIN_SEC;
  return { postInstall, timeLimitSec, limitAsked: true };
}

const POST_INSTALL_MARGIN_SEC = 60;

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
