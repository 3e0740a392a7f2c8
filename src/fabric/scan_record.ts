/** What is kept of a scan, beside the graph that came out of it. Plain data; survives JSON unchanged. Pure. */
import type { Fabric } from "./graph.ts";
import type { FabricChange } from "./history_types.ts";
import type { ReadingGap, SilentSwitch } from "./reading.ts";
import type { ScanNote, TakenCredentials } from "./scan_types.ts";

/**
 * - `newcomer`: a machine was seen that a naming rule waits for
 * - `doubt`: a node is held, or a MAC was on two ports
 * - `heard`: nobody was asked; LLDP frames have come in
 */
export type ScanTrigger = "asked" | "schedule" | "start" | "deployment" | "newcomer" | "doubt" | "heard";

export type ScanRecord = {
  readonly id: number;
  readonly trigger: ScanTrigger;
  /** Unix time. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  /** Switches that gave a reading. */
  readonly read: number;
  readonly silent: readonly SilentSwitch[];
  readonly notes: readonly ScanNote[];
  /** Tables that are not whole, of switches that gave a reading; by their name or address. */
  readonly gaps: readonly { readonly switch: string; readonly gap: ReadingGap }[];
  /** Against the graph before it; of the first one nothing. */
  readonly changes: readonly FabricChange[];
  /** Changes beyond those listed. */
  readonly moreChanges: number;
};

/** The last graph, and how it came about. */
export type KnownFabric = {
  readonly fabric: Fabric;
  /** Of the last scan that changed something, or was the last. */
  readonly record: ScanRecord;
  /** So that the next scan asks with the right credentials at once. No secrets. */
  readonly taken: readonly TakenCredentials[];
};

/** Where scans are kept. */
export type FabricStore = {
  /** As it was when the store was opened. */
  readonly latest: () => KnownFabric | undefined;
  /** The newest `count`, newest first. */
  readonly records: (count: number) => Promise<readonly ScanRecord[]>;
  /** Resolves when it is kept. A record of the same id is replaced. */
  readonly save: (known: KnownFabric) => Promise<void>;
  /** Of a scan that found the graph that is kept. */
  readonly saveRecord: (record: ScanRecord) => Promise<void>;
};

/** Records that are kept; older ones go. */
export const MAX_RECORDS = 200;
/** Changes that a record lists. */
export const MAX_CHANGES = 500;
