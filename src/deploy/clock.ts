/** Time as the deployments see it, so that tests need not wait for it. */
export type Clock = {
  /** Milliseconds since 1970, for people. May jump. */
  readonly wallMs: () => number;
  /** For durations and time limits. Never jumps. */
  readonly monotonicMs: () => number;
  /** Calls back once after `ms`. @returns what prevents it. */
  readonly after: (ms: number, callback: () => void) => () => void;
};

export const realClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`. @throws signal.reason when the signal comes first. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = (): void => {
      prevent();
      reject(signal.reason);
    };
    const prevent = clock.after(ms, () => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    });
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

/**
 * Calls `work` with a signal that aborts with `signal`, or with `reason()`
 * after `ms`. Leaves no timer and no listener behind.
 */
export async function within<T>(
  { clock, ms, signal, reason }: { clock: Clock; ms: number; signal: AbortSignal; reason: () => Error },
  work: (limited: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const onAbort = (): void => controller.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  const prevent = clock.after(ms, () => controller.abort(reason()));
  try {
    return await work(controller.signal);
  } finally {
    prevent();
    signal.removeEventListener("abort", onAbort);
  }
}
