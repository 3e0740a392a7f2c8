import type { Kysely } from "kysely";
import type { Deployment, NodeProgress } from "#src/deploy/deployment.ts";
import type { DeploymentStore } from "#src/deploy/deployment_store.ts";
import { completeProgress, OLDER_PLANS } from "#src/deploy/older_deployment.ts";
import type { Plan } from "#src/deploy/plan.ts";
import type { DeploymentNodeRow, DeploymentRow, Schema } from "./schema.ts";
import { openRequest, type StoredRequest } from "./sealed_request.ts";
import type { SecretBox } from "./secret_box.ts";
import type { Parts } from "./store_parts.ts";
import { readRows, storedArray, storedObject } from "./stored_rows.ts";

type DeploymentReads = Pick<DeploymentStore, "running" | "byId" | "latest" | "lastHostKeyOf" | "ofNode">;

/** What is asked of stored deployments. */
export function openDeploymentReads({
  db,
  secrets,
  report,
}: Pick<Parts, "db" | "secrets" | "report">): DeploymentReads {
  const deployments = () => db.selectFrom("deployments").selectAll();
  const withNodes = async (rows: readonly DeploymentRow[]): Promise<readonly Deployment[]> => {
    return readAll(rows, await nodesOf(rows.map(({ id }) => id)));
  };
  const readAll = (
    rows: readonly DeploymentRow[],
    nodes: ReadonlyMap<string, readonly DeploymentNodeRow[]>,
  ): readonly Deployment[] => {
    const read = (row: DeploymentRow): Deployment => deploymentOf(row, nodes.get(row.id) ?? [], secrets);
    return readRows(rows, { table: "deployments", keyOf: ({ id }) => id, read }, report);
  };
  const nodesOf = async (ids: readonly string[]): Promise<Map<string, DeploymentNodeRow[]>> => {
    if (ids.length === 0) return new Map();
    const all = db.selectFrom("deployment_nodes").selectAll().where("deployment", "in", ids);
    return Map.groupBy(await all.orderBy("position").execute(), ({ deployment }) => deployment);
  };
  return {
    running: async () =>
      withNodes(await deployments().where("ended_at_ms", "is", null).orderBy("position").execute()),
    byId: async (id) => (await withNodes(await deployments().where("id", "=", id).execute()))[0],
    latest: async (count, after) => {
      const newest = deployments().orderBy("position", "desc").limit(count);
      if (after === undefined) return withNodes(await newest.execute());
      const seen = db.selectFrom("deployments").select("position").where("id", "=", after);
      return withNodes(await newest.where("position", "<", seen).execute());
    },
    lastHostKeyOf: (node) => lastHostKeyOf(db, node),
    ofNode: async (node, limit) => {
      const its = await rowsOfNode(db, node).selectAll("deployment_nodes").limit(limit).execute();
      const byDeployment = new Map(its.map((row) => [row.deployment, [row]]));
      const ids = [...byDeployment.keys()];
      if (ids.length === 0) return [];
      const rows = await deployments().where("id", "in", ids).orderBy("position", "desc").execute();
      return readAll(rows, byDeployment);
    },
  };
}

/** Newest first. */
const rowsOfNode = (db: Kysely<Schema>, node: string) =>
  db
    .selectFrom("deployment_nodes")
    .innerJoin("deployments", "deployments.id", "deployment_nodes.deployment")
    .where("deployment_nodes.node", "=", node)
    .orderBy("deployments.position", "desc");

/** Deployments that did not come to the keys, and are looked past. */
const MAX_LOOKED_AT = 50;

async function lastHostKeyOf(db: Kysely<Schema>, node: string): Promise<string | undefined> {
  const rows = await rowsOfNode(db, node).select("deployment_nodes.progress").limit(MAX_LOOKED_AT).execute();
  for (const { progress } of rows) {
    const { hostKey } = storedObject<NodeProgress>(progress, "progress");
    if (hostKey !== undefined) return hostKey;
  }
  return undefined;
}

const deploymentOf = (
  row: DeploymentRow,
  nodes: readonly DeploymentNodeRow[],
  secrets: SecretBox,
): Deployment => ({
  id: row.id,
  request: openRequest(storedObject<StoredRequest>(row.request, "request"), row.id, secrets),
  imageDigest: row.image_digest,
  imageRawBytes: row.image_raw_bytes,
  createdAtMs: row.created_at_ms,
  endedAtMs: row.ended_at_ms ?? undefined,
  plans: row.plans === null ? OLDER_PLANS : storedArray<Plan>(row.plans, "plans"),
  sourceSentBytes: row.source_sent_bytes,
  nodes: nodes.map(({ progress }) => completeProgress(storedObject<NodeProgress>(progress, "progress"))),
});
