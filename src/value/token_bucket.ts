/** Lets `burst` things through at once and `perSec` a second after that. The caller says what time it is. */
export class TokenBucket {
  readonly #perSec: number;
  readonly #burst: number;
  #tokens: number;
  #atMs = Number.NEGATIVE_INFINITY;

  constructor({ perSec, burst }: { readonly perSec: number; readonly burst: number }) {
    this.#perSec = perSec;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** @returns whether one more may pass now. */
  take(nowMs: number): boolean {
    if (Number.isFinite(this.#atMs)) {
      const earned = (Math.max(0, nowMs - this.#atMs) / 1000) * this.#perSec;
      this.#tokens = Math.min(this.#burst, this.#tokens + earned);
    }
    this.#atMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
