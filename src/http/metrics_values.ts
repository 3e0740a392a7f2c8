/** Counters and histograms with labels. Pure. What strangers can make up never makes more series than there is room for. */
import type { Labels, Sample } from "./metrics_text.ts";

const MAX_SERIES = 500;
/** Stands for every label of what there was no room for. */
const OTHER = "other";

class Series<T> {
  readonly #byKey = new Map<string, { readonly labels: Labels; readonly value: T }>();
  readonly #make: () => T;

  constructor(make: () => T) {
    this.#make = make;
  }

  of(labels: Labels): T {
    const known = this.#byKey.get(JSON.stringify(labels));
    if (known) return known.value;
    const isFull = this.#byKey.size >= MAX_SERIES;
    const kept = isFull ? Object.fromEntries(Object.keys(labels).map((label) => [label, OTHER])) : labels;
    const key = JSON.stringify(kept);
    const made = this.#byKey.get(key) ?? { labels: kept, value: this.#make() };
    this.#byKey.set(key, made);
    return made.value;
  }

  all(): readonly { readonly labels: Labels; readonly value: T }[] {
    return [...this.#byKey.values()];
  }
}

export class Counts {
  readonly #series = new Series(() => ({ total: 0 }));

  add(labels: Labels, by = 1): void {
    this.#series.of(labels).total += by;
  }

  samples(): readonly Sample[] {
    return this.#series.all().map(({ labels, value }) => ({ labels, value: value.total }));
  }
}

export class Histograms {
  readonly #bounds: readonly number[];
  readonly #series: Series<{ readonly buckets: number[]; sum: number; count: number }>;

  /** @param bounds upper, growing; the last one, +Inf, is added */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#series = new Series(() => ({ buckets: bounds.map(() => 0), sum: 0, count: 0 }));
  }

  observe(labels: Labels, value: number): void {
    const series = this.#series.of(labels);
    series.sum += value;
    series.count++;
    const at = this.#bounds.findIndex((bound) => value <= bound);
    if (at >= 0) series.buckets[at] = (series.buckets[at] ?? 0) + 1;
  }

  samples(): readonly Sample[] {
    return this.#series.all().flatMap(({ labels, value: { buckets, sum, count } }) => {
      let below = 0;
      const upTo = this.#bounds.map((bound, index): Sample => {
        below += buckets[index] ?? 0;
        return { suffix: "_bucket", labels: { ...labels, le: String(bound) }, value: below };
      });
      return [
        ...upTo,
        { suffix: "_bucket", labels: { ...labels, le: "+Inf" }, value: count },
        { suffix: "_sum", labels, value: sum },
        { suffix: "_count", labels, value: count },
      ];
    });
  }
}
