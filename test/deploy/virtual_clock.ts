import { setImmediate as turn } from "node:timers/promises";
import type { Clock } from "#src/deploy/clock.ts";

type Timer = { readonly atMs: number; readonly callback: () => void };

/** A clock that goes on only when nothing else is left to do, so that hours pass in no time. */
export class VirtualClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<Timer>();

  readonly wallMs = (): number => 1_700_000_000_000 + this.#nowMs;
  readonly monotonicMs = (): number => this.#nowMs;
  readonly after = (ms: number, callback: () => void): (() => void) => {
    const timer = { atMs: this.#nowMs + ms, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Timers that wait: what is left when all is done was forgotten. */
  get pending(): number {
    return this.#timers.size;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve));
  }

  /** Lets time pass until `work` is done. @throws when nothing is left that could end it. */
  async until<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    const end = (): void => {
      settled = true;
    };
    work.then(end, end);
    for (;;) {
      // Promises chain a few turns deep before the next timer is set.
      for (let turns = 0; turns < 3; turns++) await turn();
      if (settled) return work;
      if (!this.#fireNext()) throw new Error(`Nothing is left to wait for at ${this.#nowMs} ms`);
    }
  }

  #fireNext(): boolean {
    const [next] = [...this.#timers].sort((left, right) => left.atMs - right.atMs);
    if (!next) return false;
    this.#timers.delete(next);
    this.#nowMs = Math.max(this.#nowMs, next.atMs);
    next.callback();
    return true;
  }
}
