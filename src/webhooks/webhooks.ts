/**
 * Events to other machines. What waits is on disk (written behind, some hundred milliseconds) and not only a number
 * in the event log: the log forgets, and begins anew with each start.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { describeEvent, type LoggedEvent, type RecordEvent } from "#src/events/event.ts";
import { whyNotUrl } from "#src/net/guarded_fetch.ts";
import { matchesWildcard } from "#src/value/wildcard.ts";
import { type Attempt, Courier, type CourierOptions, type Post } from "./courier.ts";
import { Outbox } from "./outbox.ts";
import { makeWebhookSecret, signedHeaders } from "./signature.ts";
import type { Delivery, Webhook, WebhookProblem, WebhookStore } from "./webhook.ts";

export type WebhooksOptions = {
  readonly store: WebhookStore;
  readonly record: RecordEvent;
  readonly post: Post;
  readonly pause: CourierOptions["pause"];
  /** Wall clock. */
  readonly nowMs: () => number;
  readonly onFault: (fault: unknown) => void;
};

export type WebhookState = { readonly webhook: Webhook } & Courier["state"];

type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: WebhookProblem };

const MAX_WEBHOOKS = 20;

export class Webhooks implements AsyncDisposable {
  readonly #options: WebhooksOptions;
  readonly #outbox: Outbox;
  readonly #couriers = new Map<string, Courier>();
  /** The number of those that are being stored. */
  #coming = 0;
  readonly #gone = new AbortController();

  constructor(options: WebhooksOptions) {
    this.#options = options;
    this.#outbox = new Outbox(options.store, options.onFault);
    const waiting = Map.groupBy(options.store.deliveries(), ({ webhook }) => webhook);
    for (const webhook of options.store.webhooks()) this.#start(webhook, waiting.get(webhook.id) ?? []);
  }

  /** For the event log. Never throws, never waits. What webhooks themselves tell goes to none: it would never end. */
  hear({ sequence, atMs, event }: LoggedEvent): void {
    const { kind } = event;
    if (kind.startsWith("webhook")) return;
    let body: string | undefined;
    for (const courier of this.#couriers.values()) {
      if (!courier.webhook.kinds.some((wanted) => matchesWildcard(wanted, kind))) continue;
      body ??= JSON.stringify({ sequence, atMs, kind, sentence: describeEvent(event), event });
      const delivery = this.#deliveryOf(courier.webhook, body);
      // Before it is taken: what it pushes out may be one that is not written yet.
      this.#outbox.put(delivery);
      courier.take(delivery);
    }
  }

  /** Oldest first. */
  all(): readonly WebhookState[] {
    return [...this.#couriers.values()].map((courier) => ({ webhook: courier.webhook, ...courier.state }));
  }

  async add(
    wanted: Pick<Webhook, "url" | "kinds" | "allowLocal"> & { readonly secret?: string | undefined },
  ): Promise<Result<Webhook>> {
    const why = whyNotUrl(wanted.url, wanted.allowLocal);
    if (why !== undefined) return { ok: false, problem: { kind: "badWebhookUrl", why } };
    if (this.#couriers.size + this.#coming >= MAX_WEBHOOKS)
      return { ok: false, problem: { kind: "tooManyWebhooks", most: MAX_WEBHOOKS } };
    const webhook = {
      ...{ id: randomBytes(4).toString("hex"), url: wanted.url, kinds: wanted.kinds },
      secret: wanted.secret ?? makeWebhookSecret(),
      allowLocal: wanted.allowLocal,
      createdAtMs: this.#options.nowMs(),
    };
    this.#coming++;
    try {
      await this.#options.store.put(webhook);
    } finally {
      this.#coming--;
    }
    this.#start(webhook, []);
    this.#options.record({ kind: "webhookAdded", webhook: webhook.id });
    return { ok: true, value: webhook };
  }

  async remove(id: string): Promise<Result<Webhook>> {
    const courier = this.#couriers.get(id);
    if (!courier) return { ok: false, problem: { kind: "unknownWebhook", webhook: id } };
    await this.#outbox.flush();
    await this.#options.store.remove(id);
    this.#couriers.delete(id);
    await courier.stop();
    this.#options.record({ kind: "webhookRemoved", webhook: id });
    return { ok: true, value: courier.webhook };
  }

  /** Sends one event that says that it is a test, once and past the queue. */
  async test(id: string): Promise<Result<Attempt>> {
    const webhook = this.#couriers.get(id)?.webhook;
    if (!webhook) return { ok: false, problem: { kind: "unknownWebhook", webhook: id } };
    const { nowMs, post } = this.#options;
    const event = { kind: "webhookTest", webhook: id };
    const sentence = `This is a test of webhook ${id}`;
    const body = JSON.stringify({ sequence: 0, atMs: nowMs(), kind: event.kind, sentence, event });
    const delivery = this.#deliveryOf(webhook, body);
    const headers = signedHeaders(delivery, webhook.secret, Math.floor(nowMs() / 1000));
    return { ok: true, value: await post(webhook, { headers, body }, this.#gone.signal) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#gone.abort();
    await Promise.all([...this.#couriers.values()].map((courier) => courier.stop()));
    await this.#outbox.flush();
  }

  #deliveryOf({ id }: Webhook, body: string): Delivery {
    return { id: randomUUID(), webhook: id, body, createdAtMs: this.#options.nowMs() };
  }

  #start(webhook: Webhook, waiting: readonly Delivery[]): void {
    const { post, pause, nowMs, record } = this.#options;
    const onDone = ({ id }: Delivery): void => this.#outbox.remove(id);
    this.#couriers.set(webhook.id, new Courier({ webhook, waiting, post, pause, nowMs, record, onDone }));
  }
}
