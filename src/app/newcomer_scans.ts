/**
 * New machines that a naming rule waits for: switches are asked where they are soon after they were seen, together for
 * all of a rack, and not more often than each half minute.
 */
import type { Clock } from "#src/deploy/clock.ts";

export type NewcomerScansOptions = {
  readonly clock: Pick<Clock, "after">;
  /** Whether anybody wants to know where new machines are. */
  readonly isWanted: () => boolean;
  /** Resolves when switches were asked, or could not be. */
  readonly scan: () => Promise<unknown>;
};

/** A switch learns a MAC with its first frame; a rack that is switched on asks within seconds. */
const SETTLE_MS = 5000;
const REST_MS = 30_000;

export class NewcomerScans implements Disposable {
  readonly #options: NewcomerScansOptions;
  #state: "idle" | "waiting" | "scanning" = "idle";
  /** Somebody was seen since the last scan began. */
  #isDue = false;
  #prevent: () => void = () => {};
  #isStopped = false;

  constructor(options: NewcomerScansOptions) {
    this.#options = options;
  }

  /** A machine that nobody knows was seen. */
  seen(): void {
    if (!this.#options.isWanted()) return;
    this.#isDue = true;
    if (this.#state === "idle") this.#wait(SETTLE_MS);
  }

  [Symbol.dispose](): void {
    this.#isStopped = true;
    this.#prevent();
  }

  #wait(ms: number): void {
    if (this.#isStopped) return;
    this.#state = "waiting";
    this.#prevent = this.#options.clock.after(ms, () => void this.#look());
  }

  async #look(): Promise<void> {
    if (!this.#isDue) {
      this.#state = "idle";
      return;
    }
    this.#isDue = false;
    this.#state = "scanning";
    // Who scans tells of failures.
    await this.#options.scan().catch(() => undefined);
    this.#wait(REST_MS);
  }
}
