/** The order in which a chain goes through the nodes, and why. Plain data; survives JSON unchanged. */
import type { Mac } from "#src/value/mac.ts";
import type { Confidence, PortRef, SwitchId } from "./graph.ts";

export type ChainOrderOptions = {
  /** Name of the appliance as an endpoint of the fabric. */
  readonly appliance: string;
  /** Who is asked for; each counts once. Others in the fabric, and switches that lead to none of these, are left out. */
  readonly nodes: readonly string[];
  /** The link of a node as its agent last saw it; goes before what the switch says. */
  readonly linkMbitOf?: ((node: string) => number | undefined) | undefined;
  /** The card that a node is installed over; without it the best known of its cards is taken. */
  readonly macOf?: ((node: string) => Mac | undefined) | undefined;
  /** The appliance's own link, where it knows that itself. */
  readonly sourceMbit?: number | undefined;
  /** Each chain is another image out of the appliance. Without it 4. */
  readonly maxChains?: number | undefined;
  /** Fewer nodes are not worth a chain of their own. Without it 8. */
  readonly minNodesPerChain?: number | undefined;
};

/**
 * How the place of a node is known. `guessed`: nobody saw it, but those next to it by name stand on one switch.
 * `unknown`: it goes by name behind all others.
 */
export type PlaceKnowledge = "seen" | "guessed" | "unknown";

export type OrderedNode = {
  readonly node: string;
  /** From 0, through all chains. */
  readonly position: number;
  /** Switches from the appliance's own, or from the first one of its island, down to the node's. Empty: not known. */
  readonly path: readonly SwitchId[];
  /** Number of its chain, from 0. A chain is a run of positions. */
  readonly chain: number;
  readonly place: PlaceKnowledge;
  readonly at?: PortRef | undefined;
  /** What its own link is good for. */
  readonly rateMbit?: number | undefined;
};

/** Why a link is not trusted with its speed: a lossy one counts a tenth, and 100 Mbit/s at most; one at half duplex a half. */
export type LinkFault =
  | { readonly kind: "lossy"; readonly at: PortRef; readonly inErrors: number }
  | { readonly kind: "halfDuplex"; readonly at: PortRef };

/** Why a switch comes where it comes among those beside it. */
export type VisitReason =
  | { readonly kind: "appliance" }
  | { readonly kind: "island" }
  | { readonly kind: "only" }
  | { readonly kind: "faster"; readonly than: string; readonly rateMbit: number; readonly thanMbit: number }
  | { readonly kind: "slower"; readonly than: string; readonly rateMbit: number; readonly thanMbit: number }
  | { readonly kind: "name" };

/** The way down into a switch. */
export type VisitLink = {
  /** The upper end first. */
  readonly ends: readonly [PortRef, PortRef];
  /** Of all its cables together. */
  readonly speedMbit?: number | undefined;
  /** Of one stream, which goes over one cable; faults counted. */
  readonly rateMbit?: number | undefined;
  readonly cables: number;
  readonly confidence: Confidence;
};

/** One switch on the walk. */
export type SwitchVisit = {
  readonly switch: SwitchId;
  readonly name: string;
  /** 0: the appliance's switch, or the first one of an island. */
  readonly depth: number;
  readonly link?: VisitLink | undefined;
  /** Its own, in the order of the chain. */
  readonly nodes: readonly string[];
  /** Its own and those below. */
  readonly nodesBelow: number;
  /** What the slowest link at it, below it and above it is good for. */
  readonly rateMbit?: number | undefined;
  readonly reason: VisitReason;
  /** Of the link into it and of the ports of its nodes. */
  readonly faults: readonly LinkFault[];
};

/** From this node on the chain goes no faster than this. */
export type ChainBound = {
  readonly fromNode: string;
  readonly rateMbit: number;
  readonly by: "appliance" | "link" | "node";
  /** Of a link between switches the upper end. */
  readonly at?: PortRef | undefined;
};

/**
 * One chain. On its way from the appliance through its nodes it goes over each link between switches at most once
 * in each direction. Several chains may share a link; what they send over it together is no more than its speed.
 */
export type OrderedChain = {
  /** Position of its first node. */
  readonly first: number;
  readonly count: number;
  /** That all of its nodes reach; the first ones may be faster. Absent: no speed is known. */
  readonly rateMbit?: number | undefined;
  /** Megabytes (10^6) a second at that rate, less what Ethernet, IP and TCP take. */
  readonly expectedMBps?: number | undefined;
  /** Each slower than the one before; the first one from its first node on. */
  readonly bounds: readonly ChainBound[];
};

/** How often a chain goes over a link between switches. */
export type LinkCrossings = {
  /** The upper end first. */
  readonly ends: readonly [PortRef, PortRef];
  /** Away from the appliance. */
  readonly down: number;
  readonly up: number;
};

export type OrderExplanation = {
  /** The appliance's port; absent: nobody saw it. */
  readonly appliance?:
    | { readonly at: PortRef; readonly switchName: string; readonly speedMbit?: number | undefined }
    | undefined;
  readonly visits: readonly SwitchVisit[];
  /** By name, behind all others. */
  readonly unknown: readonly string[];
  readonly guessed: readonly { readonly node: string; readonly switch: SwitchId; readonly name: string }[];
  /** Links that the walk never uses, because they close a ring. */
  readonly unused: readonly (readonly [PortRef, PortRef])[];
  /** The most that one chain goes over one link in one direction, in this order and in the order of the names. */
  readonly mostCrossings: { readonly here: number; readonly byName: number };
};

export type ChainOrder = {
  /** By position. */
  readonly nodes: readonly OrderedNode[];
  readonly chains: readonly OrderedChain[];
  readonly explanation: OrderExplanation;
};
