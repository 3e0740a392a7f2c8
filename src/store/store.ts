import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { TokenStore } from "#src/access/boot_token.ts";
import type { UserStore } from "#src/access/user.ts";
import { modelOf } from "#src/agent/inventory.ts";
import type { BootStore } from "#src/boot/boot_store.ts";
import type { DeploymentStore } from "#src/deploy/deployment_store.ts";
import type { GroupOperationStore } from "#src/deploy/group_operations.ts";
import type { GroupWorkflowStore } from "#src/deploy/group_workflows.ts";
import type { LayoutStore } from "#src/deploy/layout/layout_store.ts";
import type { StepRunStore } from "#src/deploy/step_run.ts";
import type { LeaseStore } from "#src/dhcp/lease_store.ts";
import type { FabricStore } from "#src/fabric/scan_record.ts";
import type { ImageCatalogue } from "#src/images/catalogue.ts";
import type { FindingStore } from "#src/nodes/finding_store.ts";
import type { GroupStore } from "#src/nodes/group_store.ts";
import type { NamingRuleStore } from "#src/nodes/naming_rule.ts";
import type { NodeStore } from "#src/nodes/node_store.ts";
import { StartError } from "#src/value/start_error.ts";
import type { WebhookStore } from "#src/webhooks/webhook.ts";
import { BACKUP_FOLDER, RESTORING_FOLDER } from "./backup/backup_names.ts";
import { openBoots } from "./boot_rows.ts";
import { openDeployments } from "./deployment_rows.ts";
import { openFabric } from "./fabric_rows.ts";
import { openFindings } from "./finding_rows.ts";
import { openGroupOperations } from "./group_operation_rows.ts";
import { openGroups } from "./group_rows.ts";
import { openGroupWorkflows } from "./group_workflow_rows.ts";
import { openImages } from "./image_rows.ts";
import { type InventoryStore, openInventories } from "./inventory_rows.ts";
import { openLayouts } from "./layout_rows.ts";
import type { LeaseJournal } from "./lease_journal.ts";
import { openLeases } from "./lease_rows.ts";
import { migrate } from "./migrate.ts";
import { openNamingRules } from "./naming_rule_rows.ts";
import { openNodes } from "./node_rows.ts";
import { openSecretBox, type SecretBox } from "./secret_box.ts";
import { openDatabase, storageError } from "./sqlite_database.ts";
import { openStepRuns } from "./step_run_rows.ts";
import type { ReportSkipped } from "./stored_rows.ts";
import { openTokens } from "./token_rows.ts";
import { openUsers } from "./user_rows.ts";
import { openWebhooks } from "./webhook_rows.ts";
import type { ReachWrite } from "./write_names.ts";
import { WriteQueue } from "./write_queue.ts";

export const DATABASE_FILE = "brigade.db";

/** About 200 MB. */
export const DEFAULT_KEPT_RUNS = 1_000_000;

export type StoreOptions = {
  /** Attempts at steps that are kept; the oldest go. */
  readonly keptRuns?: number;
  /** For tests that kill the process at a write. */
  readonly reach?: ReachWrite;
};

/** Everything that outlives the process, but for image data. A write that resolved survives SIGKILL and loss of power. */
export type Store = {
  readonly leases: LeaseStore;
  readonly nodes: NodeStore;
  readonly groups: GroupStore;
  readonly groupWorkflows: GroupWorkflowStore;
  readonly groupOperations: GroupOperationStore;
  readonly inventories: InventoryStore;
  readonly findings: FindingStore;
  readonly namingRules: NamingRuleStore;
  readonly images: ImageCatalogue;
  readonly layouts: LayoutStore;
  readonly deployments: DeploymentStore;
  readonly stepRuns: StepRunStore;
  readonly tokens: TokenStore;
  readonly users: UserStore;
  readonly webhooks: WebhookStore;
  readonly boots: BootStore;
  readonly fabric: FabricStore;
  readonly secrets: SecretBox;
  /** Copies the database, as it is at one moment, into a file that is not there yet. Work goes on meanwhile. */
  readonly copyDatabase: (path: string) => Promise<void>;
  /** Finishes the writes that are under way, then lets go of the database. */
  readonly close: () => Promise<void>;
};

/**
 * Opens the state in `dir`, making folder, key and database at the first start.
 *
 * @param report is told of rows that cannot be read and are left out
 * @throws {StartError} it cannot be opened, is in use by another appliance, damaged, or newer than this program
 */
export async function openStore(
  dir: string,
  report: ReportSkipped,
  options: StoreOptions = {},
): Promise<Store> {
  makeDirectory(dir);
  refuseHalfRestored(dir);
  const path = join(dir, DATABASE_FILE);
  const { db, copyTo, close } = await openDatabase(path);
  let leases: LeaseJournal | undefined;
  try {
    // The lock is held: no backup is being made by another appliance.
    tidy(dir);
    await migrate(db, path, { copyTo });
    // After the database: its lock keeps a second appliance from making another key.
    const secrets = openSecretBox(dir);
    const queue = new WriteQueue(db, (fault) => storageError(path, fault), options.reach);
    const parts = { db, queue, secrets, report };
    leases = await openLeases(dir, parts);
    const journal = leases;
    const inventories = await openInventories(parts);
    const stepRuns = openStepRuns(parts, {
      keptRuns: options.keptRuns ?? DEFAULT_KEPT_RUNS,
      modelOf: (node) => modelOf(inventories.byNode(node)),
    });
    return {
      leases,
      nodes: await openNodes(parts, inventories),
      groups: await openGroups(parts),
      groupWorkflows: await openGroupWorkflows(parts),
      groupOperations: await openGroupOperations(parts),
      inventories,
      findings: await openFindings(parts),
      namingRules: await openNamingRules(parts),
      images: await openImages(parts),
      layouts: await openLayouts(parts),
      deployments: openDeployments(parts, stepRuns),
      stepRuns,
      tokens: await openTokens(parts),
      users: await openUsers(parts),
      webhooks: await openWebhooks(parts),
      boots: await openBoots(parts),
      fabric: await openFabric(parts),
      secrets,
      copyDatabase: copyTo,
      close: async () => {
        await journal.close();
        await queue.close();
        await db.destroy();
      },
    };
  } catch (fault) {
    await leases?.close();
    // Kysely closes only what it has used.
    await db.destroy();
    await close();
    if (fault instanceof StartError) throw fault;
    throw new StartError(`Cannot read "${path}": ${(fault as Error).message}`, { cause: fault });
  }
}

/** Leaves the folder of a broken restore to the next restore. */
function refuseHalfRestored(dir: string): void {
  if (existsSync(join(dir, RESTORING_FOLDER))) {
    const problem = `Cannot use "${dir}": a restore into it was broken off; run "brigade restore" again`;
    throw new StartError(problem);
  }
}

/** Takes away what a broken backup left. */
function tidy(dir: string): void {
  for (const entry of readdirSync(dir, { withFileTypes: true }))
    if (entry.isDirectory() && BACKUP_FOLDER.test(entry.name))
      rmSync(join(dir, entry.name), { recursive: true });
}

function makeDirectory(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  } catch (fault) {
    throw new StartError(`Cannot make folder "${dir}": ${(fault as Error).message}`, { cause: fault });
  }
}
