import type { Generated } from "kysely";

/** The tables as Kysely sees them. How they came about: `migrations.ts`. */
export type Schema = {
  readonly leases: LeaseRow;
  readonly nodes: NodeRow;
  readonly node_groups: NodeGroupRow;
  readonly group_workflows: GroupWorkflowRow;
  readonly group_operations: GroupOperationRow;
  readonly layouts: LayoutRow;
  readonly image_versions: ImageRow;
  readonly deployments: DeploymentRow;
  readonly deployment_nodes: DeploymentNodeRow;
  readonly boot_tokens: BootTokenRow;
  readonly sessions: SessionRow;
  readonly inventories: InventoryRow;
  readonly node_findings: NodeFindingRow;
  readonly naming_rules: NamingRuleRow;
  readonly boots: BootRow;
  readonly boot_machines: BootMachineRow;
  readonly boot_lessons: BootLessonRow;
  readonly fabric_graph: FabricGraphRow;
  readonly fabric_scans: FabricScanRow;
  readonly users: UserRow;
  readonly api_tokens: ApiTokenRow;
  readonly webhooks: WebhookRow;
  readonly webhook_deliveries: WebhookDeliveryRow;
  readonly step_runs: Omit<StepRunRow, "id"> & { readonly id: Generated<number> };
};

/** Where leases were before they had a journal: read once, when that is made. */
export type LeaseRow = {
  readonly address: string;
  readonly mac: string;
  readonly client_id: string | null;
  readonly expires_at_ms: number;
  readonly state: string;
};

export type LayoutRow = {
  readonly name: string;
  /** YAML as its owner wrote it. */
  readonly text: string;
};

export type NodeRow = {
  readonly name: string;
  /** JSON array of MAC addresses. */
  readonly macs: string;
  readonly status: string;
  readonly address: string | null;
  readonly firmware: string | null;
  /** JSON, without the password. */
  readonly power: string | null;
  /** AES-256-GCM, see `secret_box.ts`. */
  readonly bmc_password: Uint8Array | null;
  /** JSON array of strings. */
  readonly kernel_arguments: string;
  /** 0 or 1; null when nobody said. */
  readonly secure_boot: number | null;
  /** JSON array of names, in the order in which they count. */
  readonly groups: string;
  /** JSON array of strings. */
  readonly dhcp_options: string;
  /** JSON of `NodeIdentity`; null when nothing is known. */
  readonly identity: string | null;
  /** 0 or 1. */
  readonly pinned: number;
  /** 0 or 1. */
  readonly protected: number;
};

export type NodeGroupRow = {
  readonly name: string;
  /** JSON array of strings. */
  readonly dhcp_options: string;
  /** 0 or 1. */
  readonly pinned: number;
};

export type GroupWorkflowRow = {
  /** Of the group. */
  readonly name: string;
  /** JSON of `WorkflowOverride`. */
  readonly workflow: string;
};

export type GroupOperationRow = {
  /** Of the group. */
  readonly name: string;
  /** JSON array of `Operation`. */
  readonly operations: string;
};

export type ImageRow = {
  readonly owner: string;
  readonly name: string;
  readonly version: number;
  readonly visibility: string;
  readonly digest: string;
  /** JSON of the rest of `Image`. */
  readonly image: string;
};

export type DeploymentRow = {
  readonly id: string;
  /** Order of creation. */
  readonly position: number;
  /** JSON of `DeploymentRequest`. */
  readonly request: string;
  readonly image_digest: string;
  readonly image_raw_bytes: number;
  /** JSON array of `Plan`; null before there were plans. */
  readonly plans: string | null;
  readonly created_at_ms: number;
  readonly ended_at_ms: number | null;
  readonly source_sent_bytes: number;
};

export type DeploymentNodeRow = {
  readonly deployment: string;
  readonly node: string;
  /** Place in the request. */
  readonly position: number;
  /** 1 while the deployment holds the node: one deployment a node, by a unique index. */
  readonly running: number;
  /** JSON of `NodeProgress`. */
  readonly progress: string;
};

type BoundRow = {
  readonly hash: string;
  readonly node: string;
  readonly mac: string;
  readonly address: string;
  readonly deployment: string;
};

export type BootTokenRow = BoundRow & {
  readonly expires_at_ms: number;
  readonly used_by: string | null;
};

export type SessionRow = BoundRow & {
  readonly boot_id: string;
  readonly token: string;
  readonly confirmed: number;
};

export type InventoryRow = {
  readonly node: string;
  /** JSON of `Inventory`. */
  readonly inventory: string;
  /** Unix time, and larger than those of all before; 0: before this was kept. */
  readonly said_at_ms: number;
};

export type NodeFindingRow = {
  readonly key: string;
  /** JSON of `Finding`. */
  readonly finding: string;
  readonly since_ms: number;
  /** 0 or 1. */
  readonly accepted: number;
};

export type NamingRuleRow = {
  readonly id: number;
  readonly switches: string;
  readonly pattern: string;
  /** 0 or 1. */
  readonly registers: number;
};

export type BootRow = {
  /** Order of writing: of one machine, the order of its boots. */
  readonly id: number;
  /** The first of its node. */
  readonly mac: string;
  /** JSON of `Boot`. */
  readonly boot: string;
};

export type BootMachineRow = {
  readonly mac: string;
  /** JSON of `Remembered`; times are of the wall clock. */
  readonly remembered: string;
};

export type BootLessonRow = {
  readonly model: string;
  /** JSON of `Lesson`. */
  readonly lesson: string;
};

/** One row. */
export type FabricGraphRow = {
  readonly id: number;
  /** JSON of `Fabric`. */
  readonly fabric: string;
  /** JSON of `ScanRecord`: how it came about. */
  readonly record: string;
  /** JSON array of `TakenCredentials`. */
  readonly taken: string;
};

export type FabricScanRow = {
  readonly id: number;
  /** JSON of `ScanRecord`. */
  readonly record: string;
};

export type UserRow = {
  readonly name: string;
  readonly role: string;
  readonly created_at_ms: number;
  /** 0 or 1. */
  readonly disabled: number;
};

export type ApiTokenRow = {
  readonly id: string;
  readonly label: string;
  readonly user: string;
  /** SHA-256, hex. */
  readonly hash: string;
  readonly created_at_ms: number;
  readonly last_used_at_ms: number | null;
  readonly expires_at_ms: number | null;
};

export type WebhookRow = {
  readonly id: string;
  readonly url: string;
  /** JSON array of strings. */
  readonly kinds: string;
  /** AES-256-GCM, see `secret_box.ts`. */
  readonly secret: Uint8Array;
  /** 0 or 1. */
  readonly allow_local: number;
  readonly created_at_ms: number;
};

export type WebhookDeliveryRow = {
  /** Order of creation; the database counts. */
  readonly position: Generated<number>;
  readonly id: string;
  readonly webhook: string;
  readonly body: string;
  readonly created_at_ms: number;
};

/** One attempt at one step, or a power command: see `StepRun`. */
export type StepRunRow = {
  /** Order of writing. */
  readonly id: number;
  readonly deployment: string;
  readonly node: string;
  readonly model: string;
  readonly step: string;
  readonly phase: number;
  readonly way: string;
  readonly round: number;
  readonly turn: number;
  readonly attempt: number;
  readonly started_at_ms: number;
  readonly took_ms: number;
  /** 0 or 1. */
  readonly ok: number;
  readonly why: string | null;
  readonly image: string;
};
