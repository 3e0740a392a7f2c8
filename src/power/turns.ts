/**
 * One after the other for each key: a BMC has few sessions and little patience, and several in flight make many of
 * them fall over.
 */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Waits for its turn, then works. @throws `signal.reason` when aborted while waiting, or what `work` throws. */
  async take<T>(key: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const { promise: done, resolve: finish } = Promise.withResolvers<void>();
    // Who leaves the queue early must not let the next one in before its turn.
    const mine = before === undefined ? done : before.then(() => done);
    this.#last.set(key, mine);
    try {
      if (before !== undefined) await untilAborted(before, signal);
      signal.throwIfAborted();
      return await work();
    } finally {
      finish();
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }
}

function untilAborted(event: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = (): void => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  event.then(resolve, reject);
  return promise.finally(() => signal.removeEventListener("abort", abort));
}
