import { Type } from "@fastify/type-provider-typebox";
import { describeWebhookProblem, type WebhookProblem } from "#src/webhooks/webhook.ts";
import type { WebhookState } from "#src/webhooks/webhooks.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { ApiProblem } from "./problem.ts";
import { NewWebhookView, WebhookCreate, WebhookTestView, WebhookView } from "./webhook_types.ts";

const Params = Type.Object({ id: Type.String({ maxLength: 32 }) });

export function webhookRoutes(api: Api, { webhooks }: ApiServices): void {
  api.get("/webhooks", { schema: { response: { 200: Type.Array(WebhookView) } } }, async () =>
    webhooks.all().map(view),
  );

  api.post(
    "/webhooks",
    { schema: { body: WebhookCreate, response: { 201: NewWebhookView } } },
    async ({ body: { url, kinds, secret, allowLocal = false } }, reply) => {
      const webhook = done(await webhooks.add({ url, kinds, secret, allowLocal }));
      return reply.code(201).send({ ...view({ webhook, waiting: 0 }), secret: webhook.secret });
    },
  );

  api.delete(
    "/webhooks/:id",
    { schema: { params: Params, response: { 204: Type.Null() } } },
    async ({ params }, reply) => {
      done(await webhooks.remove(params.id));
      return reply.code(204).send(null);
    },
  );

  api.post(
    "/webhooks/:id/test",
    { schema: { params: Params, response: { 200: WebhookTestView } } },
    async ({ params }) => {
      const attempt = done(await webhooks.test(params.id));
      return attempt.ok ? attempt : { ok: false, problem: attempt.why };
    },
  );
}

const STATUS = { badWebhookUrl: 422, unknownWebhook: 404, tooManyWebhooks: 409 } as const;

function done<T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: WebhookProblem },
): T {
  if (result.ok) return result.value;
  const { problem } = result;
  throw new ApiProblem(STATUS[problem.kind], problem.kind, describeWebhookProblem(problem));
}

/** Without the secret: it comes out once, when it is made. */
const view = ({ webhook, waiting, failing }: WebhookState): WebhookView => ({
  ...{ id: webhook.id, url: webhook.url, kinds: [...webhook.kinds], allowLocal: webhook.allowLocal },
  ...{ createdAtMs: webhook.createdAtMs, waiting },
  ...(failing === undefined ? {} : { failing }),
});
