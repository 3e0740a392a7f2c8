import type { Readable } from "node:stream";
import type { Users } from "#src/access/users.ts";
import type { Inventory } from "#src/agent/inventory.ts";
import type { BootTimelines } from "#src/boot/timelines.ts";
import type { Consent } from "#src/deploy/consent.ts";
import type { Deployment, DeploymentRequest, StartProblem } from "#src/deploy/deployment.ts";
import type { GroupOperations } from "#src/deploy/group_operations.ts";
import type { GroupWorkflows } from "#src/deploy/group_workflows.ts";
import type { Joiners, JoinResult } from "#src/deploy/joining.ts";
import type { Layouts } from "#src/deploy/layout/layouts.ts";
import type { Learned } from "#src/deploy/learned_limits.ts";
import type { Preview } from "#src/deploy/starting.ts";
import type { StepRunStore } from "#src/deploy/step_run.ts";
import type { RecordEvent } from "#src/events/event.ts";
import type { EventLog } from "#src/events/event_log.ts";
import type { DhcpCount } from "#src/events/observation_counts.ts";
import type { CablingFinding, ExpectedCabling } from "#src/fabric/cabling_types.ts";
import type { ChainOrder } from "#src/fabric/order_types.ts";
import type { KnownFabric, ScanRecord, ScanTrigger } from "#src/fabric/scan_record.ts";
import type { ImageCatalogue } from "#src/images/catalogue.ts";
import type { ImageLibrary } from "#src/images/library.ts";
import type { NodeGroups } from "#src/nodes/groups.ts";
import type { Identities } from "#src/nodes/identities.ts";
import type { NamingRules } from "#src/nodes/naming_rules.ts";
import type { Node } from "#src/nodes/node.ts";
import type { NodeRegistry } from "#src/nodes/registry.ts";
import type { Power } from "#src/power/power.ts";
import type { WindowState } from "#src/power/window.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Webhooks } from "#src/webhooks/webhooks.ts";
import type { StatusView } from "./api_types.ts";
import type { FindingView } from "./doctor_types.ts";
import type { NodeLive } from "./views.ts";
import type { WaitingDescriptions } from "./waiting_descriptions.ts";

/** What the API asks of the deployment service. */
export type DeploymentsApi = {
  readonly start: (
    request: DeploymentRequest,
    consent?: Consent,
  ) => Promise<
    | { readonly ok: true; readonly deployment: Deployment }
    | { readonly ok: false; readonly problem: StartProblem }
  >;
  /** What would become of a request; changes nothing. */
  readonly preview: (request: DeploymentRequest, consent: Consent) => Preview;
  /** Takes late nodes into a running deployment. */
  readonly join: (joiners: Joiners) => Promise<JoinResult>;
  /** Lets nodes that stand go on: those named, else all. @returns those that do */
  readonly goOn: (id: string, nodes?: readonly string[]) => Promise<readonly string[]>;
  /** As it is now, running or ended. */
  readonly byId: (id: string) => Promise<Deployment | undefined>;
  /** The newest `count`, newest first; of those that are older than `after`, an id. */
  readonly list: (count: number, after?: string) => Promise<readonly Deployment[]>;
  /** Those under way, as they are now. */
  readonly running: () => readonly Deployment[];
  /** Ends a running deployment; resolves when its nodes have ended. @returns false when none of that id is running */
  readonly cancel: (id: string) => Promise<boolean>;
  /** The running deployment that has this node. */
  readonly deploymentOf: (node: string) => string | undefined;
};

/** What the API asks about the wiring. */
export type FabricApi = {
  /** Undefined: nobody was asked and nothing was heard yet. */
  readonly known: () => KnownFabric | undefined;
  readonly running: () => { readonly trigger: ScanTrigger; readonly startedAtMs: number } | undefined;
  /** Why the last scan failed, when it did. */
  readonly failure: () => { readonly atMs: number; readonly problem: string } | undefined;
  /** A whole sentence when no scan could do anything. */
  readonly whyNotScan: (seeds: readonly Ipv4[]) => string | undefined;
  /** Begins a scan, unless one runs. */
  readonly begin: (seeds: readonly Ipv4[]) => void;
  /** @returns whether one ran */
  readonly cancel: () => boolean;
  /** The newest first. */
  readonly history: (count: number) => Promise<readonly ScanRecord[]>;
  /** The order in which a chain would go through these nodes. */
  readonly order: (nodes: readonly string[]) => ChainOrder;
  /** What is wrong with the cabling; undefined when nothing is known of it. */
  readonly check: (
    expected: ExpectedCabling | undefined,
    unexpected: boolean,
  ) => readonly CablingFinding[] | undefined;
  /** Sees to it that what is known is not older than an hour, as far as `waitMs` allows. */
  readonly refresh: (waitMs: number) => Promise<void>;
};

/** Everything behind the API. Each is the real thing or a small honest one in memory. */
export type ApiServices = {
  readonly users: Pick<
    Users,
    | "authenticate"
    | "holds"
    | "all"
    | "byName"
    | "tokens"
    | "add"
    | "update"
    | "remove"
    | "createToken"
    | "revoke"
  >;
  readonly webhooks: Pick<Webhooks, "all" | "add" | "remove" | "test">;
  readonly nodes: Pick<
    NodeRegistry,
    "byName" | "byMac" | "all" | "add" | "addAll" | "update" | "remove" | "membersOf" | "change"
  >;
  readonly identities: Pick<Identities, "open" | "ofNode" | "placesOf" | "accept">;
  readonly naming: Pick<NamingRules, "all" | "add" | "remove">;
  readonly groups: Pick<NodeGroups, "byName" | "all" | "add" | "update" | "remove">;
  readonly groupWorkflows: Pick<GroupWorkflows, "of" | "set" | "clear">;
  /** What the appliance logs in to nodes with, as a line of an authorized_keys file. */
  readonly sshPublicKey: string;
  readonly layouts: Pick<Layouts, "byName" | "all" | "add" | "remove">;
  readonly groupOperations: Pick<GroupOperations, "of" | "set" | "clear">;
  readonly images: Pick<ImageCatalogue, "all">;
  readonly library: Pick<ImageLibrary, "import" | "set" | "remove" | "verify" | "export" | "ownBytes">;
  /** Those that wait for their upload. */
  readonly descriptions: WaitingDescriptions;
  readonly deployments: DeploymentsApi;
  readonly fabric: FabricApi;
  readonly power: Pick<Power, "act" | "reserve">;
  /** Who may be started now, and who waits. */
  readonly windows: () => { readonly reboot: WindowState; readonly power: WindowState };
  readonly stepRuns: Pick<StepRunStore, "totals" | "failures" | "steps" | "slowest" | "pages">;
  /** What past boots say about time limits. */
  readonly learned: () => readonly Learned[];
  readonly timelines: Pick<BootTimelines, "of">;
  readonly events: Pick<EventLog, "since" | "subscribe">;
  readonly record: RecordEvent;
  /** What its agent said last that it is made of. */
  readonly inventoryOf: (node: string) => Inventory | undefined;
  /** What is known of a node at this moment and is not kept. */
  readonly seen: (node: Node) => Omit<NodeLive, "deployment">;
  /** The part of the status that only the composition root knows. */
  readonly status: () => Pick<StatusView, "version" | "uptimeSec" | "interface" | "address" | "agents">;
  /** The state of the appliance as a tar; fails while it is read when something cannot be had. */
  readonly backup: (choice: { readonly secrets: boolean; readonly images: boolean }) => Promise<Readable>;
  /** What only the boot services count. */
  readonly gauges: () => {
    readonly pools: readonly { readonly pool: string; readonly used: number; readonly size: number }[];
    readonly dhcp: readonly DhcpCount[];
  };
  /** Looks at the machine and its wires; takes some seconds. */
  readonly examine: () => Promise<readonly FindingView[]>;
  /** Wall clock. */
  readonly nowMs: () => number;
  /** Bugs. The server keeps running and answers 500. */
  readonly onFault: (fault: unknown) => void;
};
