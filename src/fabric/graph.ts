/**
 * The fabric: switches, links between them, the port of each node, and how sure that is. Plain data; survives
 * JSON unchanged, so that it is stored, sent and compared as it is.
 */
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import type { StackMember } from "./reading.ts";

/** Stays the same from scan to scan: the chassis id where there is one, else what else is known of it. */
export type SwitchId = string;

/** One end of a cable. */
export type PortRef = {
  readonly switch: SwitchId;
  /** Name of the port; absent where only the switch is known. */
  readonly port?: string | undefined;
};

/** Where a piece of knowledge comes from; `inference`: follows from the others, for example from MAC tables by elimination. */
export type EvidenceSource = "lldp" | "cdp" | "macTable" | "lag" | "inference";
export type Evidence = {
  readonly source: EvidenceSource;
  /** Id of the switch or name of the node that says so. */
  readonly by: string;
};

/** `certain`: both sides say so. `likely`: one side says so. `inferred`: from MAC tables. */
export type Confidence = "certain" | "likely" | "inferred";

export type FabricPort = {
  readonly name: string;
  readonly isUp?: boolean | undefined;
  readonly speedMbit?: number | undefined;
  readonly duplex?: "full" | "half" | undefined;
  /** Name of the aggregate that it is part of. */
  readonly lag?: string | undefined;
  readonly member?: number | undefined;
  /** Packets that came broken or were thrown away, since the switch was started. */
  readonly inErrors?: number | undefined;
  /** Those of `inErrors` that came whole: thrown away for VLAN, spanning tree or want of memory. */
  readonly inDiscards?: number | undefined;
  /** Packets that were taken, in the same time. */
  readonly inPackets?: number | undefined;
};

export type FabricSwitch = {
  readonly id: SwitchId;
  /** For people: its system name, else its chassis id, else what it is known by. */
  readonly name: string;
  readonly description: string;
  readonly addresses: readonly Ipv4[];
  readonly macs: readonly Mac[];
  readonly members: readonly StackMember[];
  /** All where it was read, else those that others speak of. */
  readonly ports: readonly FabricPort[];
  /** `read`: over SNMP. `partial`: with gaps. `silent`: asked, no answer. `seen`: others speak of it. `inferred`: MAC tables want one there. */
  readonly knowledge: "read" | "partial" | "silent" | "seen" | "inferred";
};

/** A cable between two switches; several of one aggregate are one link. */
export type FabricLink = {
  /** The smaller id first, so that a link looks the same from scan to scan. Of an aggregate: the ports of the aggregate. */
  readonly ends: readonly [PortRef, PortRef];
  /** The cables of an aggregate; empty for one alone. */
  readonly cables: readonly (readonly [PortRef, PortRef])[];
  /** Of all its cables together that are up; absent: nobody says. */
  readonly speedMbit?: number | undefined;
  readonly confidence: Confidence;
  readonly evidence: readonly Evidence[];
};

/** Where a machine is plugged in. */
export type Attachment = {
  /** Name of the node or of the appliance; absent: nobody knows this MAC. */
  readonly endpoint?: string | undefined;
  readonly mac: Mac;
  readonly nic?: string | undefined;
  readonly at: PortRef;
  readonly speedMbit?: number | undefined;
  readonly confidence: Confidence;
  readonly evidence: readonly Evidence[];
};

/** Machines that nobody knows, on a port with too many of them to name each. */
export type Crowd = { readonly at: PortRef; readonly machines: number };

/**
 * - `macOnTwoPorts`: a MAC on two ports that are not one way
 * - `twoNeighbours`: a port with two neighbours
 * - `endsDisagree`: one side of a link names another port or switch than the other side
 * - `macTableDisagrees`: MAC tables do not fit what LLDP or CDP say
 * - `sameIdentity`: two switches with one identity
 * - `tooManySwitches`: more that nobody has read than there can be; some are left out
 * - `ring`: links that close a ring and are no aggregate; one of them is blocked or is a mistake
 */
export type ContradictionKind =
  | "macOnTwoPorts"
  | "twoNeighbours"
  | "endsDisagree"
  | "macTableDisagrees"
  | "sameIdentity"
  | "tooManySwitches"
  | "ring";

/** Two sources that cannot both be right; what was believed is in the graph, and this says what was not. */
export type Contradiction = {
  readonly kind: ContradictionKind;
  /** Where it shows. */
  readonly at: readonly PortRef[];
  readonly mac?: Mac | undefined;
  /** One inert sentence. */
  readonly text: string;
};

export type Fabric = {
  /** Unix time of the newest reading. */
  readonly takenAtMs: number;
  /** By id. */
  readonly switches: readonly FabricSwitch[];
  readonly links: readonly FabricLink[];
  readonly attachments: readonly Attachment[];
  /** Beside those; absent: nobody. */
  readonly crowds?: readonly Crowd[] | undefined;
  readonly contradictions: readonly Contradiction[];
};
