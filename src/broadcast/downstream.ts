/**
 * One node that takes its image straight from the appliance: the upstream side
 * of PROTOCOL.md section 3, from the handshake to the last chunk. Says nothing
 * of the image before the node has proved that it holds the deployment's key.
 */
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { FrameSplitter } from "#src/agent/frame.ts";
import type { ImageReader } from "#src/images/reader.ts";
import {
  type DataMessage,
  decodeDataMessage,
  encodeDataMessage,
  MANIFEST_CHUNK,
  NONCE_BYTES,
  REFUSAL,
} from "./data_frame.ts";
import { PieceBatch, type ReadPart } from "./piece_batch.ts";
import { downstreamProof, isSameProof, upstreamProof } from "./proof.ts";

/** Silence that ends a handshake, and the pace of `idle`. */
const HANDSHAKE_SILENCE_MS = 2000;
const IDLE_MS = 1000;
/** A node that has taken nothing for this long is gone; one that merely waits for its disk may come again. */
const STALLED_MS = 60_000;
/** All that a downstream ever says is a fetch and a proof. */
const MAX_HEARD_BYTES = 4096;

/** One broadcast as the source serves it. */
export type ServedBroadcast = {
  readonly broadcast: Uint8Array;
  /** Secret. */
  readonly key: Uint8Array;
  readonly imageDigest: string;
  /** Entries of its manifest: chunks that are a run of zeros have nothing to send. */
  readonly storedBytesOf: readonly number[];
};

export type DownstreamDeps = {
  readonly images: ImageReader;
  /** @returns the broadcast with this number (hex). */
  readonly find: (broadcast: string) => ServedBroadcast | undefined;
  /** The other end has proved itself. */
  readonly onProved: (served: ServedBroadcast) => void;
  /** Image bytes that have left. */
  readonly onSent: (served: ServedBroadcast, bytes: number) => void;
  /** The image could not be read: an error of ours, not of the node's. */
  readonly onUnreadable: (served: ServedBroadcast, fault: unknown) => void;
  readonly onRejected: (problem: string) => void;
};

type Asked = { readonly served: ServedBroadcast; readonly fetch: Fetch; readonly upstreamNonce: Uint8Array };
type Sending = {
  readonly served: ServedBroadcast;
  readonly chunk: number;
  readonly fromBytes: number;
  readonly outgoing: PieceBatch;
};
type Fetch = Extract<DataMessage, { readonly kind: "fetch" }>;

export class Downstream {
  readonly #socket: Socket;
  readonly #deps: DownstreamDeps;
  readonly #splitter = new FrameSplitter();
  #heardBytes = 0;
  #asked: Asked | undefined;
  #proved = false;
  #lastSentMs = 0;

  /** Starts to serve `socket`, and owns it. */
  constructor(socket: Socket, deps: DownstreamDeps) {
    this.#socket = socket;
    this.#deps = deps;
    socket.setNoDelay(true);
    socket.setTimeout(HANDSHAKE_SILENCE_MS, () => this.#timedOut());
    socket.on("data", (bytes: Buffer) => this.#take(bytes));
    // A node that dies or prefers another upstream hangs up: nothing to report.
    socket.on("error", () => socket.destroy());
  }

  #take(bytes: Buffer): void {
    this.#heardBytes += bytes.length;
    const split = this.#splitter.push(bytes);
    if (!split.ok || this.#heardBytes > MAX_HEARD_BYTES) {
      this.#reject(split.ok ? "says more than a downstream has to say" : split.problem);
      return;
    }
    for (const frame of split.frames) {
      const message = decodeDataMessage(frame.type, frame.payload);
      if (message.ok) this.#hear(message.value);
      else this.#reject(`frame ${frame.type}: ${message.error.field}: ${message.error.detail}`);
      if (this.#socket.destroyed) return;
    }
  }

  #hear(message: DataMessage): void {
    if (message.kind === "unknown") return;
    if (message.kind === "fetch" && !this.#asked) this.#challenge(message);
    else if (message.kind === "prove" && this.#asked && !this.#proved)
      this.#check(message.proof, this.#asked);
    else this.#reject(`${message.kind} out of place`);
  }

  #challenge(fetch: Fetch): void {
    const served = this.#find(fetch);
    if (!served) {
      this.#refuse("unknownBroadcast");
      return;
    }
    const upstreamNonce = randomBytes(NONCE_BYTES);
    this.#asked = { served, fetch, upstreamNonce };
    const proof = upstreamProof({ ...served, downstreamNonce: fetch.nonce, upstreamNonce });
    this.#socket.write(encodeDataMessage({ kind: "challenge", nonce: upstreamNonce, proof }));
  }

  #find(fetch: Fetch): ServedBroadcast | undefined {
    return this.#deps.find(Buffer.from(fetch.broadcast).toString("hex"));
  }

  #check(proof: Uint8Array, { served, fetch, upstreamNonce }: Asked): void {
    const expected = downstreamProof({ ...served, downstreamNonce: fetch.nonce, upstreamNonce });
    if (!isSameProof(proof, expected)) {
      this.#deps.onRejected("wrong proof for a broadcast");
      this.#refuse("wrongProof");
      return;
    }
    // It may have ended between the challenge and the proof.
    if (this.#find(fetch) !== served) {
      this.#refuse("unknownBroadcast");
      return;
    }
    this.#proved = true;
    this.#deps.onProved(served);
    // A node that takes nothing is gone; while it has nothing to take, `idle` keeps the clock from running.
    this.#socket.setTimeout(STALLED_MS);
    this.#stream(served, fetch).catch((fault: unknown) => {
      if (!this.#socket.destroyed) this.#deps.onUnreadable(served, fault);
      this.#socket.destroy();
    });
  }

  async #stream(served: ServedBroadcast, fetch: Fetch): Promise<void> {
    const { storedBytesOf } = served;
    const isManifest = fetch.chunk === MANIFEST_CHUNK;
    if (!isManifest && fetch.chunk > storedBytesOf.length) {
      this.#refuse("noLongerHeld");
      return;
    }
    const idle = setInterval(() => this.#idle(), IDLE_MS);
    this.#socket.on("close", () => clearInterval(idle));
    const outgoing = new PieceBatch();
    if (isManifest) {
      const manifest = await this.#deps.images.manifestBytes(served.imageDigest);
      await this.#sendChunk(
        { served, chunk: MANIFEST_CHUNK, fromBytes: fetch.offset, outgoing },
        (offset, into) => (offset < manifest.length ? manifest.copy(into, 0, offset) : 0),
      );
    }
    for (let chunk = isManifest ? 0 : fetch.chunk; chunk < storedBytesOf.length; chunk++) {
      if (this.#socket.destroyed) return;
      if (storedBytesOf[chunk] === 0) continue; // a run of zeros: the manifest says it all
      const fromBytes = chunk === fetch.chunk ? fetch.offset : 0;
      await this.#sendChunk({ served, chunk, fromBytes, outgoing }, (offset, into) => {
        this.#deps.images.expectChunk(served.imageDigest, chunk + 1);
        return this.#deps.images.readChunk(served.imageDigest, chunk, offset, into);
      });
    }
    clearInterval(idle);
    this.#socket.end(encodeDataMessage({ kind: "end" }));
  }

  /** The reader has checked the chunk before it gives a byte, so `verified` may follow at once. */
  async #sendChunk({ served, chunk, fromBytes, outgoing }: Sending, read: ReadPart): Promise<void> {
    for (let offset = fromBytes; !this.#socket.destroyed; ) {
      const { imageBytes, isLast } = await outgoing.fill(chunk, offset, read);
      offset += imageBytes;
      await this.#write(outgoing.bytes);
      if (imageBytes > 0 && !this.#socket.destroyed) this.#deps.onSent(served, imageBytes);
      if (isLast) return;
    }
  }

  /** Resolves when the system has taken the bytes or the node is gone; others had their turn then. */
  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#socket.destroyed) return;
    this.#lastSentMs = performance.now();
    await new Promise<void>((resolve) => {
      this.#socket.write(bytes, () => setImmediate(resolve));
    });
  }

  #idle(): void {
    const quiet = performance.now() - this.#lastSentMs >= IDLE_MS && this.#socket.writableLength === 0;
    if (quiet && !this.#socket.destroyed) this.#socket.write(encodeDataMessage({ kind: "idle" }));
  }

  #timedOut(): void {
    if (!this.#proved) this.#deps.onRejected(`no proof within ${HANDSHAKE_SILENCE_MS} ms`);
    this.#socket.destroy();
  }

  #refuse(reason: keyof typeof REFUSAL): void {
    this.#socket.end(encodeDataMessage({ kind: "refuse", reason: REFUSAL[reason] }));
    this.#socket.setTimeout(HANDSHAKE_SILENCE_MS);
  }

  #reject(problem: string): void {
    this.#deps.onRejected(problem);
    this.#socket.destroy();
  }
}
