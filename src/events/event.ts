import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { type AccessEvent, describeAccess, isAccessEvent } from "./access_event.ts";
import type { BroadcastEvent } from "./broadcast_event.ts";
import { type DeployEvent, describeDeploy } from "./deploy_event.ts";
import { type DiskEvent, describeDisk } from "./disk_event.ts";
import { describeFabric, type FabricEvent } from "./fabric_event.ts";
import { describeIdentity, type IdentityEvent } from "./identity_event.ts";
import { describeImageEvent, type ImageEvent } from "./image_event.ts";
import { describeState, type StateEvent } from "./state_event.ts";
import { describeWebhook, isWebhookEvent, type WebhookEvent } from "./webhook_event.ts";

/**
 * Everything that happens, as data. The event log keeps these, the API
 * streams them, the log prints them; nobody builds a sentence at the call site.
 */
export type ApplianceEvent =
  | { readonly kind: "leaseGiven"; readonly mac: Mac; readonly address: Ipv4; readonly node: string }
  | { readonly kind: "leaseRefused"; readonly mac: Mac; readonly because: string }
  | { readonly kind: "leaseNotStored"; readonly mac: Mac; readonly address: Ipv4; readonly because: string }
  | { readonly kind: "addressDeclined"; readonly mac: Mac; readonly address: Ipv4 }
  | {
      readonly kind: "addressInUse";
      /** Who was offered the address. */
      readonly mac: Mac;
      readonly address: Ipv4;
      /** Who answers for it. */
      readonly holder: Mac;
      readonly setAside: boolean;
    }
  | { readonly kind: "foreignDhcpServer"; readonly server: Ipv4; readonly offered: Ipv4 }
  | BootEvent
  | {
      readonly kind: "packetRejected";
      readonly protocol: "dhcp" | "tftp" | "http" | "agent" | "data";
      readonly peer: string;
      readonly problem: string;
    }
  | RecordChange
  | AccessEvent
  | WebhookEvent
  | ImageEvent
  | IdentityEvent
  | {
      readonly kind: "agentConnected";
      readonly node: string;
      readonly address: Ipv4;
      readonly resumed: boolean;
    }
  | { readonly kind: "agentLost"; readonly node: string; readonly because: string }
  | { readonly kind: "tokenRefused"; readonly peer: string; readonly mac: string; readonly because: string }
  | DeployEvent
  | BroadcastEvent
  | FabricEvent
  | DiskEvent
  | {
      readonly kind: "powerCommanded";
      readonly node: string;
      readonly action: string;
      readonly ok: boolean;
      readonly detail: string;
      /** Until it was seen to be done, with the wait for its turn at the BMC. */
      readonly tookMs: number;
    };

/** What a machine was told and given. */
type BootEvent =
  | { readonly kind: "loaderOffered"; readonly mac: Mac; readonly file: string; readonly firmware: string }
  | {
      readonly kind: "loaderFailed";
      readonly mac: Mac;
      readonly file: string;
      /** What it gets now; nothing when it was in circles for too long. */
      readonly next: string | undefined;
    }
  | {
      readonly kind: "bootsInCircles";
      readonly mac: Mac;
      /** Scripts fetched in a row. */
      readonly times: number;
      /** The loader that it fetches each time, unless it has one of its own. */
      readonly file: string | undefined;
    }
  | {
      readonly kind: "fileSent";
      readonly peer: Ipv4;
      readonly file: string;
      readonly via: "tftp" | "http";
      readonly bytes: number;
      readonly tookMs: number;
    }
  | { readonly kind: "bootScriptSent"; readonly mac: Mac; readonly node: string; readonly profile: string };

/** What happened to the appliance's own records. */
type RecordChange =
  | { readonly kind: "nodeDiscovered"; readonly node: string; readonly mac: Mac }
  | { readonly kind: "nodeAdded"; readonly node: string }
  | { readonly kind: "nodeChanged"; readonly node: string }
  | { readonly kind: "nodeRemoved"; readonly node: string }
  | { readonly kind: "nodesImported"; readonly added: number; readonly updated: number }
  | { readonly kind: "groupAdded"; readonly group: string }
  | { readonly kind: "groupChanged"; readonly group: string }
  | { readonly kind: "groupRemoved"; readonly group: string }
  | StateEvent;

/** An event as the log holds it: numbered without gaps, with its time. */
export type LoggedEvent = {
  readonly sequence: number;
  readonly atMs: number;
  readonly event: ApplianceEvent;
};

/** Where events go. Never throws, never blocks. */
export type RecordEvent = (event: ApplianceEvent) => void;

/** One line for a human. The only place where an event becomes prose. */
export function describeEvent(event: ApplianceEvent): string {
  if (isAccessEvent(event)) return describeAccess(event);
  if (isWebhookEvent(event)) return describeWebhook(event);
  switch (event.kind) {
    case "leaseGiven":
      return `${event.node} (${event.mac}) has address ${event.address}`;
    case "leaseRefused":
      return `No address for ${event.mac}: ${event.because}`;
    case "leaseNotStored":
      return `Lease of ${event.address} to ${event.mac} is in memory only: ${event.because}`;
    case "addressDeclined":
      return `${event.mac} declined ${event.address}: another machine uses it; set aside`;
    case "addressInUse":
      return `${event.holder} uses ${event.address}, which ${event.mac} was offered; ${event.setAside ? "set aside" : "it stays with that offer"}`;
    case "foreignDhcpServer":
      return `Another DHCP server, ${event.server}, offered ${event.offered} on the provisioning network`;
    case "packetRejected":
      return `${event.protocol} packet from ${event.peer} rejected: ${event.problem}`;
    case "agentConnected":
      return `Agent of ${event.node} ${event.resumed ? "is back" : "connected"} from ${event.address}`;
    case "agentLost":
      return `Agent of ${event.node} is gone: ${event.because}`;
    case "tokenRefused":
      return `Boot token from ${event.peer} (${event.mac}) refused: ${event.because}`;
    case "powerCommanded":
      return `Power ${event.action} of ${event.node} ${event.ok ? "done" : "failed"}: ${event.detail}`;
    default:
      return describeBoot(event);
  }
}

type Later =
  | RecordChange
  | ImageEvent
  | DeployEvent
  | BroadcastEvent
  | IdentityEvent
  | FabricEvent
  | DiskEvent;

function describeBoot(event: BootEvent | Later): string {
  switch (event.kind) {
    case "loaderOffered":
      return `${event.mac} (${event.firmware}) was told to load ${event.file}`;
    case "loaderFailed":
      return `${event.mac} fetched ${event.file} and did not start it: it ${event.next === undefined ? "gets no loader for some minutes" : `is told to load ${event.next} now`}`;
    case "bootsInCircles":
      return `${event.mac} boots in circles: it fetched ${event.file === undefined ? "" : `${event.file} and `}its script ${event.times} times in a row`;
    case "fileSent":
      return `${event.peer} fetched ${event.file} by ${event.via}: ${event.bytes} bytes in ${event.tookMs} ms`;
    case "bootScriptSent":
      return `${event.node} (${event.mac}) was told to boot: ${event.profile}`;
    default:
      return describeRecordChange(event);
  }
}

function describeRecordChange(event: Later): string {
  switch (event.kind) {
    case "nodeDiscovered":
      return `Discovered ${event.mac} as ${event.node}`;
    case "nodeAdded":
      return `Node ${event.node} was added`;
    case "nodeChanged":
      return `Node ${event.node} was changed`;
    case "nodeRemoved":
      return `Node ${event.node} was removed`;
    case "nodesImported":
      return `Nodes were imported: ${event.added} added, ${event.updated} changed`;
    case "groupAdded":
      return `Group ${event.group} was added`;
    case "groupChanged":
      return `Group ${event.group} was changed`;
    case "groupRemoved":
      return `Group ${event.group} was removed`;
    case "storeFailed":
    case "backupTaken":
    case "storedRowSkipped":
      return describeState(event);
    default:
      return describeOther(event);
  }
}

function describeOther(event: Exclude<Later, RecordChange>): string {
  switch (event.kind) {
    case "nodesMerged":
    case "nodeSplit":
    case "nodeReplaced":
    case "nodeMacsSwapped":
    case "nodesAccepted":
    case "nodesNamed":
    case "machineNotNamed":
    case "identityDoubt":
    case "identitySettled":
    case "nodeHeld":
      return describeIdentity(event);
    case "imageImported":
    case "imageChanged":
    case "imageRemoved":
    case "imageDamaged":
      return describeImageEvent(event);
    case "fabricScanned":
    case "fabricScanFailed":
    case "fabricScanCut":
    case "switchSilent":
    case "switchAnswers":
    case "switchTableCut":
    case "nodeRewired":
    case "fabricContradiction":
      return describeFabric(event);
    case "nodePaused":
    case "deploymentStarted":
    case "deploymentCancelled":
    case "stepStarted":
    case "stepFinished":
    case "stepFailed":
    case "nodeDeployed":
    case "nodeFailed":
    case "deploymentEnded":
    case "nodeContinued":
    case "pausedNodeLost":
    case "nodesJoined":
    case "spareTookPlace":
    case "sparesReleased":
      return describeDeploy(event);
    default:
      return describeDisk(event);
  }
}
