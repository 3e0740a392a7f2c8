import type { Sink } from "#src/agent/requests.ts";
import type { Verify } from "#src/value/verify.ts";
import type { NodeReport } from "./node_report.ts";

/** One node's wish to take an image. */
export type JoinRequest = {
  readonly deployment: string;
  readonly node: string;
  readonly imageDigest: string;
  readonly sink: Sink;
  /** Without it: `digest`. */
  readonly verify?: Verify | undefined;
  /** From 1. Another attempt starts the node's copy from nothing; the same one, after a restart, goes on. */
  readonly attempt?: number;
  /** The boot that it must happen in, if that matters. */
  readonly bootId?: string | undefined;
  /** Compressed bytes that the node keeps for others; 0 (usual) leaves it to the node. */
  readonly memoryBytes?: number;
};

/** How far a node is; at its end the last one says how it went. */
export type JoinProgress = NodeReport;

export type JoinListener = {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: JoinProgress) => void;
};
