/**
 * How long a machine may take to boot, from how long its like took before: a limit of ten minutes for machines that
 * boot in two costs everybody eight minutes for each one that hangs. Pure.
 */

/** Boots that are compared with each other. */
export type BootClass = {
  /** Vendor and product, as the inventory has them. */
  readonly model: string;
  readonly step: string;
  /** `reboot`, `kexec`, …: one that skips the firmware says nothing about one that does not. */
  readonly way: string;
};

export type LearningRules = {
  readonly minSec: number;
  readonly maxSec: number;
};

export type Learned = BootClass & {
  readonly runs: number;
  readonly medianSec: number;
  /** From the tenth fastest to the tenth slowest of a hundred. */
  readonly spreadSec: number;
  /** Undefined: too few runs. */
  readonly limitSec: number | undefined;
};

/** The steps that wait for a machine to boot: for its agent, and for its new system. */
export const BOOT_STEPS: ReadonlySet<string> = new Set(["await-agent", "await-system"]);
/** Fewer say too little. */
export const MIN_RUNS = 5;
/** Older ones are forgotten: firmware changes, and memory is added. */
export const KEPT_RUNS = 64;
const SPREADS = 4;
/** Of the median: machines that always took the same time were lucky. */
const LEAST_SPREAD = 0.25;

/** The value below which that part of `sorted` lies; between two of them in proportion. 0 of nothing. */
export function quantile(sorted: readonly number[], part: number): number {
  const at = (sorted.length - 1) * part;
  const low = sorted[Math.floor(at)] ?? 0;
  const high = sorted[Math.ceil(at)] ?? low;
  return low + (high - low) * (at - Math.floor(at));
}

/** @param tookMs of boots that came to a good end, in any order */
export function boundOf(
  tookMs: readonly number[],
  { minSec, maxSec }: LearningRules,
): Omit<Learned, keyof BootClass> {
  const sorted = [...tookMs].sort((left, right) => left - right);
  const medianSec = quantile(sorted, 0.5) / 1000;
  const spreadSec = (quantile(sorted, 0.9) - quantile(sorted, 0.1)) / 1000;
  const wantedSec = medianSec + SPREADS * Math.max(spreadSec, LEAST_SPREAD * medianSec);
  const limitSec =
    sorted.length < MIN_RUNS ? undefined : Math.min(maxSec, Math.max(minSec, Math.ceil(wantedSec)));
  return { runs: sorted.length, medianSec, spreadSec, limitSec };
}

/** Remembers the last boots of each class. Bounded by the number of models. */
export class LearnedLimits {
  readonly #rules: LearningRules;
  readonly #tookMs = new Map<string, number[]>();
  /** Made when it is asked for, thrown away when something is learned. */
  readonly #learned = new Map<string, Learned>();

  constructor(rules: LearningRules) {
    this.#rules = rules;
  }

  /** One boot that came to a good end. Those of other steps, and of machines without a name, teach nothing. */
  learn({ model, step, way }: BootClass, tookMs: number): void {
    if (model === "" || !BOOT_STEPS.has(step)) return;
    const key = JSON.stringify([model, step, way]);
    this.#tookMs.set(key, [...(this.#tookMs.get(key) ?? []), tookMs].slice(-KEPT_RUNS));
    this.#learned.delete(key);
  }

  /** @returns undefined when too little is known */
  limitSec(boot: BootClass): number | undefined {
    return this.#of(JSON.stringify([boot.model, boot.step, boot.way]))?.limitSec;
  }

  /** Everything that is known, by model. */
  all(): readonly Learned[] {
    return [...this.#tookMs.keys()].sort().flatMap((key) => this.#of(key) ?? []);
  }

  #of(key: string): Learned | undefined {
    const tookMs = this.#tookMs.get(key);
    if (!tookMs) return undefined;
    const known = this.#learned.get(key);
    if (known) return known;
    const [model, step, way] = JSON.parse(key) as [string, string, string];
    const learned = { model, step, way, ...boundOf(tookMs, this.#rules) };
    this.#learned.set(key, learned);
    return learned;
  }
}
