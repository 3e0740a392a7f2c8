/** What goes over the API about the wiring: the graph as it is, scans, the order of a chain. */
import { type Static, type TSchema, Type } from "typebox";
import type { CablingFinding } from "#src/fabric/cabling_types.ts";
import type { Fabric } from "#src/fabric/graph.ts";
import type { ChainOrder } from "#src/fabric/order_types.ts";
import type { ScanRecord, ScanTrigger } from "#src/fabric/scan_record.ts";
import { AddressText, NodeSetText } from "./text_bounds.ts";

const strict = { additionalProperties: false } as const;
const Count = Type.Integer({ minimum: 0 });
const Mbit = Type.Optional(Type.Number({ minimum: 0 }));
const Text = Type.String();
const Few = Type.Optional(Type.String());
const words = <const T extends readonly string[]>(...all: T) => Type.Enum([...all]);
/** The JSON Schema of a type of ours whose lists are read only. */
const described = <T>(schema: TSchema) => Type.Unsafe<T>(schema);

const Port = Type.Object({ switch: Text, port: Few }, strict);
const Ends = Type.Tuple([Port, Port]);
const Confidence = words("certain", "likely", "inferred");
const Evidence = Type.Array(
  Type.Object({ source: words("lldp", "cdp", "macTable", "lag", "inference"), by: Text }, strict),
);

const SwitchPort = Type.Object(
  {
    name: Text,
    isUp: Type.Optional(Type.Boolean()),
    speedMbit: Mbit,
    duplex: Type.Optional(words("full", "half")),
    /** The aggregate that it is part of. */
    lag: Few,
    member: Type.Optional(Count),
    inErrors: Type.Optional(Count),
    inDiscards: Type.Optional(Count),
    inPackets: Type.Optional(Count),
  },
  strict,
);

const Switch = Type.Object(
  {
    /** The same from scan to scan. */
    id: Text,
    name: Text,
    description: Text,
    addresses: Type.Array(Text),
    macs: Type.Array(Text),
    /** Boxes of a stack. */
    members: Type.Array(Type.Object({ number: Count, model: Text, serial: Text }, strict)),
    ports: Type.Array(SwitchPort),
    knowledge: words("read", "partial", "silent", "seen", "inferred"),
  },
  strict,
);

const Link = Type.Object(
  {
    ends: Ends,
    /** Of an aggregate. */
    cables: Type.Array(Ends),
    speedMbit: Mbit,
    confidence: Confidence,
    evidence: Evidence,
  },
  strict,
);

const Attachment = Type.Object(
  {
    /** Name of a node, or `(appliance)`; absent: nobody knows this MAC. */
    endpoint: Few,
    mac: Text,
    nic: Few,
    at: Port,
    speedMbit: Mbit,
    confidence: Confidence,
    evidence: Evidence,
  },
  strict,
);

const Contradiction = Type.Object(
  {
    kind: words(
      ...["macOnTwoPorts", "twoNeighbours", "endsDisagree", "macTableDisagrees", "sameIdentity"],
      ...["tooManySwitches", "ring"],
    ),
    at: Type.Array(Port),
    mac: Few,
    text: Text,
  },
  strict,
);

export const FabricGraph = described<Fabric>(
  Type.Object(
    {
      takenAtMs: Count,
      switches: Type.Array(Switch),
      links: Type.Array(Link),
      attachments: Type.Array(Attachment),
      /** Machines that nobody knows, where there are too many to name each. */
      crowds: Type.Optional(Type.Array(Type.Object({ at: Port, machines: Count }, strict))),
      contradictions: Type.Array(Contradiction),
    },
    strict,
  ),
);

const Gap = Type.Object(
  { table: Text, reason: words("deadline", "noAnswer", "loop", "rowLimit", "refused", "malformed") },
  strict,
);
const Note = Type.Union([
  Type.Object({ kind: Type.Literal("tableCut"), address: Text, gap: Gap }, strict),
  Type.Object({ kind: Type.Literal("outside"), address: Text, namedBy: Text }, strict),
  Type.Object({ kind: Type.Literal("limit"), limit: words("switches", "deadline"), left: Count }, strict),
  Type.Object({ kind: Type.Literal("aborted"), left: Count }, strict),
  Type.Object({ kind: Type.Literal("threadEnded") }, strict),
]);
const Trigger = words("asked", "schedule", "start", "deployment", "newcomer", "doubt", "heard");

export const ScanRecordView = described<ScanRecord>(
  Type.Object(
    {
      id: Count,
      trigger: Trigger,
      startedAtMs: Count,
      endedAtMs: Count,
      /** Switches that were read. */
      read: Count,
      silent: Type.Array(Type.Object({ address: Text, reason: Gap.properties.reason }, strict)),
      notes: Type.Array(Note),
      gaps: Type.Array(Type.Object({ switch: Text, gap: Gap }, strict)),
      /** Against the graph before; fields by `kind`, as `brigade fabric history` tells them. */
      changes: Type.Array(Type.Object({ kind: Text })),
      /** Beyond those. */
      moreChanges: Count,
    },
    strict,
  ),
);

/** What is known now. Without `fabric` nobody was asked and nothing was heard yet. */
export const FabricView = Type.Object(
  { fabric: Type.Optional(FabricGraph), scan: Type.Optional(ScanRecordView) },
  strict,
);
export type FabricView = Static<typeof FabricView>;

export const ScanRequest = Type.Object(
  {
    /** Where to begin, beside the seeds of the settings; it has to be in one of their prefixes. */
    seed: Type.Optional(AddressText),
  },
  strict,
);
export type ScanRequest = Static<typeof ScanRequest>;

export type ScanStateView = {
  readonly running?: { readonly trigger: ScanTrigger; readonly startedAtMs: number } | undefined;
  /** The last one that ended. */
  readonly last?: ScanRecord | undefined;
  /** Why the last one failed, when it did. */
  readonly failure?: { readonly atMs: number; readonly problem: string } | undefined;
};

export const ScanStateView = described<ScanStateView>(
  Type.Object(
    {
      running: Type.Optional(Type.Object({ trigger: Trigger, startedAtMs: Count }, strict)),
      last: Type.Optional(ScanRecordView),
      failure: Type.Optional(Type.Object({ atMs: Count, problem: Text }, strict)),
    },
    strict,
  ),
);

export const OrderQuery = Type.Object({ nodes: NodeSetText }, strict);

const OrderedNode = Type.Object(
  {
    node: Text,
    position: Count,
    path: Type.Array(Text),
    chain: Count,
    place: words("seen", "guessed", "unknown"),
    at: Type.Optional(Port),
    rateMbit: Mbit,
  },
  strict,
);
const Bound = Type.Object(
  {
    fromNode: Text,
    rateMbit: Type.Number(),
    by: words("appliance", "link", "node"),
    at: Type.Optional(Port),
  },
  strict,
);
const Chain = Type.Object(
  {
    first: Count,
    count: Count,
    rateMbit: Mbit,
    expectedMBps: Type.Optional(Type.Number()),
    bounds: Type.Array(Bound),
  },
  strict,
);

/** `explanation` says why, for `brigade fabric order --explain`; its fields may grow. */
export const ChainOrderView = described<ChainOrder>(
  Type.Object(
    { nodes: Type.Array(OrderedNode), chains: Type.Array(Chain), explanation: Type.Object({}) },
    strict,
  ),
);

/** How the network should be cabled, as `brigade fabric check --write` writes it. */
export const CablingText = Type.String({ minLength: 1, maxLength: 900_000 });

export const CheckRequest = Type.Object(
  {
    expected: Type.Optional(CablingText),
    /** Only what is about these, their ports, and the links that lead to them. */
    nodes: Type.Optional(NodeSetText),
    /** Also machines and links that `expected` does not have. */
    unexpected: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type CheckRequest = Static<typeof CheckRequest>;

export type CheckView = { readonly findings: readonly CablingFinding[] };
/** Worst first. */
export const CheckView = described<CheckView>(
  Type.Object(
    {
      findings: Type.Array(
        Type.Object(
          {
            severity: words("error", "warning", "note"),
            /** Its parts, by `kind`. */
            fact: Type.Object({ kind: Text }),
            node: Few,
            at: Type.Array(Port),
            /** Of `expected`. */
            line: Type.Optional(Count),
            text: Text,
            advice: Text,
          },
          strict,
        ),
      ),
    },
    strict,
  ),
);
