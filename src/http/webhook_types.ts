/** Webhooks over the API; see `api_types.ts` for units. */
import { type Static, Type } from "typebox";

const strict = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0 });

export const WebhookCreate = Type.Object(
  {
    url: Type.String({ minLength: 1, maxLength: 2000 }),
    /** Kinds of events; `*` stands for any characters. */
    kinds: Type.Array(Type.String({ pattern: "^[A-Za-z*]{1,64}$" }), { minItems: 1, maxItems: 64 }),
    /** Without it one is made. */
    secret: Type.Optional(Type.String({ pattern: "^[!-~]{16,200}$" })),
    /** It may be the appliance itself, or a link-local address. */
    allowLocal: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type WebhookCreate = Static<typeof WebhookCreate>;

const webhookFields = {
  id: Type.String(),
  url: Type.String(),
  kinds: Type.Array(Type.String()),
  allowLocal: Type.Boolean(),
  createdAtMs: Count,
  /** Events that wait to be delivered. */
  waiting: Count,
  /** Why the last attempt failed; absent when it did not. */
  failing: Type.Optional(Type.String()),
};
export const WebhookView = Type.Object(webhookFields, strict);
export type WebhookView = Static<typeof WebhookView>;

/** The only time that the secret is told. */
export const NewWebhookView = Type.Object({ ...webhookFields, secret: Type.String() }, strict);
export type NewWebhookView = Static<typeof NewWebhookView>;

export const WebhookTestView = Type.Object(
  {
    ok: Type.Boolean(),
    /** What the receiver answered. */
    status: Type.Optional(Type.Integer()),
    /** Why it did not get it. */
    problem: Type.Optional(Type.String()),
  },
  strict,
);
export type WebhookTestView = Static<typeof WebhookTestView>;
