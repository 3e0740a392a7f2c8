import { setTimeout as sleep } from "node:timers/promises";

export type RetryOptions = {
  readonly attempts: number;
  readonly firstPauseMs: number;
  readonly maxPauseMs: number;
  /** Ends the waiting and the work; its reason is what the caller sees. */
  readonly signal: AbortSignal;
  /** Waits; tests pass one that only takes notes. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>;
};

const realPause = (ms: number, signal: AbortSignal): Promise<unknown> => sleep(ms, undefined, { signal });

/**
 * Calls `work` until it succeeds, doubling the pause up to `maxPauseMs`.
 *
 * @throws the last fault when attempts run out, or `signal.reason` on abort.
 */
export async function retry<T>(work: (signal: AbortSignal) => Promise<T>, options: RetryOptions): Promise<T> {
  const { attempts, firstPauseMs, maxPauseMs, signal, pause = realPause } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      signal.throwIfAborted();
      return await work(signal);
    } catch (fault) {
      signal.throwIfAborted();
      if (attempt >= attempts) throw fault;
    }
    // A pause cut short by the signal is reported by throwIfAborted above.
    await pause(Math.min(firstPauseMs * 2 ** (attempt - 1), maxPauseMs), signal).catch(() => {});
  }
}
