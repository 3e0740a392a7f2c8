/**
 * The steps that Brigade knows, with their policy numbers. In which order a node does which of them is its plan's
 * business (`plan.ts`), what follows what is the transition function's (`transition.ts`).
 */

/** 1: into the ramdisk. 2: the image onto the disk. 3: into the new system. */
export type PhaseNumber = 1 | 2 | 3;

export type StepSpec = {
  readonly name: string;
  readonly phase: PhaseNumber;
  /** Wall time one attempt may take. */
  readonly timeLimitSec: number;
  /** Attempts each time that its way is taken; 1 means never retry. Only idempotent steps may exceed 1. */
  readonly maxAttempts: number;
};

export const DEPLOY_STEPS = [
  { name: "adopt-agent", phase: 1, timeLimitSec: 30, maxAttempts: 1 },
  { name: "kexec-into-ramdisk", phase: 1, timeLimitSec: 150, maxAttempts: 1 },
  { name: "power-into-ramdisk", phase: 1, timeLimitSec: 120, maxAttempts: 3 },
  { name: "await-agent", phase: 1, timeLimitSec: 600, maxAttempts: 1 },
  { name: "take-disk", phase: 2, timeLimitSec: 120, maxAttempts: 2 },
  { name: "partition", phase: 2, timeLimitSec: 120, maxAttempts: 2 },
  { name: "format", phase: 2, timeLimitSec: 300, maxAttempts: 2 },
  { name: "mount", phase: 2, timeLimitSec: 60, maxAttempts: 2 },
  { name: "broadcast", phase: 2, timeLimitSec: 3600, maxAttempts: 1 },
  { name: "grow", phase: 2, timeLimitSec: 900, maxAttempts: 2 },
  { name: "find-root", phase: 2, timeLimitSec: 120, maxAttempts: 2 },
  { name: "names", phase: 2, timeLimitSec: 120, maxAttempts: 2 },
  { name: "identity", phase: 2, timeLimitSec: 120, maxAttempts: 2 },
  { name: "ssh-keys", phase: 2, timeLimitSec: 120, maxAttempts: 2 },
  { name: "seed", phase: 2, timeLimitSec: 60, maxAttempts: 2 },
  { name: "post-install", phase: 2, timeLimitSec: 600, maxAttempts: 1 },
  { name: "boot-loader", phase: 2, timeLimitSec: 300, maxAttempts: 2 },
  { name: "sync", phase: 2, timeLimitSec: 300, maxAttempts: 2 },
  { name: "kexec-into-system", phase: 3, timeLimitSec: 120, maxAttempts: 1 },
  { name: "leave-ramdisk", phase: 3, timeLimitSec: 120, maxAttempts: 1 },
  { name: "power-into-system", phase: 3, timeLimitSec: 120, maxAttempts: 3 },
  { name: "await-system", phase: 3, timeLimitSec: 600, maxAttempts: 1 },
] as const satisfies readonly StepSpec[];

export type StepName = (typeof DEPLOY_STEPS)[number]["name"];

const BY_NAME: ReadonlyMap<string, StepSpec> = new Map(DEPLOY_STEPS.map((spec) => [spec.name, spec]));

/** The row of the table. */
export function stepSpec(step: StepName): StepSpec {
  const spec = BY_NAME.get(step);
  if (!spec) throw new RangeError(`Cannot find the deployment step "${step}": it is not in the table`);
  return spec;
}

/** For names that come from people, and from rows of older versions. */
export const isStepName = (text: string): text is StepName => BY_NAME.has(text);
