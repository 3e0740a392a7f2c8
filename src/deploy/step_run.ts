/** What is kept of every attempt at every step, long after its deployment: to find bad machines and slow steps. */

export type StepRun = {
  /** Empty: somebody's power command. */
  readonly deployment: string;
  readonly node: string;
  /** Vendor and product as the node's agent said; empty before it ever did. */
  readonly model: string;
  /** A step of a deployment, or `power cycle`, `power on`, …. */
  readonly step: string;
  /** 1, 2 or 3; 0 for a power command. */
  readonly phase: number;
  readonly way: string;
  readonly round: number;
  readonly turn: number;
  readonly attempt: number;
  readonly startedAtMs: number;
  readonly tookMs: number;
  readonly ok: boolean;
  /** Why it failed. */
  readonly why?: string | undefined;
  /** Name of the image; empty for a power command. */
  readonly image: string;
};

/** Which runs; what is not said does not matter. */
export type RunFilter = {
  readonly nodes?: readonly string[] | undefined;
  readonly model?: string | undefined;
  readonly step?: string | undefined;
  readonly image?: string | undefined;
  /** Unix time, from and up to which they began. */
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
};

export type FailureGroup = "node" | "model" | "step";
export type FailureRow = {
  readonly key: string;
  readonly runs: number;
  readonly failed: number;
  /** Of the last failure. */
  readonly lastFailedAtMs?: number | undefined;
  readonly lastWhy?: string | undefined;
};

/** Of runs that succeeded, but for `failed`. */
export type StepRow = {
  readonly step: string;
  readonly way: string;
  readonly model: string;
  readonly runs: number;
  readonly failed: number;
  readonly p10Ms: number;
  readonly medianMs: number;
  readonly p90Ms: number;
  readonly longestMs: number;
};

export type RunTotals = {
  readonly runs: number;
  readonly failed: number;
  readonly deployments: number;
  readonly nodes: number;
  readonly oldestAtMs?: number | undefined;
};

export type StepRunStore = {
  /** Nobody waits for it. */
  readonly add: (run: StepRun) => Promise<void>;
  /** Called for each that became durable. @returns what ends it */
  readonly subscribe: (listener: (run: StepRun) => void) => () => void;
  readonly totals: (filter: RunFilter) => Promise<RunTotals>;
  /** The worst first. */
  readonly failures: (filter: RunFilter, by: FailureGroup) => Promise<readonly FailureRow[]>;
  readonly steps: (filter: RunFilter) => Promise<readonly StepRow[]>;
  readonly slowest: (filter: RunFilter, count: number) => Promise<readonly StepRun[]>;
  /** All of them, the oldest first, some at a time. */
  readonly pages: (filter: RunFilter) => AsyncGenerator<readonly StepRun[]>;
  /** The last good boots of each class, the oldest first. */
  readonly latestBoots: (steps: readonly string[], count: number) => Promise<readonly StepRun[]>;
};
