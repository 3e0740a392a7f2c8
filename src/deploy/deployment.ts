import type { NodeState, StepName } from "./steps.ts";

/** What a user asked for. */
export type DeploymentRequest = {
  /** Name in the catalogue. */
  readonly image: string;
  /** Node names, each once, in natural order. */
  readonly nodes: readonly string[];
  /** OpenSSH public keys for root of the new system. */
  readonly authorizedKeys: readonly string[];
  readonly partitionTable: "gpt" | "mbr";
  /** Device to install to; without it the smallest disk that is not removable and large enough. */
  readonly disk?: string | undefined;
};

/** One attempt at one step of one node. */
export type StepRecord = {
  readonly step: StepName;
  readonly attempt: number;
  readonly startedAtMs: number;
  readonly tookMs: number;
  /** Why it failed; absent when it succeeded. */
  readonly why?: string | undefined;
};

/** How far the broadcast is on one node; bytes since its start. */
export type BroadcastProgress = {
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly writtenRawBytes: number;
  readonly totalRawBytes: number;
  /** `ADDRESS:PORT` that feeds it, if any. */
  readonly upstream: string | undefined;
};

export type NodeProgress = {
  readonly node: string;
  readonly state: NodeState;
  readonly records: readonly StepRecord[];
  readonly broadcast?: BroadcastProgress | undefined;
};

/** One request to put one image on a node set. Ends when every node is done or failed. */
export type Deployment = {
  /** `d1`, `d2`, …: short enough to type. */
  readonly id: string;
  readonly request: DeploymentRequest;
  /** The image's identity at the time of the request: SHA-256 of its manifest. */
  readonly imageDigest: string;
  readonly createdAtMs: number;
  readonly endedAtMs?: number | undefined;
  readonly nodes: readonly NodeProgress[];
  /** Image bytes that left the appliance itself. */
  readonly sourceSentBytes: number;
};

/** Why a deployment was not started. Nothing was changed. */
export type StartProblem =
  | { readonly kind: "unknownImage"; readonly image: string }
  | { readonly kind: "unknownNodes"; readonly nodes: readonly string[] }
  | { readonly kind: "noPower"; readonly nodes: readonly string[] }
  | {
      readonly kind: "nodesBusy";
      readonly nodes: readonly { readonly node: string; readonly deployment: string }[];
    }
  | { readonly kind: "badKey"; readonly key: string };
