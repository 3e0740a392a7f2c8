import type { NodeReport } from "#src/broadcast/node_report.ts";
import type { BootLoaderPolicy, Probe } from "#src/images/description.ts";
import type { Verify } from "#src/value/verify.ts";
import type { Claim } from "./claims.ts";
import type { DiskRule } from "./disk_rule.ts";
import type { NodeState } from "./node_state.ts";
import type { Operation } from "./operation.ts";
import type { OperationProblem } from "./operation_check.ts";
import type { Plan } from "./plan.ts";
import type { Seed } from "./seed/seed.ts";
import type { PhaseNumber, StepName } from "./steps.ts";
import type { SuccessRule } from "./success_rule.ts";
import type { WorkflowOverride } from "./workflow.ts";

/** What a user asked for. */
export type DeploymentRequest = {
  /** Name in the catalogue. */
  readonly image: string;
  /** Node names, each once, in natural order. */
  readonly nodes: readonly string[];
  /** OpenSSH public keys for root of the new system. */
  readonly authorizedKeys: readonly string[];
  /** False: the appliance's own key does not get among them. */
  readonly applianceKey?: boolean | undefined;
  readonly partitionTable: "gpt" | "mbr";
  /** How each node makes sure that what it wrote is the image; without it `digest`. */
  readonly verify?: Verify | undefined;
  /** Device to install to; without it the smallest disk that is not removable and large enough. */
  readonly disk?: string | undefined;
  /** How the disk is divided; without it as `partitionTable` says. */
  readonly layout?: string | undefined;
  /** What the image's description wants of a disk, as it was when the deployment began. */
  readonly minimumDiskBytes?: number | undefined;
  /** Which disk it is when `disk` does not say; without it the layout's own rule, else the default. */
  readonly diskRule?: DiskRule | undefined;
  /** Number, label or PARTUUID of the one existing partition to install into; everything else on the disk stays. */
  readonly partition?: string | undefined;
  /** With `partition`: what starts the disk may be replaced. */
  readonly bootSector?: boolean | undefined;
  /** The last partition of a disk image gets what is behind it; without it if it holds something that can grow. */
  readonly grow?: boolean | undefined;
  /** The image is a Linux disk that gets its own name, machine-id and SSH keys; without it a disk is left as it is. */
  readonly customize?: boolean | undefined;
  /** What starts the kernel of an archive; without it as the image's description says. */
  readonly bootLoader?: BootLoaderPolicy | undefined;
  /** What the system reads at its first start. Its user data are secret: never in a log, an event or an answer of the API. */
  readonly seed?: Seed | undefined;
  /** How the new system proves itself; without it as the image's description says. */
  readonly probe?: Probe | undefined;
  /** What differs from the workflows of the nodes' groups. */
  readonly workflow?: WorkflowOverride | undefined;
  /** Nodes stop before these steps until somebody says to go on. */
  readonly breakpoints?: readonly StepName[] | undefined;
  /** What its nodes do beside their steps. */
  readonly operations?: readonly Operation[] | undefined;
  /** Nodes in reserve, each once, in natural order: they take the places of nodes that fail. */
  readonly spares?: readonly string[] | undefined;
  /** When it counts as a success; without it all. */
  readonly success?: SuccessRule | undefined;
  /** The deployment whose failed nodes these are. */
  readonly retryOf?: string | undefined;
  /** Name of who asked. Absent: from before that was kept. */
  readonly owner?: string | undefined;
};

/** One attempt at one step of one node. */
export type StepRecord = {
  readonly step: string;
  readonly phase: PhaseNumber;
  /** `reboot`, `archive`, …, as the plan calls it. */
  readonly way: string;
  /** Which time that way was taken in a row, from 1. */
  readonly turn: number;
  /** Which journey into the ramdisk, from 1. */
  readonly round: number;
  readonly attempt: number;
  readonly startedAtMs: number;
  readonly tookMs: number;
  /** Why it failed; absent when it succeeded. */
  readonly why?: string | undefined;
};

/** How far the broadcast is on one node. */
export type BroadcastProgress = NodeReport;

export type NodeProgress = {
  readonly node: string;
  readonly state: NodeState;
  /** Place of its plan among those of the deployment. */
  readonly plan: number;
  /** Attempts that ended, oldest first, at most `MAX_RECORDS`. */
  readonly records: readonly StepRecord[];
  readonly broadcast?: BroadcastProgress | undefined;
  /** What its step waits for before it begins, such as `a slot of the reboot window`. Not stored. */
  readonly waitsFor?: string | undefined;
  /** Boots whose agents were there before this round's power command: theirs is not the agent that is waited for. */
  readonly formerBootIds?: readonly string[] | undefined;
  /** The boot that this round installs from, once its agent said hello. */
  readonly bootId?: string | undefined;
  /** `ssh-ed25519 BASE64`: what only the new system can prove to own. */
  readonly hostKey?: string | undefined;
  /** It was in reserve and took the place of this node. */
  readonly replaces?: string | undefined;
};

/** One request to put one image on a node set. Ends when every node is done, failed or cancelled. */
export type Deployment = {
  /** `d1`, `d2`, …: short enough to type. */
  readonly id: string;
  readonly request: DeploymentRequest;
  /** The image's identity at the time of the request: SHA-256 of its manifest. */
  readonly imageDigest: string;
  /** Bytes of the image's raw stream, at the time of the request. */
  readonly imageRawBytes: number;
  readonly createdAtMs: number;
  /** What its nodes do; those of one group do the same. At least one. */
  readonly plans: readonly Plan[];
  readonly endedAtMs?: number | undefined;
  /** In the order of the request, then those in reserve, then those that joined later. */
  readonly nodes: readonly NodeProgress[];
  /** Image bytes that left the appliance itself. */
  readonly sourceSentBytes: number;
};

/** Why a deployment was not started. Nothing was changed. */
export type StartProblem =
  | { readonly kind: "unknownImage"; readonly image: string }
  /** Several owners have one of that name. */
  | { readonly kind: "ambiguousImage"; readonly image: string; readonly labels: readonly string[] }
  /** The image cannot be installed this way; `why` is a clause such as `it is a disk image, needs a root archive`. */
  | { readonly kind: "unsuitableImage"; readonly image: string; readonly why: string }
  | { readonly kind: "noNodes" }
  | { readonly kind: "unknownNodes"; readonly nodes: readonly string[] }
  | { readonly kind: "noPower"; readonly nodes: readonly string[] }
  | {
      readonly kind: "nodesBusy";
      readonly nodes: readonly Claim[];
    }
  /** Asked for both as nodes and as spares. */
  | { readonly kind: "spareTwice"; readonly nodes: readonly string[] }
  /** An admin may say that they are meant. */
  | { readonly kind: "protectedNodes"; readonly nodes: readonly string[] }
  /** So many nodes want their number to be typed. */
  | { readonly kind: "unconfirmed"; readonly nodes: number; readonly given?: string | undefined }
  /** A breakpoint before a step that none of the nodes does. */
  | { readonly kind: "unknownStep"; readonly step: string; readonly known: readonly string[] }
  | ({ readonly kind: "badOperation" } & OperationProblem)
  /** More nodes are to succeed than take part. */
  | { readonly kind: "badSuccess"; readonly wanted: number; readonly nodes: number }
  | { readonly kind: "unsuitableNode"; readonly node: string; readonly why: string }
  | { readonly kind: "noKey"; readonly image: string }
  | { readonly kind: "badKey"; readonly key: string }
  /** `why` is a clause such as `no layout is called "x"`. */
  | { readonly kind: "badTarget"; readonly why: string }
  /** `why` is a clause such as `the user data have 70000 bytes, more than 65536`. */
  | { readonly kind: "badSeed"; readonly why: string }
  /** `why` is a clause such as `its image is a disk, and …`. */
  | { readonly kind: "unsuitableProbe"; readonly why: string }
  | { readonly kind: "badDisk"; readonly disk: string };
