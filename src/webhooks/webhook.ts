/** Where events are sent to, as it is kept, and what can be wrong with it. */

export type Webhook = {
  /** Short and random. */
  readonly id: string;
  /** May hold a secret in its path: shown to admins only, never told in an event. */
  readonly url: string;
  /** Kinds of events; `*` stands for any characters. */
  readonly kinds: readonly string[];
  readonly secret: string;
  /** It may be this machine itself, or a link-local address. */
  readonly allowLocal: boolean;
  readonly createdAtMs: number;
};

/** One event on its way to one webhook. */
export type Delivery = {
  /** Unique; the same in every attempt, so that a receiver knows a repeat. */
  readonly id: string;
  readonly webhook: string;
  /** JSON, as it is signed and sent. */
  readonly body: string;
  readonly createdAtMs: number;
};

export type WebhookProblem =
  | { readonly kind: "badWebhookUrl"; readonly why: string }
  | { readonly kind: "unknownWebhook"; readonly webhook: string }
  | { readonly kind: "tooManyWebhooks"; readonly most: number };

export function describeWebhookProblem(problem: WebhookProblem): string {
  switch (problem.kind) {
    case "badWebhookUrl":
      return `Cannot send events there: ${problem.why}`;
    case "unknownWebhook":
      return `No webhook has id "${problem.webhook}"; see "brigade webhook list"`;
    case "tooManyWebhooks":
      return `Cannot keep more than ${problem.most} webhooks; remove one first`;
  }
}

export type DeliveryChange = {
  readonly put: readonly Delivery[];
  /** Ids. */
  readonly remove: readonly string[];
};

/** The questions that `Webhooks` asks, and no more. */
export interface WebhookStore {
  /** Everything that was there at the start, deliveries oldest first. Read once. */
  webhooks(): readonly Webhook[];
  deliveries(): readonly Delivery[];
  /** Resolves when it would survive a SIGKILL of the appliance and a loss of power. */
  put(webhook: Webhook): Promise<void>;
  /** With its deliveries. */
  remove(id: string): Promise<void>;
  /** Behind other writes: survives a SIGKILL once it has resolved. */
  save(change: DeliveryChange): Promise<void>;
}

/** For tests: nothing survives the process. */
export class MemoryWebhookStore implements WebhookStore {
  readonly #webhooks = new Map<string, Webhook>();
  readonly #deliveries = new Map<string, Delivery>();

  webhooks(): readonly Webhook[] {
    return [...this.#webhooks.values()];
  }

  deliveries(): readonly Delivery[] {
    return [...this.#deliveries.values()];
  }

  async put(webhook: Webhook): Promise<void> {
    this.#webhooks.set(webhook.id, webhook);
  }

  async remove(id: string): Promise<void> {
    this.#webhooks.delete(id);
    for (const one of this.deliveries()) if (one.webhook === id) this.#deliveries.delete(one.id);
  }

  async save({ put, remove }: DeliveryChange): Promise<void> {
    for (const id of remove) this.#deliveries.delete(id);
    for (const one of put) this.#deliveries.set(one.id, one);
  }
}
