import type { Delivery, Webhook, WebhookStore } from "#src/webhooks/webhook.ts";
import type { WebhookRow } from "./schema.ts";
import type { Parts } from "./store_parts.ts";
import { readRows, storedStrings, wanted } from "./stored_rows.ts";

export async function openWebhooks({ db, queue, secrets, report }: Parts): Promise<WebhookStore> {
  const webhookRows = await db.selectFrom("webhooks").selectAll().orderBy("created_at_ms").execute();
  const webhooks = readRows(
    webhookRows,
    {
      table: "webhooks",
      keyOf: ({ id }) => id,
      read: (row: WebhookRow): Webhook => ({
        ...{ id: row.id, url: row.url, kinds: storedStrings(row.kinds, "kinds") },
        secret: wanted(secrets.open(row.secret, aboutOf(row.id)), "secret"),
        ...{ allowLocal: row.allow_local === 1, createdAtMs: row.created_at_ms },
      }),
    },
    report,
  );
  const deliveryRows = await db.selectFrom("webhook_deliveries").selectAll().orderBy("position").execute();
  const deliveries = deliveryRows.map(deliveryOf);
  return {
    webhooks: () => webhooks,
    deliveries: () => deliveries,
    put: ({ id, url, kinds, secret, allowLocal, createdAtMs }) => {
      const row = {
        ...{ id, url, kinds: JSON.stringify(kinds), secret: secrets.seal(secret, aboutOf(id)) },
        ...{ allow_local: Number(allowLocal), created_at_ms: createdAtMs },
      };
      return queue.write("webhookPut", async (to) => {
        await to.replaceInto("webhooks").values(row).execute();
      });
    },
    remove: (id) =>
      queue.write("webhookRemove", async (to) => {
        await to.deleteFrom("webhook_deliveries").where("webhook", "=", id).execute();
        await to.deleteFrom("webhooks").where("id", "=", id).execute();
      }),
    save: ({ put, remove }) =>
      queue.writeBehind("webhookDeliveries", async (to) => {
        for (const id of remove) await to.deleteFrom("webhook_deliveries").where("id", "=", id).execute();
        for (const { id, webhook, body, createdAtMs } of put) {
          const row = { id, webhook, body, created_at_ms: createdAtMs };
          await to.insertInto("webhook_deliveries").values(row).execute();
        }
      }),
  };
}

/** What a sealed secret is bound to. */
const aboutOf = (id: string): string => `webhook ${id}`;

type StoredDelivery = {
  readonly id: string;
  readonly webhook: string;
  readonly body: string;
  readonly created_at_ms: number;
};

const deliveryOf = ({ id, webhook, body, created_at_ms }: StoredDelivery): Delivery => ({
  ...{ id, webhook, body, createdAtMs: created_at_ms },
});
