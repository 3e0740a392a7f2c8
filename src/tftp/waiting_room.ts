/**
 * When a new transfer starts while the server or the network is short of breath. Pure: the caller says what time it is.
 *
 * Firmware that hears nothing asks again seconds later and gives up after a few tries, so a request
 * that cannot be answered now is kept and answered late rather than dropped.
 */

/** How much of what was sent lately had to be sent again. */
export class ResendShare {
  #startedAtMs = Number.NEGATIVE_INFINITY;
  #now = { sends: 0, resends: 0 };
  #before = { sends: 0, resends: 0 };

  note(isResend: boolean, nowMs: number): void {
    this.#turn(nowMs);
    this.#now.sends++;
    if (isResend) this.#now.resends++;
  }

  /** Whether so much is lost that more transfers would only lose more. */
  isStorm(nowMs: number): boolean {
    this.#turn(nowMs);
    const sends = this.#now.sends + this.#before.sends;
    const resends = this.#now.resends + this.#before.resends;
    return sends >= FEWEST_SENDS && resends / sends > STORM_SHARE;
  }

  /** What counts is this second and the one before. */
  #turn(nowMs: number): void {
    const ageMs = nowMs - this.#startedAtMs;
    if (ageMs < PERIOD_MS) return;
    this.#before = ageMs < 2 * PERIOD_MS ? this.#now : { sends: 0, resends: 0 };
    this.#now = { sends: 0, resends: 0 };
    this.#startedAtMs = nowMs;
  }
}

const PERIOD_MS = 1000;
const STORM_SHARE = 0.02;
/** Fewer say nothing: one lost packet of one machine is no storm. */
const FEWEST_SENDS = 200;

/** Requests in the order in which they came, each once. */
export class WaitingRoom<Request> {
  readonly #waiting = new Map<string, { readonly request: Request; readonly sinceMs: number }>();
  readonly #maxWaiting: number;

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** A repeat takes the place of the first and keeps its turn. @returns whether it is kept */
  put(key: string, request: Request, nowMs: number): boolean {
    const before = this.#waiting.get(key);
    if (!before && this.#waiting.size >= this.#maxWaiting) return false;
    this.#waiting.set(key, { request, sinceMs: before?.sinceMs ?? nowMs });
    return true;
  }

  /** @returns the one that waits longest, when it came before `beforeMs` */
  take(beforeMs: number): Request | undefined {
    for (const [key, { request, sinceMs }] of this.#waiting) {
      if (sinceMs > beforeMs) return undefined;
      this.#waiting.delete(key);
      return request;
    }
    return undefined;
  }
}
