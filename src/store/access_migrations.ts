import type { Migration } from "./migration.ts";

export const usersOfTheApi: Migration = {
  name: "users of the API and their tokens",
  up: async (db) => {
    await db.schema
      .createTable("users")
      .addColumn("name", "text", (column) => column.primaryKey())
      .addColumn("role", "text", (column) => column.notNull())
      .addColumn("created_at_ms", "integer", (column) => column.notNull())
      .addColumn("disabled", "integer", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("api_tokens")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("label", "text", (column) => column.notNull())
      .addColumn("user", "text", (column) => column.notNull())
      .addColumn("hash", "text", (column) => column.notNull().unique())
      .addColumn("created_at_ms", "integer", (column) => column.notNull())
      .addColumn("last_used_at_ms", "integer")
      .addColumn("expires_at_ms", "integer")
      .execute();
  },
};

export const webhooks: Migration = {
  name: "webhooks,and what waits to be delivered to them",
  up: async (db) => {
    await db.schema
      .createTable("webhooks")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("url", "text", (column) => column.notNull())
      .addColumn("kinds", "text", (column) => column.notNull())
      .addColumn("secret", "blob", (column) => column.notNull())
      .addColumn("allow_local", "integer", (column) => column.notNull())
      .addColumn("created_at_ms", "integer", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("webhook_deliveries")
      .addColumn("position", "integer", (column) => column.primaryKey())
      .addColumn("id", "text", (column) => column.notNull().unique())
      .addColumn("webhook", "text", (column) => column.notNull())
      .addColumn("body", "text", (column) => column.notNull())
      .addColumn("created_at_ms", "integer", (column) => column.notNull())
      .execute();
  },
};
