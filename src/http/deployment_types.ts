/** What goes over the API about deployments. See `api_types.ts`. */
import { type Static, Type } from "typebox";
import { LEFT_WORDS } from "#src/deploy/left.ts";
import { MAX_REFERENCE_CHARACTERS } from "#src/images/image_reference.ts";
import { BroadcastView } from "./broadcast_types.ts";
import { CablingText } from "./fabric_types.ts";
import { OperationInputs } from "./operation_types.ts";
import { SYSTEM_FIELDS } from "./system_types.ts";
import { NodeSetText } from "./text_bounds.ts";
import { PlanView, WorkflowInput } from "./workflow_types.ts";

const strict = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0 });

const VerifyWord = Type.Union([Type.Literal("none"), Type.Literal("digest"), Type.Literal("readback")]);

const ConsentFields = {
  /** The number of nodes, spares with them: wanted for more of them than `confirm-above`. */
  confirm: Type.Optional(Type.String({ maxLength: 16 })),
  /** Install on protected nodes too; for admins. */
  forceProtected: Type.Optional(Type.Boolean()),
};

export const DeploymentCreate = Type.Object(
  {
    /** `owner/name:version`, of which owner and version may be left out. */
    image: Type.String({ minLength: 1, maxLength: MAX_REFERENCE_CHARACTERS }),
    nodes: NodeSetText,
    /** Of an archive, or a disk image that is customized: at least one. */
    authorizedKeys: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 16_384 }), { maxItems: 256 }),
    ),
    partitionTable: Type.Optional(Type.Union([Type.Literal("gpt"), Type.Literal("mbr")])),
    /** How each node makes sure that what it wrote is the image. */
    verify: Type.Optional(VerifyWord),
    disk: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    ...SYSTEM_FIELDS,
    /** How the disk is divided; without it as `partitionTable` says. */
    layout: Type.Optional(Type.String({ minLength: 1, maxLength: 63 })),
    /** `transport=nvme,smallest`. */
    diskRule: Type.Optional(Type.String({ minLength: 1, maxLength: 400 })),
    /** Number, label or PARTUUID of the one partition to install into. */
    partition: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    /** With `partition`: what starts the disk may be replaced. */
    bootSector: Type.Optional(Type.Boolean()),
    /** Nodes stop before these steps until `POST /deployments/:id/continue`. */
    breakpoints: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 64 })),
    operations: Type.Optional(OperationInputs),
    /** `all`, `8` or `80%`. */
    success: Type.Optional(Type.String({ minLength: 1, maxLength: 8 })),
    /** In reserve: each takes the place of a node that fails. */
    spares: Type.Optional(NodeSetText),
    /** Say what would happen, and do nothing. */
    dryRun: Type.Optional(Type.Boolean()),
    ...ConsentFields,
    /** False: the appliance's own key stays out of root's authorized_keys. */
    applianceKey: Type.Optional(Type.Boolean()),
    /** How to go about it, in place of what the groups of the nodes say. */
    workflow: Type.Optional(WorkflowInput),
    /** Refuse when the cabling of these nodes has errors; with `expected` against that file. */
    checkFabric: Type.Optional(Type.Object({ expected: Type.Optional(CablingText) }, strict)),
  },
  strict,
);
export type DeploymentCreate = Static<typeof DeploymentCreate>;

const Phase = Type.Union([Type.Literal(1), Type.Literal(2), Type.Literal(3)]);
const AtStep = { step: Type.String(), phase: Phase };
export const NodeStateView = Type.Union([
  Type.Object(
    { kind: Type.Literal("running"), ...AtStep, turn: Count, attempt: Count, round: Count },
    strict,
  ),
  /** Before the step: `POST /deployments/:id/continue` lets it go on. */
  Type.Object({ kind: Type.Literal("paused"), ...AtStep }, strict),
  /** In reserve: takes part when another node has failed. */
  Type.Object({ kind: Type.Literal("spare") }, strict),
  Type.Object({ kind: Type.Literal("done") }, strict),
  Type.Object({ kind: Type.Literal("failed"), ...AtStep, why: Type.String() }, strict),
  Type.Object({ kind: Type.Literal("cancelled"), ...AtStep }, strict),
]);

export const StepRecordView = Type.Object(
  {
    ...AtStep,
    /** How its phase was gone about: `reboot`, `archive`, … */
    way: Type.String(),
    /** Which time that way was taken in a row, from 1. */
    turn: Count,
    round: Count,
    attempt: Count,
    startedAtMs: Count,
    tookMs: Count,
    /** Why it failed; absent when it succeeded. */
    why: Type.Optional(Type.String()),
  },
  strict,
);
export type StepRecordView = Static<typeof StepRecordView>;

export const NodeProgressView = Type.Object(
  {
    node: Type.String(),
    state: NodeStateView,
    records: Type.Array(StepRecordView),
    /** What its step waits for before it begins: `a slot of the reboot window`. */
    waitsFor: Type.Optional(Type.String()),
    broadcast: Type.Optional(BroadcastView),
    /** It was in reserve and took the place of this node. */
    replaces: Type.Optional(Type.String()),
    /** In which condition a node was left that did not get to the end. */
    left: Type.Optional(Type.Enum([...LEFT_WORDS])),
  },
  strict,
);
export type NodeProgressView = Static<typeof NodeProgressView>;

const deploymentFields = {
  id: Type.String(),
  image: Type.String(),
  imageDigest: Type.String(),
  imageRawBytes: Count,
  partitionTable: Type.Union([Type.Literal("gpt"), Type.Literal("mbr")]),
  /** Absent: `digest`. */
  verify: Type.Optional(VerifyWord),
  disk: Type.Optional(Type.String()),
  /** Who asked for it. */
  owner: Type.Optional(Type.String()),
  layout: Type.String(),
  diskRule: Type.Optional(Type.String()),
  partition: Type.Optional(Type.String()),
  createdAtMs: Count,
  endedAtMs: Type.Optional(Count),
  /** Image bytes that left the appliance itself. */
  sourceSentBytes: Count,
  /** Node sets, folded; empty for none. */
  nodes: Type.String(),
  ok: Type.String(),
  ko: Type.String(),
  running: Type.String(),
  /** In reserve, and not needed (yet). */
  spare: Type.String(),
  /** As it was asked for: `all`, `8`, `80%`. */
  success: Type.String(),
  /** How many nodes must be OK. */
  needed: Count,
  /** So many are. Absent until it has ended. */
  succeeded: Type.Optional(Type.Boolean()),
  /** The deployment whose failed nodes these are. */
  retryOf: Type.Optional(Type.String()),
};
export const DeploymentSummary = Type.Object(deploymentFields, strict);
export type DeploymentSummary = Static<typeof DeploymentSummary>;

export const DeploymentView = Type.Object(
  { ...deploymentFields, plans: Type.Array(PlanView), progress: Type.Array(NodeProgressView) },
  strict,
);
export type DeploymentView = Static<typeof DeploymentView>;

/** What nodes are asked for later: without `nodes` all that stand. */
export const DeploymentContinue = Type.Object({ nodes: Type.Optional(NodeSetText) }, strict);
export type DeploymentContinue = Static<typeof DeploymentContinue>;

export const ContinueView = Type.Object({ deployment: Type.String(), continued: Type.String() }, strict);
export type ContinueView = Static<typeof ContinueView>;

export const DeploymentAdd = Type.Object({ nodes: NodeSetText, ...ConsentFields }, strict);
export type DeploymentAdd = Static<typeof DeploymentAdd>;

export const DeploymentRetry = Type.Object(ConsentFields, strict);
export type DeploymentRetry = Static<typeof DeploymentRetry>;

/** `data` of a `progress` message of `GET /deployments/:id/events`: what changed since the last one. */
export type ProgressMessage = {
  readonly deployment: DeploymentSummary;
  readonly progress: readonly NodeProgressView[];
  /** Of nodes about which nothing else is new. */
  readonly reports?: readonly { readonly node: string; readonly broadcast: BroadcastView }[];
};
