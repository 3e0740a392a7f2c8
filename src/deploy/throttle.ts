/** Lets something pass once in a while, for each key. */
export class Throttle {
  readonly #everyMs: number;
  readonly #nowMs: () => number;
  readonly #lastMs = new Map<string, number>();

  /** @param nowMs monotonic */
  constructor(everyMs: number, nowMs: () => number) {
    this.#everyMs = everyMs;
    this.#nowMs = nowMs;
  }

  /** True when the last time it was true for `key` is long enough ago. */
  pass(key: string): boolean {
    const nowMs = this.#nowMs();
    if (nowMs - (this.#lastMs.get(key) ?? Number.NEGATIVE_INFINITY) < this.#everyMs) return false;
    this.#lastMs.set(key, nowMs);
    return true;
  }

  /** Frees the key. */
  forget(key: string): void {
    this.#lastMs.delete(key);
  }
}
