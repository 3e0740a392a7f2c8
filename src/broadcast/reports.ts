/**
 * The reports of all nodes of one broadcast: rates from successive ones, names for addresses, who lags. Pure: told the time.
 */
import type { ReceiveProgress } from "#src/agent/job_state.ts";
import type { Received } from "#src/agent/messages.ts";
import { APPLIANCE, type FedBy, MAX_FEEDERS, MAX_REASONS, type NodeReport } from "./node_report.ts";
import { type Counts, perSecond, ratesOf, type Sample, withSample } from "./rates.ts";

/** What counts of the image. */
export type ReportedImage = { readonly rawBytes: number; readonly chunkCount: number };

type State = {
  samples: readonly Sample[];
  last: NodeReport | undefined;
  changes: number;
  reasons: readonly string[];
  badChunks: number;
};

export class Reports {
  readonly #image: ReportedImage;
  readonly #states = new Map<string, State>();
  /** By `ADDRESS:PORT`. */
  readonly #names = new Map<string, string>();
  #foremostChunks = 0;

  constructor(image: ReportedImage) {
    this.#image = image;
  }

  /** `endpoint` is where a node serves from now on, `source` by which it reaches the appliance; both `ADDRESS:PORT`. */
  serves(node: string, endpoint: string, source: string): void {
    this.#names.set(endpoint, node);
    this.#names.set(source, APPLIANCE);
  }

  /** The node found a chunk damaged that somebody had vouched for. */
  badChunk(node: string): void {
    this.#stateOf(node).badChunks++;
  }

  /** A node said how far it is. @param nowMs monotonic */
  progress(node: string, said: ReceiveProgress, nowMs: number): NodeReport {
    const state = this.#stateOf(node);
    const counts: Counts = {
      receivedBytes: said.bytesReceived,
      sentBytes: said.bytesSent,
      writtenRawBytes: said.rawBytesWritten,
    };
    state.samples = withSample(state.samples, { atMs: nowMs, counts });
    this.#foremostChunks = Math.max(this.#foremostChunks, said.chunks);
    noteChange(state, said);
    const { upstream } = said;
    state.last = {
      ...counts,
      ...ratesOf(state.samples),
      totalRawBytes: this.#image.rawBytes,
      upstream: upstream ?? undefined,
      feeder: upstream === null ? undefined : this.#nameOf(upstream),
      chunks: said.chunks,
      chunkCount: this.#image.chunkCount,
      lagChunks: this.#foremostChunks - said.chunks,
      heldBytes: said.heldUnwrittenBytes,
      memoryBytes: said.memoryBytes,
      downstreams: said.downstreams,
      upstreamChanges: said.upstreamChanges,
      reasons: state.reasons,
      badChunks: state.badChunks,
    };
    return state.last;
  }

  /** A node has ended, well or not: what it reports last, with averages in the place of rates. */
  ended(node: string, received: Received): NodeReport {
    const { last, reasons, badChunks } = this.#stateOf(node);
    const from = this.#fedBy(received.fromBytes);
    const counts: Counts = {
      receivedBytes: Object.values(received.fromBytes).reduce((sum, bytes) => sum + bytes, 0),
      sentBytes: received.sentBytes,
      writtenRawBytes: received.rawBytes,
    };
    const chunks = received.ok ? this.#image.chunkCount : last?.chunks;
    if (received.ok) this.#foremostChunks = this.#image.chunkCount;
    return {
      ...counts,
      receiveBytesPerSec: perSecond(counts.receivedBytes, received.ms),
      sendBytesPerSec: perSecond(counts.sentBytes, received.ms),
      writeRawBytesPerSec: perSecond(counts.writtenRawBytes, received.ms),
      totalRawBytes: this.#image.rawBytes,
      upstream: undefined,
      chunks,
      chunkCount: this.#image.chunkCount,
      lagChunks: chunks === undefined ? undefined : this.#foremostChunks - chunks,
      heldBytes: 0,
      memoryBytes: last?.memoryBytes,
      downstreams: last?.downstreams,
      upstreamChanges: last?.upstreamChanges,
      ...{ reasons, badChunks, from, tookMs: received.ms },
    };
  }

  #fedBy(fromBytes: Received["fromBytes"]): readonly FedBy[] {
    const byName = new Map<string, number>();
    for (const [endpoint, bytes] of Object.entries(fromBytes)) {
      const feeder = this.#nameOf(endpoint);
      byName.set(feeder, (byName.get(feeder) ?? 0) + bytes);
    }
    return [...byName]
      .map(([feeder, bytes]) => ({ feeder, bytes }))
      .sort((left, right) => right.bytes - left.bytes)
      .slice(0, MAX_FEEDERS);
  }

  #nameOf(endpoint: string): string {
    return this.#names.get(endpoint) ?? endpoint;
  }

  #stateOf(node: string): State {
    const known = this.#states.get(node);
    if (known) return known;
    const state: State = { samples: [], last: undefined, changes: 0, reasons: [], badChunks: 0 };
    this.#states.set(node, state);
    return state;
  }
}

/** An agent tells its last change only: each is noted once, those between two reports are one. */
function noteChange(state: State, { upstreamChanges = 0, lastChange }: ReceiveProgress): void {
  const isNew = upstreamChanges > state.changes;
  state.changes = upstreamChanges;
  if (isNew && lastChange !== undefined) state.reasons = [...state.reasons, lastChange].slice(-MAX_REASONS);
}
