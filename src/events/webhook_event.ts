/** What became of webhooks. By id: their URLs may hold secrets. */
export type WebhookEvent =
  | { readonly kind: "webhookAdded"; readonly webhook: string }
  | { readonly kind: "webhookRemoved"; readonly webhook: string }
  /** The first failure in a row. */
  | { readonly kind: "webhookFailed"; readonly webhook: string; readonly because: string }
  /** The first success after failures. */
  | { readonly kind: "webhookDelivers"; readonly webhook: string; readonly failed: number }
  /** Since the last such event of this webhook. */
  | { readonly kind: "webhookDropped"; readonly webhook: string; readonly times: number };

const SENTENCES: {
  readonly [K in WebhookEvent["kind"]]: (event: Extract<WebhookEvent, { kind: K }>) => string;
} = {
  webhookAdded: ({ webhook }) => `Webhook ${webhook} was added`,
  webhookRemoved: ({ webhook }) => `Webhook ${webhook} was removed`,
  webhookFailed: ({ webhook, because }) =>
    `Webhook ${webhook} does not take events: ${because}; they are sent again for an hour`,
  webhookDelivers: ({ webhook, failed }) => `Webhook ${webhook} takes events again, after ${failed} failures`,
  webhookDropped: ({ webhook, times }) =>
    `Webhook ${webhook} lost ${times} events: it took none for too long`,
};

export const isWebhookEvent = (event: { readonly kind: string }): event is WebhookEvent =>
  Object.hasOwn(SENTENCES, event.kind);

/** The kind decides which sentence, so the event is what that sentence takes. */
export const describeWebhook = <E extends WebhookEvent>(event: E): string =>
  (SENTENCES[event.kind] as (event: E) => string)(event);
