/**
 * A deployment is a table of steps and one transition function.
 * The runner performs effects; this file only says what follows what, so
 * every path can be listed in a test.
 */

export type StepSpec = {
  readonly name: string;
  readonly phase: 1 | 2 | 3;
  /** Wall time one attempt may take. */
  readonly timeLimitSec: number;
  /** Attempts in all; 1 means never retry. Only idempotent steps may exceed 1. */
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
  { name: "await-system", phase: 3, timeLimitSec: 600, maxAttempts: 1 },
] as const satisfies readonly StepSpec[];

export type StepName = (typeof DEPLOY_STEPS)[number]["name"];

/** Where one node is in its deployment. */
export type NodeState =
  | { readonly kind: "running"; readonly step: StepName; readonly attempt: number; readonly round: number }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly step: StepName; readonly why: string }
  | { readonly kind: "cancelled"; readonly step: StepName };
