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
  PIECE_MAX_BYTES,
  pieceHeader,
  REFUSAL,
} from "./data_frame.ts";
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
    this.#socket.setTimeout(0);
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
    if (isManifest) {
      const manifest = await this.#deps.images.manifestBytes(served.imageDigest);
      await this.#sendChunk(served, MANIFEST_CHUNK, fetch.offset, async (offset) =>
        manifest.subarray(offset, offset + PIECE_MAX_BYTES),
      );
    }
    for (let chunk = isManifest ? 0 : fetch.chunk; chunk < storedBytesOf.length; chunk++) {
      if (this.#socket.destroyed) return;
      if (storedBytesOf[chunk] === 0) continue; // a run of zeros: the manifest says it all
      const from = chunk === fetch.chunk ? fetch.offset : 0;
      await this.#sendChunk(served, chunk, from, (offset) =>
        this.#deps.images.readChunk(served.imageDigest, chunk, offset, PIECE_MAX_BYTES),
      );
    }
    clearInterval(idle);
    this.#socket.end(encodeDataMessage({ kind: "end" }));
    this.#socket.setTimeout(STALLED_MS);
  }

  /** The reader has checked the chunk before it gives a byte, so `verified` may follow at once. */
  async #sendChunk(
    served: ServedBroadcast,
    chunk: number,
    from: number,
    read: (offset: number) => Promise<Buffer>,
  ): Promise<void> {
    let offset = from;
    for (let bytes = await read(offset); bytes.length > 0; bytes = await read(offset)) {
      if (this.#socket.destroyed) return;
      this.#lastSentMs = performance.now();
      const sentBytes = bytes.length;
      this.#socket.cork();
      this.#socket.write(pieceHeader({ chunk, offset }, sentBytes));
      const flowing = this.#socket.write(bytes, (fault) => {
        if (!fault) this.#deps.onSent(served, sentBytes);
      });
      this.#socket.uncork();
      if (!flowing) await this.#drained();
      offset += bytes.length;
    }
    if (!this.#socket.destroyed) this.#socket.write(encodeDataMessage({ kind: "verified", chunk }));
  }

  /** Waits until the node has taken what was sent, or is gone. */
  async #drained(): Promise<void> {
    if (this.#socket.destroyed) return;
    this.#socket.setTimeout(STALLED_MS);
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#socket.off("drain", done);
        this.#socket.off("close", done);
        resolve();
      };
      this.#socket.on("drain", done);
      this.#socket.on("close", done);
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
