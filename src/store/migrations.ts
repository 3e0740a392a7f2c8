import { type CreateTableBuilder, type Kysely, sql } from "kysely";
import { usersOfTheApi, webhooks } from "./access_migrations.ts";
import type { Migration } from "./migration.ts";

/** The position in this list, counted from 1, is the version that a database carries in `user_version`. */
export const MIGRATIONS: readonly Migration[] = [
  {
    name: "leases, nodes, inventories, images, deployments, boot tokens, sessions",
    up: async (db) => {
      await createWhoTables(db);
      await createDeploymentTables(db);
      await createAccessTables(db);
    },
  },
  {
    name: "whether a node has Secure Boot",
    up: async (db) => {
      await db.schema.alterTable("nodes").addColumn("secure_boot", "integer").execute();
    },
  },
  {
    name: "groups of nodes, DHCP options of groups and nodes",
    up: async (db) => {
      await db.schema
        .createTable("node_groups")
        .addColumn("name", "text", (column) => column.primaryKey())
        .addColumn("dhcp_options", "text", (column) => column.notNull())
        .execute();
      for (const name of ["groups", "dhcp_options"])
        await db.schema
          .alterTable("nodes")
          .addColumn(name, "text", (column) => column.notNull().defaultTo("[]"))
          .execute();
    },
  },
  {
    name: "boots of machines, what the loader ladder learned",
    up: async (db) => {
      await db.schema
        .createTable("boots")
        .addColumn("id", "integer", (column) => column.primaryKey())
        .addColumn("mac", "text", (column) => column.notNull())
        .addColumn("boot", "text", (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("boot_machines")
        .addColumn("mac", "text", (column) => column.primaryKey())
        .addColumn("remembered", "text", (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("boot_lessons")
        .addColumn("model", "text", (column) => column.primaryKey())
        .addColumn("lesson", "text", (column) => column.notNull())
        .execute();
    },
  },
  {
    name: "what nodes are known by beside their MACs",
    up: async (db) => {
      await db.schema.alterTable("nodes").addColumn("identity", "text").execute();
      await db.schema
        .alterTable("nodes")
        .addColumn("pinned", "integer", (column) => column.notNull().defaultTo(0))
        .execute();
    },
  },
  {
    name: "findings about who is who, naming rules, when inventories were said",
    up: async (db) => {
      await db.schema
        .alterTable("inventories")
        .addColumn("said_at_ms", "integer", (column) => column.notNull().defaultTo(0))
        .execute();
      await db.schema
        .createTable("node_findings")
        .addColumn("key", "text", (column) => column.primaryKey())
        .addColumn("finding", "text", (column) => column.notNull())
        .addColumn("since_ms", "integer", (column) => column.notNull())
        .addColumn("accepted", "integer", (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("naming_rules")
        .addColumn("id", "integer", (column) => column.primaryKey())
        .addColumn("switches", "text", (column) => column.notNull())
        .addColumn("pattern", "text", (column) => column.notNull())
        .addColumn("registers", "integer", (column) => column.notNull())
        .execute();
    },
  },
  {
    name: "the fabric and its scans",
    up: async (db) => {
      await db.schema
        .createTable("fabric_graph")
        .addColumn("id", "integer", (column) => column.primaryKey())
        .addColumn("fabric", "text", (column) => column.notNull())
        .addColumn("record", "text", (column) => column.notNull())
        .addColumn("taken", "text", (column) => column.notNull())
        .execute();
      await db.schema
        .createTable("fabric_scans")
        .addColumn("id", "integer", (column) => column.primaryKey())
        .addColumn("record", "text", (column) => column.notNull())
        .execute();
    },
  },
  {
    name: "groups whose nodes are pinned to their ports",
    up: async (db) => {
      await db.schema
        .alterTable("node_groups")
        .addColumn("pinned", "integer", (column) => column.notNull().defaultTo(0))
        .execute();
    },
  },
  {
    name: "plans of deployments",
    up: async (db) => {
      await db.schema.alterTable("deployments").addColumn("plans", "text").execute();
    },
  },
  {
    name: "nodes that are protected",
    up: async (db) => {
      await db.schema
        .alterTable("nodes")
        .addColumn("protected", "integer", (column) => column.notNull().defaultTo(0))
        .execute();
    },
  },
  {
    name: "partition layouts of the admins",
    up: async (db) => {
      await db.schema
        .createTable("layouts")
        .addColumn("name", "text", (column) => column.primaryKey())
        .addColumn("text", "text", (column) => column.notNull())
        .execute();
    },
  },
  {
    name: "workflows of groups, nodes of deployments by name",
    up: async (db) => {
      await db.schema
        .createTable("group_workflows")
        .addColumn("name", "text", (column) => column.primaryKey())
        .addColumn("workflow", "text", (column) => column.notNull())
        .execute();
      await db.schema.createIndex("deployment_nodes_by_node").on("deployment_nodes").column("node").execute();
    },
  },
  usersOfTheApi,
  webhooks,
  {
    name: "what is kept of each step",
    up: async (db) => {
      await db.schema
        .createTable("step_runs")
        .addColumn("id", "integer", (column) => column.primaryKey().autoIncrement())
        .addColumn("deployment", "text", (column) => column.notNull())
        .addColumn("node", "text", (column) => column.notNull())
        .addColumn("model", "text", (column) => column.notNull())
        .addColumn("step", "text", (column) => column.notNull())
        .addColumn("phase", "integer", (column) => column.notNull())
        .addColumn("way", "text", (column) => column.notNull())
        .addColumn("round", "integer", (column) => column.notNull())
        .addColumn("turn", "integer", (column) => column.notNull())
        .addColumn("attempt", "integer", (column) => column.notNull())
        .addColumn("started_at_ms", "integer", (column) => column.notNull())
        .addColumn("took_ms", "integer", (column) => column.notNull())
        .addColumn("ok", "integer", (column) => column.notNull())
        .addColumn("why", "text")
        .addColumn("image", "text", (column) => column.notNull())
        .addUniqueConstraint("step_run_once", ["node", "started_at_ms", "step", "deployment", "attempt"])
        .execute();
    },
  },
  {
    name: "owners, versions and visibility of images",
    up: async (db) => {
      await db.schema
        .createTable("image_versions")
        .addColumn("owner", "text", (column) => column.notNull())
        .addColumn("name", "text", (column) => column.notNull())
        .addColumn("version", "integer", (column) => column.notNull())
        .addColumn("visibility", "text", (column) => column.notNull())
        .addColumn("digest", "text", (column) => column.notNull())
        .addColumn("image", "text", (column) => column.notNull())
        .addPrimaryKeyConstraint("image_versions_key", ["owner", "name", "version"])
        .execute();
      // Everybody could install them until now.
      await sql`insert into image_versions select 'admin', name, 1, 'public', digest, description from images`.execute(
        db,
      );
      await db.schema.dropTable("images").execute();
    },
  },
  {
    name: "operations of groups",
    up: async (db) => {
      await db.schema
        .createTable("group_operations")
        .addColumn("name", "text", (column) => column.primaryKey())
        .addColumn("operations", "text", (column) => column.notNull())
        .execute();
    },
  },
];

async function createWhoTables(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable("leases")
    .addColumn("address", "text", (column) => column.primaryKey())
    .addColumn("mac", "text", (column) => column.notNull())
    .addColumn("client_id", "text")
    .addColumn("expires_at_ms", "integer", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("nodes")
    .addColumn("name", "text", (column) => column.primaryKey())
    .addColumn("macs", "text", (column) => column.notNull())
    .addColumn("status", "text", (column) => column.notNull())
    .addColumn("address", "text", (column) => column.unique())
    .addColumn("firmware", "text")
    .addColumn("power", "text")
    .addColumn("bmc_password", "blob")
    .addColumn("kernel_arguments", "text", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("inventories")
    .addColumn("node", "text", (column) => column.primaryKey())
    .addColumn("inventory", "text", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("images")
    .addColumn("name", "text", (column) => column.primaryKey())
    .addColumn("digest", "text", (column) => column.notNull())
    .addColumn("description", "text", (column) => column.notNull())
    .execute();
}

async function createDeploymentTables(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable("deployments")
    .addColumn("id", "text", (column) => column.primaryKey())
    .addColumn("position", "integer", (column) => column.notNull().unique())
    .addColumn("request", "text", (column) => column.notNull())
    .addColumn("image_digest", "text", (column) => column.notNull())
    .addColumn("image_raw_bytes", "integer", (column) => column.notNull())
    .addColumn("created_at_ms", "integer", (column) => column.notNull())
    .addColumn("ended_at_ms", "integer")
    .addColumn("source_sent_bytes", "integer", (column) => column.notNull())
    .execute();
  await db.schema
    .createTable("deployment_nodes")
    .addColumn("deployment", "text", (column) => column.notNull().references("deployments.id"))
    .addColumn("node", "text", (column) => column.notNull())
    .addColumn("position", "integer", (column) => column.notNull())
    .addColumn("running", "integer", (column) => column.notNull())
    .addColumn("progress", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("deployment_nodes_key", ["deployment", "node"])
    .execute();
  // Kysely's index builder cannot say "where running" over a table it knows by name only.
  await sql`create unique index one_deployment_a_node on deployment_nodes (node) where running = 1`.execute(
    db,
  );
}

async function createAccessTables(db: Kysely<never>): Promise<void> {
  await bound(db.schema.createTable("boot_tokens"))
    .addColumn("expires_at_ms", "integer", (column) => column.notNull())
    .addColumn("used_by", "text")
    .execute();
  await bound(db.schema.createTable("sessions"))
    .addColumn("boot_id", "text", (column) => column.notNull())
    .addColumn("token", "text", (column) => column.notNull())
    .addColumn("confirmed", "integer", (column) => column.notNull())
    .execute();
}

/** The columns of everything that is bound to one boot of one node. */
const bound = <Table extends string>(table: CreateTableBuilder<Table>) =>
  table
    .addColumn("hash", "text", (column) => column.primaryKey())
    .addColumn("node", "text", (column) => column.notNull())
    .addColumn("mac", "text", (column) => column.notNull())
    .addColumn("address", "text", (column) => column.notNull())
    .addColumn("deployment", "text", (column) => column.notNull());
