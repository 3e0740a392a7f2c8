/**
 * A deployment is a table of steps and one transition function
 * (`transition.ts`). Policy numbers are data beside the name.
 */

export type StepSpec = {
  readonly name: string;
  readonly phase: 1 | 2 | 3;
  /** Wall time one attempt may take. */
  readonly timeLimitSec: number;
  /** Attempts in all in one round; 1 means never retry. Only idempotent steps may exceed 1. */
  readonly maxAttempts: number;
};

export const DEPLOY_STEPS = [
  { name: "power-into-ramdisk", phase: 1, timeLimitSec: 120, maxAttempts: 3 },
  { name: "await-agent", phase: 1, timeLimitSec: 600, maxAttempts: 1 },
  { name: "partition", phase: 2, timeLimitSec: 120, maxAttempts: 2 },
  { name: "format", phase: 2, timeLimitSec: 300, maxAttempts: 2 },
  { name: "mount", phase: 2, timeLimitSec: 60, maxAttempts: 2 },
  { name: "broadcast", phase: 2, timeLimitSec: 3600, maxAttempts: 1 },
  { name: "identity", phase: 2, timeLimitSec: 120, maxAttempts: 2 },
  { name: "ssh-keys", phase: 2, timeLimitSec: 120, maxAttempts: 2 },
  { name: "boot-loader", phase: 2, timeLimitSec: 300, maxAttempts: 2 },
  { name: "sync", phase: 2, timeLimitSec: 300, maxAttempts: 2 },
  { name: "leave-ramdisk", phase: 3, timeLimitSec: 120, maxAttempts: 3 },
  { name: "await-system", phase: 3, timeLimitSec: 600, maxAttempts: 2 },
] as const satisfies readonly StepSpec[];

export type StepName = (typeof DEPLOY_STEPS)[number]["name"];

/** Times that a node is brought into the ramdisk for one deployment, at most. */
export const MAX_ROUNDS = 2;

/** Where one node is in its deployment. */
export type NodeState =
  | { readonly kind: "running"; readonly step: StepName; readonly attempt: number; readonly round: number }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly step: StepName; readonly why: string }
  | { readonly kind: "cancelled"; readonly step: StepName };

const BY_NAME: ReadonlyMap<string, StepSpec> = new Map(DEPLOY_STEPS.map((spec) => [spec.name, spec]));

/** The row of the table. */
export function stepSpec(step: StepName): StepSpec {
  const spec = BY_NAME.get(step);
  if (!spec) throw new RangeError(`Cannot find the deployment step "${step}": it is not in the table`);
  return spec;
}
