import type { Transaction } from "kysely";
import type { Deployment, NodeProgress } from "#src/deploy/deployment.ts";
import type { DeploymentStore } from "#src/deploy/deployment_store.ts";
import { isHeld } from "#src/deploy/node_state.ts";
import { openDeploymentReads } from "./deployment_reads.ts";
import type { Schema } from "./schema.ts";
import { type StoredRequest, sealRequest } from "./sealed_request.ts";
import type { SecretBox } from "./secret_box.ts";
import type { StepRunRows } from "./step_run_rows.ts";
import type { Parts } from "./store_parts.ts";
import { storedObject } from "./stored_rows.ts";

/** Images of deployments that were written to lately. */
const MAX_IMAGES_KNOWN = 1000;

/** @param stepRuns what is kept of each attempt, in the transaction of the progress that it belongs to */
export function openDeployments(
  { db, queue, secrets, report }: Parts,
  stepRuns: Pick<StepRunRows, "keep" | "tell">,
): DeploymentStore {
  const imageOf = rememberImages();
  return {
    ...openDeploymentReads({ db, secrets, report }),
    create: (deployment) =>
      queue.write("deploymentCreate", (transaction) => create(transaction, deployment, secrets)),
    saveNode: async (id, progress) => {
      const run = await queue.write("deploymentNode", async (transaction) => {
        await saveNode(transaction, id, progress);
        const image = await imageOf(transaction, id);
        return stepRuns.keep(transaction, { deployment: id, image, progress });
      });
      if (run) stepRuns.tell(run);
    },
    addNodes: (id, { plans, nodes }) =>
      queue.write("deploymentAddNodes", async (transaction) => {
        const row = { plans: JSON.stringify(plans) };
        const update = transaction.updateTable("deployments").set(row).where("id", "=", id);
        const { numUpdatedRows } = await update.executeTakeFirstOrThrow();
        if (numUpdatedRows === 0n) throw new Error(`Cannot add nodes to ${id}: there is no such deployment`);
        const last = await transaction
          .selectFrom("deployment_nodes")
          .select(({ fn }) => fn.max("position").as("position"))
          .where("deployment", "=", id)
          .executeTakeFirst();
        await addNodes(transaction, { id, nodes, from: Number(last?.position ?? -1) + 1 });
      }),
    saveTotals: (id, { endedAtMs, sourceSentBytes }) =>
      queue.write("deploymentTotals", async (transaction) => {
        const totals = { ended_at_ms: endedAtMs ?? null, source_sent_bytes: sourceSentBytes };
        const update = transaction.updateTable("deployments").set(totals).where("id", "=", id);
        const { numUpdatedRows } = await update.executeTakeFirstOrThrow();
        if (numUpdatedRows === 0n) throw new Error(`Cannot save to ${id}: there is no such deployment`);
      }),
  };
}

async function saveNode(transaction: Transaction<Schema>, id: string, progress: NodeProgress): Promise<void> {
  const row = { running: Number(isHeld(progress.state)), progress: JSON.stringify(progress) };
  const update = transaction.updateTable("deployment_nodes").set(row);
  const saved = update.where("deployment", "=", id).where("node", "=", progress.node);
  const { numUpdatedRows } = await saved.executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n)
    throw new Error(`Cannot save ${progress.node} of ${id}: the deployment has no such node`);
}

/** The image of a deployment, which never changes. */
function rememberImages(): (transaction: Transaction<Schema>, id: string) => Promise<string> {
  const images = new Map<string, string>();
  return async (transaction, id) => {
    const known = images.get(id);
    if (known !== undefined) return known;
    const all = transaction.selectFrom("deployments").select("request");
    const row = await all.where("id", "=", id).executeTakeFirst();
    const image = row ? storedObject<StoredRequest>(row.request, "request").image : "";
    images.set(id, image);
    const [oldest = id] = images.keys();
    if (images.size > MAX_IMAGES_KNOWN) images.delete(oldest);
    return image;
  };
}

async function create(
  transaction: Transaction<Schema>,
  deployment: Deployment,
  secrets: SecretBox,
): Promise<void> {
  const last = await transaction
    .selectFrom("deployments")
    .select(({ fn }) => fn.max("position").as("position"))
    .executeTakeFirst();
  const row = {
    id: deployment.id,
    position: Number(last?.position ?? 0) + 1,
    request: JSON.stringify(sealRequest(deployment.request, deployment.id, secrets)),
    image_digest: deployment.imageDigest,
    image_raw_bytes: deployment.imageRawBytes,
    plans: JSON.stringify(deployment.plans),
    created_at_ms: deployment.createdAtMs,
    ended_at_ms: deployment.endedAtMs ?? null,
    source_sent_bytes: deployment.sourceSentBytes,
  };
  await transaction.insertInto("deployments").values(row).execute();
  await addNodes(transaction, { id: deployment.id, nodes: deployment.nodes, from: 0 });
}

async function addNodes(
  transaction: Transaction<Schema>,
  {
    id,
    nodes,
    from,
  }: { readonly id: string; readonly nodes: readonly NodeProgress[]; readonly from: number },
): Promise<void> {
  for (const [index, progress] of nodes.entries()) {
    const node = {
      deployment: id,
      node: progress.node,
      position: from + index,
      running: Number(isHeld(progress.state)),
      progress: JSON.stringify(progress),
    };
    await transaction.insertInto("deployment_nodes").values(node).execute();
  }
}
