/** A node's end of a data connection, for tests of who sends: takes what comes and checks nothing but the proof. */
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { FrameSplitter } from "#src/agent/frame.ts";
import { type DataMessage, decodeDataMessage, encodeDataMessage } from "#src/broadcast/data_frame.ts";
import { type BroadcastSecrets, downstreamProof, isSameProof, upstreamProof } from "#src/broadcast/proof.ts";

export type Taken = {
  /** Kinds in order; runs of pieces of one chunk as one. */
  readonly story: readonly string[];
  /** Compressed bytes by chunk number, 0xFFFFFFFF for the manifest. */
  readonly chunks: ReadonlyMap<number, Buffer>;
  readonly refusal: number | undefined;
};

export type TakeOptions = BroadcastSecrets & {
  readonly port: number;
  readonly host?: string;
  readonly chunk: number;
  readonly offset?: number;
  /** Believes any upstream. */
  readonly trusting?: boolean;
  /** Sent instead of the right proof. */
  readonly proof?: Uint8Array;
  /** Called with the socket once it stands. */
  readonly onSocket?: (socket: Socket) => void;
};

/** Takes the stream until the other end hangs up. @throws when the upstream cannot prove itself. */
export async function takeStream(options: TakeOptions): Promise<Taken> {
  const { port, host = "127.0.0.1", broadcast, chunk, offset = 0 } = options;
  const socket = connect(port, host);
  options.onSocket?.(socket);
  const nonce = randomBytes(32);
  socket.write(encodeDataMessage({ kind: "fetch", broadcast, nonce, chunk, offset }));
  const taker = new Taker();
  const splitter = new FrameSplitter();
  for await (const bytes of socket as AsyncIterable<Buffer>) {
    const split = splitter.push(bytes);
    if (!split.ok) throw new Error(split.problem);
    for (const { type, payload } of split.frames) {
      const message = decodeDataMessage(type, payload);
      if (!message.ok) throw new Error(message.error.detail);
      taker.take(message.value);
      if (message.value.kind === "challenge") socket.write(answer(message.value, nonce, options));
    }
  }
  return taker;
}

/** @throws when the upstream has not the key. */
function answer(
  { nonce, proof }: Extract<DataMessage, { kind: "challenge" }>,
  downstreamNonce: Uint8Array,
  options: TakeOptions,
): Buffer {
  const { key, broadcast, trusting = false } = options;
  const handshake = { key, broadcast, downstreamNonce, upstreamNonce: nonce };
  if (!trusting && !isSameProof(proof, upstreamProof(handshake))) throw new Error("upstream has no key");
  return encodeDataMessage({ kind: "prove", proof: options.proof ?? downstreamProof(handshake) });
}

class Taker implements Taken {
  readonly story: string[] = [];
  readonly chunks = new Map<number, Buffer>();
  refusal: number | undefined;

  take(message: DataMessage): void {
    const line = "chunk" in message ? `${message.kind} ${message.chunk}` : message.kind;
    if (this.story.at(-1) !== line) this.story.push(line);
    if (message.kind === "refuse") this.refusal = message.reason;
    if (message.kind !== "piece") return;
    const before = this.chunks.get(message.chunk) ?? Buffer.alloc(message.offset);
    if (before.length !== message.offset) throw new Error(`piece at ${message.offset}, not ${before.length}`);
    this.chunks.set(message.chunk, Buffer.concat([before, message.bytes]));
  }
}
