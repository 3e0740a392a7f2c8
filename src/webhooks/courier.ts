/**
 * Brings the events of one webhook to where they go, one after the other and in order: what cannot be delivered is
 * tried again, later each time, for an hour, and what comes meanwhile waits behind it in a queue that has an end.
 */
import type { RecordEvent } from "#src/events/event.ts";
import { signedHeaders } from "./signature.ts";
import type { Delivery, Webhook } from "./webhook.ts";

/** What came of one attempt; `why` is a sentence. */
export type Attempt =
  | { readonly ok: true; readonly status: number }
  | { readonly ok: false; readonly why: string };

/** One POST, guarded; never rejects. */
export type Post = (
  webhook: Pick<Webhook, "url" | "allowLocal">,
  message: { readonly headers: Readonly<Record<string, string>>; readonly body: string },
  signal: AbortSignal,
) => Promise<Attempt>;

export type CourierOptions = {
  readonly webhook: Webhook;
  /** From before the start, oldest first. */
  readonly waiting: readonly Delivery[];
  readonly post: Post;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<unknown>;
  readonly nowMs: () => number;
  readonly record: RecordEvent;
  /** Delivered, or given up. */
  readonly onDone: (delivery: Delivery) => void;
};

export const MAX_WAITING = 1000;
const GIVE_UP_AFTER_MS = 3_600_000;
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 300_000;
const TELL_DROPPED_EVERY_MS = 60_000;

export class Courier {
  readonly #options: CourierOptions;
  readonly #waiting: Delivery[];
  readonly #gone = new AbortController();
  #running: Promise<void> | undefined;
  #isRunning = false;
  #failed = 0;
  #why: string | undefined;
  #dropped = 0;
  #toldDroppedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: CourierOptions) {
    this.#options = options;
    this.#waiting = [...options.waiting];
    this.#go();
  }

  get webhook(): Webhook {
    return this.#options.webhook;
  }

  /** How many wait, and why the last attempt failed, if it did. */
  get state(): { readonly waiting: number; readonly failing?: string } {
    return { waiting: this.#waiting.length, ...(this.#why === undefined ? {} : { failing: this.#why }) };
  }

  take(delivery: Delivery): void {
    this.#waiting.push(delivery);
    // The first is on its way right now.
    if (this.#waiting.length > MAX_WAITING) this.#drop(1);
    this.#go();
  }

  /** Ends what is on its way; it stays in the store and is sent after the next start. */
  async stop(): Promise<void> {
    this.#gone.abort();
    await this.#running;
  }

  #go(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    const { signal } = this.#gone;
    for (let next = this.#waiting[0]; next && !signal.aborted; next = this.#waiting[0]) {
      if (await this.#deliver(next)) continue;
      const ms = Math.min(FIRST_PAUSE_MS * 2 ** (this.#failed - 1), MAX_PAUSE_MS);
      await this.#options.pause(ms, signal).catch(() => {});
    }
    // No await since the last look: whoever comes from now on finds that nothing runs.
    this.#isRunning = false;
  }

  /** @returns whether the next one is due */
  async #deliver(delivery: Delivery): Promise<boolean> {
    const { webhook, post, nowMs } = this.#options;
    const { signal } = this.#gone;
    const headers = signedHeaders(delivery, webhook.secret, Math.floor(nowMs() / 1000));
    const attempt = await post(webhook, { headers, body: delivery.body }, signal);
    if (signal.aborted) return true;
    this.#note(attempt);
    if (attempt.ok) this.#done(0);
    else if (nowMs() - delivery.createdAtMs >= GIVE_UP_AFTER_MS) this.#drop(0);
    return attempt.ok;
  }

  #note(attempt: Attempt): void {
    const { webhook, record } = this.#options;
    if (attempt.ok) {
      if (this.#failed > 0) record({ kind: "webhookDelivers", webhook: webhook.id, failed: this.#failed });
      this.#failed = 0;
      this.#why = undefined;
      return;
    }
    if (this.#failed++ === 0) record({ kind: "webhookFailed", webhook: webhook.id, because: attempt.why });
    this.#why = attempt.why;
  }

  #drop(index: number): void {
    this.#done(index);
    this.#dropped++;
    const { nowMs, record, webhook } = this.#options;
    if (Math.abs(nowMs() - this.#toldDroppedAtMs) < TELL_DROPPED_EVERY_MS) return;
    this.#toldDroppedAtMs = nowMs();
    record({ kind: "webhookDropped", webhook: webhook.id, times: this.#dropped });
    this.#dropped = 0;
  }

  #done(index: number): void {
    for (const delivery of this.#waiting.splice(index, 1)) this.#options.onDone(delivery);
  }
}
