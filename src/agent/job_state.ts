/**
 * What an agent says of its jobs, in hello and in heartbeats: JOBSTATE of
 * netboot/agent/PROTOCOL.md section 2.1.
 *
 * Pure. Strings and lists have a bound.
 */
import type { JsonFields } from "./json_fields.ts";

/** As many of its list as an agent tells. */
const MAX_UPSTREAMS_TOLD = 16;

export const JOB_ID: RegExp = /^[\x21-\x7e]{1,200}$/;
/** `ADDRESS:PORT` with an IPv4 address. */
export const ENDPOINT: RegExp = /^(?:\d{1,3}\.){3}\d{1,3}:\d{1,5}$/;
const ADDRESS = /^(?:\d{1,3}\.){3}\d{1,3}$/;
/** What the appliance calls a list of upstreams. */
const LIST_NAME = /^[\x21-\x7e]{1,64}$/;
export type JobState = {
  readonly id: string;
  readonly kind: "run" | "receive";
  readonly state: "running" | "ended";
  /** How far a receive is; absent for a run. */
  readonly receive?: ReceiveProgress | undefined;
};

/** Counts since the receive began. */
export type ReceiveProgress = {
  readonly chunks: number;
  readonly chunkCount: number;
  readonly rawBytesWritten: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  /** `ADDRESS:PORT` that feeds it now, if any. */
  readonly upstream: string | null;
  /** Compressed bytes received and not yet written. An older agent tells neither this nor the rest. */
  readonly heldUnwrittenBytes?: number | undefined;
  /** What it may keep of chunks. */
  readonly memoryBytes?: number | undefined;
  /** Upstreams that it left, or that did not answer. */
  readonly upstreamChanges?: number | undefined;
  /** Which upstream it left last and why, in words; absent when it left none. */
  readonly lastChange?: string | undefined;
  /** Nodes that it feeds right now. */
  readonly downstreams?: number | undefined;
  /** Name of the list of upstreams that it goes by, and the first 16 of that list. */
  readonly list?: string | undefined;
  readonly upstreams?: readonly string[] | undefined;
  readonly lagging?: Lagging | undefined;
  /** Since one came that it feeds and that had much to catch up; absent when there was none. */
  readonly newcomerMs?: number | undefined;
  /** The most that it was late lately for what it does every 0.1 s. */
  readonly lateMs?: number | undefined;
};

/** One that it feeds took less than half of what came, in the last `ms`. */
export type Lagging = {
  /** Of the one that lags; it connects from any port. */
  readonly address: string;
  readonly ms: number;
  readonly cameBytes: number;
  /** As far as its kernel has acknowledged them. */
  readonly tookBytes: number;
};

export function readJobState(fields: JsonFields): JobState {
  const kind = fields.oneOf("kind", ["run", "receive"]);
  const state = { id: jobId(fields), kind, state: fields.oneOf("state", ["running", "ended"]) };
  if (kind === "run" || !fields.has("chunks")) return state;
  const receive = {
    chunks: fields.integer("chunks", { max: 0xffff_ffff }),
    chunkCount: fields.integer("chunkCount", { max: 0xffff_ffff }),
    rawBytesWritten: fields.integer("rawBytesWritten"),
    bytesReceived: fields.integer("bytesReceived"),
    bytesSent: fields.integer("bytesSent"),
    upstream: fields.has("upstream") ? fields.matching("upstream", ENDPOINT) : null,
    ...readLaterProgress(fields),
  };
  return { ...state, receive };
}

/** Members that came later, each of them optional. */
function readLaterProgress(fields: JsonFields): Partial<ReceiveProgress> {
  const count = (name: string): number | undefined => (fields.has(name) ? fields.integer(name) : undefined);
  return {
    heldUnwrittenBytes: count("heldUnwrittenBytes"),
    memoryBytes: count("memoryBytes"),
    upstreamChanges: count("upstreamChanges"),
    lastChange: fields.has("lastChange") ? fields.words("lastChange") : undefined,
    downstreams: count("downstreams"),
    list: fields.has("list") ? fields.matching("list", LIST_NAME) : undefined,
    upstreams: fields.has("upstreams")
      ? fields.matchingAll("upstreams", ENDPOINT, MAX_UPSTREAMS_TOLD)
      : undefined,
    lagging: fields.has("lagging") ? readLagging(fields.inside("lagging")) : undefined,
    newcomerMs: count("newcomerMs"),
    lateMs: count("lateMs"),
  };
}

const readLagging = (fields: JsonFields): Lagging => ({
  address: fields.matching("address", ADDRESS),
  ms: fields.integer("ms", { min: 1 }),
  cameBytes: fields.integer("cameBytes"),
  tookBytes: fields.integer("tookBytes"),
});

export const jobId = (fields: JsonFields): string => fields.matching("id", JOB_ID);
