/** How a network should be cabled, as people wrote it down, and what a check against the fabric finds. Plain data. */
import type { ContradictionKind, PortRef } from "./graph.ts";

/** As it was written: the name, id or address of a switch, and some spelling of a port. */
export type WrittenPort = { readonly switch: string; readonly port: string };

export type ExpectedNode = {
  readonly node: string;
  readonly at: WrittenPort;
  readonly speedMbit?: number | undefined;
  /** From 1. */
  readonly line: number;
};

export type ExpectedLink = {
  readonly ends: readonly [WrittenPort, WrittenPort];
  /** Of this cable. */
  readonly speedMbit?: number | undefined;
  readonly line: number;
};

export type ExpectedCabling = {
  readonly nodes: readonly ExpectedNode[];
  readonly links: readonly ExpectedLink[];
};

export type CablingProblem = {
  /** From 1. */
  readonly line: number;
  readonly wanted: string;
};

export type CablingRead =
  | { readonly ok: true; readonly cabling: ExpectedCabling }
  | { readonly ok: false; readonly problems: readonly CablingProblem[] };

/** What is wrong, or may be. Switches go by name in these, ports as the switch calls them. */
export type CablingFact =
  /** Nothing is seen where the file has a node. */
  | { readonly kind: "nodeMissing"; readonly node: string; readonly at: string; readonly isDown: boolean }
  | {
      readonly kind: "nodeMoved";
      readonly node: string;
      readonly at: string;
      readonly seenAt: string;
      /** Who is at its place instead. */
      readonly instead?: string | undefined;
    }
  | { readonly kind: "nodeUnexpected"; readonly node: string; readonly seenAt: string }
  | { readonly kind: "linkMissing"; readonly link: string; readonly isDown: boolean }
  | { readonly kind: "linkMoved"; readonly link: string; readonly seen: string }
  | { readonly kind: "linkUnexpected"; readonly seen: string }
  /** The switch said nothing, or not all: whether it is cabled so, nobody knows. */
  | { readonly kind: "unverified"; readonly what: string; readonly name: string }
  | { readonly kind: "unknownSwitch"; readonly name: string }
  | { readonly kind: "ambiguousSwitch"; readonly name: string; readonly count: number }
  | { readonly kind: "unknownPort"; readonly name: string; readonly port: string }
  | {
      readonly kind: "ambiguousPort";
      readonly name: string;
      readonly port: string;
      readonly like: readonly string[];
    }
  | {
      readonly kind: "slow";
      readonly what: string;
      readonly speedMbit: number;
      readonly wantedMbit: number;
      readonly because: SlowReason;
    }
  | { readonly kind: "halfDuplex"; readonly what: string }
  | { readonly kind: "duplexMismatch"; readonly half: string; readonly full: string }
  | { readonly kind: "oneWay"; readonly link: string; readonly by: string; readonly deaf: string }
  | {
      readonly kind: "lossy";
      readonly what: string;
      readonly inErrors: number;
      readonly since: "start" | "lastScan";
    }
  | { readonly kind: "discards"; readonly what: string; readonly inDiscards: number }
  | {
      readonly kind: "cableDown";
      readonly link: string;
      readonly down: readonly string[];
      readonly of: number;
    }
  | { readonly kind: "silentSwitch"; readonly name: string; readonly isPartial: boolean }
  | { readonly kind: "contradiction"; readonly of: ContradictionKind; readonly says: string };

/** Whose word a wanted speed is: the file's, the other nodes' or links', or the name of the port. */
export type SlowReason = "file" | "siblings" | "portName";

/** `error`: the cabling is not as it should be. `warning`: it works, but badly or by luck. `note`: worth knowing. */
export const CABLING_SEVERITIES = ["error", "warning", "note"] as const;
export type CablingSeverity = (typeof CABLING_SEVERITIES)[number];

export type CablingFinding = {
  readonly severity: CablingSeverity;
  readonly fact: CablingFact;
  readonly node?: string | undefined;
  /** Where it shows, for programs. */
  readonly at: readonly PortRef[];
  /** Of the file, where it comes from one. */
  readonly line?: number | undefined;
  /** One inert sentence. */
  readonly text: string;
  /** What to do about it. */
  readonly advice: string;
};
