import type { Counts, Rates } from "./rates.ts";

/** What an upstream is called that is no node. */
export const APPLIANCE = "appliance";

/** Who fed a node, by name: a node, {@link APPLIANCE}, or an `ADDRESS:PORT` that nobody knows. */
export type FedBy = { readonly feeder: string; readonly bytes: number };

/**
 * How one node stands in a broadcast. Kept with the deployment, so rows of older versions lack what came later; agents of
 * older versions do not tell everything.
 */
export type NodeReport = Counts &
  Partial<Rates> & {
    readonly totalRawBytes: number;
    /** `ADDRESS:PORT` that feeds it now, if any. */
    readonly upstream: string | undefined;
    /** The same by name. */
    readonly feeder?: string | undefined;
    /** Received and found right. */
    readonly chunks?: number | undefined;
    readonly chunkCount?: number | undefined;
    /** Chunks that the foremost node has and this one has not. */
    readonly lagChunks?: number | undefined;
    /** Compressed bytes received and not yet written. */
    readonly heldBytes?: number | undefined;
    /** What it may keep of chunks for others. */
    readonly memoryBytes?: number | undefined;
    /** Nodes that it feeds now. */
    readonly downstreams?: number | undefined;
    /** Upstreams that it left, or that did not answer. */
    readonly upstreamChanges?: number | undefined;
    /** Why, in the node's words; the last `MAX_REASONS`, oldest first. */
    readonly reasons?: readonly string[] | undefined;
    /** Chunks that it got damaged and fetched again from elsewhere. */
    readonly badChunks?: number | undefined;
    /** From the request to the end, once it has ended; rates are averages over it then. */
    readonly tookMs?: number | undefined;
    /** Who fed it how much, most first, at most `MAX_FEEDERS`; once it has ended. */
    readonly from?: readonly FedBy[] | undefined;
  };

export const MAX_REASONS = 5;
export const MAX_FEEDERS = 8;
