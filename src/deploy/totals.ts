import type { RecordEvent } from "#src/events/event.ts";
import { type Clock, pause } from "./clock.ts";
import type { DeploymentStore } from "./deployment_store.ts";
import type { LiveDeployment } from "./live_deployment.ts";
import { wordsOf } from "./step_fault.ts";
import { Throttle } from "./throttle.ts";

export type TotalsOptions = {
  readonly store: Pick<DeploymentStore, "saveTotals">;
  readonly clock: Clock;
  readonly record: RecordEvent;
  /** Image bytes that left the appliance for a deployment since this process began. */
  readonly sentBytes: (deployment: string) => Promise<number>;
};

const COUNT_EVERY_MS = 1000;
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 30_000;

/** Keeps count of what leaves the appliance, and writes down when a deployment ends. */
export class Totals {
  readonly #options: TotalsOptions;
  readonly #throttle: Throttle;
  /** Writes for one deployment come one after the other, so that an old count cannot undo an end. */
  readonly #pending = new Map<string, Promise<void>>();

  constructor(options: TotalsOptions) {
    this.#options = options;
    this.#throttle = new Throttle(COUNT_EVERY_MS, options.clock.monotonicMs);
  }

  /** Counts once a second at most. Durable then; a kill loses what left since. */
  count(live: LiveDeployment): void {
    if (this.#pending.has(live.id) || !this.#throttle.pass(live.id)) return;
    const counting = this.#count(live)
      .catch((fault: unknown) => {
        const problem = `Cannot keep count of what ${live.id} sends: ${wordsOf(fault)}`;
        this.#options.record({ kind: "storeFailed", problem });
      })
      .finally(() => this.#pending.delete(live.id));
    this.#pending.set(live.id, counting);
  }

  /**
   * Writes the end down, however often it takes.
   *
   * @throws signal.reason when the appliance stops before; the end is found again at the next start.
   */
  async end(live: LiveDeployment, endedAtMs: number, signal: AbortSignal): Promise<void> {
    await this.#pending.get(live.id);
    this.#throttle.forget(live.id);
    const { store, clock, record, sentBytes } = this.#options;
    live.sent(await sentBytes(live.id).catch(() => 0));
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
      try {
        await store.saveTotals(live.id, { endedAtMs, sourceSentBytes: live.sourceSentBytes });
        return;
      } catch (fault) {
        record({ kind: "storeFailed", problem: `Cannot save the end of ${live.id}: ${wordsOf(fault)}` });
      }
      await pause(clock, pauseMs, signal);
    }
  }

  async #count(live: LiveDeployment): Promise<void> {
    const before = live.sourceSentBytes;
    live.sent(await this.#options.sentBytes(live.id));
    if (live.sourceSentBytes === before) return;
    await this.#options.store.saveTotals(live.id, { sourceSentBytes: live.sourceSentBytes });
  }
}
