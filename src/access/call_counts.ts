/**
 * Which calls are told one by one, and how many were not: nobody fills the event log with what they ask for.
 * Pure: told the time. Memory is bounded.
 */
import { TokenBucket } from "#src/value/token_bucket.ts";

/** A command that changes a rack, or a cluster, node by node is told; an endless loop does not push out what others did. */
const ALLOWED = { perSec: 2, burst: 2000 };
const REFUSED = { perSec: 0.1, burst: 20 };
const MAX_CALLERS = 4096;

type Caller = { readonly apiCalled: TokenBucket; readonly apiRefused: TokenBucket; untold: number };

export class CallCounts {
  readonly #callers = new Map<string, Caller>();

  /** @param nowMs monotonic. @returns whether this call is told by itself */
  take(who: string, kind: "apiCalled" | "apiRefused", nowMs: number): boolean {
    const caller = this.#callerOf(who);
    const isTold = caller[kind].take(nowMs);
    if (!isTold) caller.untold++;
    return isTold;
  }

  /** What was not told since the last time. */
  drain(): readonly { readonly who: string; readonly times: number }[] {
    const found = [...this.#callers].filter(([, { untold }]) => untold > 0);
    return found.map(([who, caller]) => {
      const times = caller.untold;
      caller.untold = 0;
      return { who, times };
    });
  }

  #callerOf(who: string): Caller {
    const caller = this.#callers.get(who) ?? {
      apiCalled: new TokenBucket(ALLOWED),
      apiRefused: new TokenBucket(REFUSED),
      untold: 0,
    };
    this.#callers.delete(who);
    this.#callers.set(who, caller);
    const [oldest] = this.#callers.keys();
    if (this.#callers.size > MAX_CALLERS && oldest !== undefined) this.#callers.delete(oldest);
    return caller;
  }
}
