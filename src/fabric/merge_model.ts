/** What the parts of the merge hand to each other. Pure. */
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Contradiction, EvidenceSource, PortRef } from "./graph.ts";
import type { PortBook } from "./merge_ports.ts";
import type { Endpoint, HeardFrame, SilentSwitch, SwitchNeighbour, SwitchReading } from "./reading.ts";

/** Everything that a scan brought home; in any order. */
export type MergeInput = {
  readonly readings: readonly SwitchReading[];
  readonly heard: readonly HeardFrame[];
  readonly silent: readonly SilentSwitch[];
  readonly endpoints: readonly Endpoint[];
};

/** A switch, whoever speaks of it. Its place in the list of all is `index`, in the order of the ids. */
export type Known = {
  readonly index: number;
  readonly id: string;
  readonly name: string;
  /** The newest. */
  readonly reading?: SwitchReading | undefined;
  /** Where there is a reading. */
  readonly book?: PortBook | undefined;
  readonly silent?: SilentSwitch | undefined;
  /** What others say of it. */
  readonly mentions: readonly SwitchNeighbour[];
  readonly addresses: readonly Ipv4[];
  /** Nobody speaks of it, but MAC tables want one there. */
  readonly isInferred?: boolean | undefined;
};

/** One end of a cable: number of the switch, and name of the port where it is known. */
export type End = { readonly at: number; readonly port?: string | undefined };

/** One side's word: I hear `far` on `near`. */
export type Claim = {
  readonly near: End;
  readonly far: End;
  readonly source: EvidenceSource;
  readonly takenAtMs: number;
};

/** A cable, or the aggregate as a whole where nobody speaks of its cables. */
export type Cable = {
  readonly ends: readonly [End, End];
  readonly confidence: "certain" | "likely" | "inferred";
  /** Source and number of the switch that says so. */
  readonly said: readonly { readonly source: EvidenceSource; readonly by: number }[];
};

export type Notes = Contradiction[];

export const refOf = (switches: readonly Known[], { at, port }: End): PortRef => {
  const id = switches[at]?.id ?? "";
  return port === undefined ? { switch: id } : { switch: id, port };
};

/** For sets and maps of ports. */
export const portId = (at: number, port: string): string => `${at}\n${port}`;
