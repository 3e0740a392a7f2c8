/** What is asked of the thread that makes graphs, and what it answers. Plain data. */
import type { Fabric } from "./graph.ts";
import type { ListeningMachine } from "./heard.ts";
import type { Endpoint, ReadingGap, SilentSwitch } from "./reading.ts";
import type { ScanNote, ScanOptions, TakenCredentials } from "./scan_types.ts";

/** The appliance among nodes: a name that no node can have. */
export const APPLIANCE = "(appliance)";

/** What nodes and the appliance know. */
export type Witnesses = {
  readonly machines: readonly ListeningMachine[];
  readonly endpoints: readonly Endpoint[];
};

export type FabricTask =
  /** Reads switches, from the seeds and from those that the appliance hears; never nodes. */
  | ({ readonly kind: "scan"; readonly appliance: ListeningMachine | undefined } & Omit<
      ScanOptions,
      "signal"
    >)
  /** Makes a graph of the switches that were read last and of what is heard now. */
  | ({
      readonly kind: "merge";
      /** Of a graph that is known: it is not sent again. */
      readonly known?: string | undefined;
    } & Witnesses);

export type FabricOutcome = {
  readonly fabric: Fabric;
  /** The same for graphs that differ in nothing but when they were made and what ports have counted. */
  readonly digest: string;
  /** Switches that gave a reading. */
  readonly read: number;
  readonly silent: readonly SilentSwitch[];
  readonly notes: readonly ScanNote[];
  readonly taken: readonly TakenCredentials[];
  /** Tables that are not whole, by the name or address of their switch. */
  readonly gaps: readonly { readonly switch: string; readonly gap: ReadingGap }[];
};

export type FabricTaskMessage = (FabricTask & { readonly number: number }) | { readonly kind: "abort" };

export type FabricReport =
  /** Of a scan, and of a merge that makes the graph that is known, without an outcome. */
  | { readonly kind: "done"; readonly number: number; readonly outcome: FabricOutcome | undefined }
  | { readonly kind: "failed"; readonly number: number; readonly problem: string };
