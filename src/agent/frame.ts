/**
 * Agent framing: how messages sit on a TCP or TLS stream, both towards the
 * appliance and between nodes. Layout: netboot/agent/PROTOCOL.md section 1.
 * The C side is netboot/agent/frame.c; both run test/vectors/frame.tsv.
 *
 * Pure: no sockets, no clock. Integers are big-endian.
 */
const MAGIC = [0x42, 0x47, 0x31] as const; // "BG1"
export const FRAME_HEADER_BYTES = 8;
export const PAYLOAD_MAX_BYTES: number = 1 << 20;

export type Frame = { readonly type: number; readonly payload: Uint8Array };

export type FrameResult =
  | { readonly status: "OK"; readonly type: number; readonly payload: Uint8Array; readonly usedBytes: number }
  | { readonly status: "NEED_MORE" | "BAD_MAGIC" | "TOO_LARGE" };

/**
 * Reads the first whole frame of `bytes`. `payload` is a view, not a copy.
 * A wrong magic or length is told as soon as its bytes are there.
 */
export function parseFrame(bytes: Uint8Array): FrameResult {
  if (bytes.length < FRAME_HEADER_BYTES) return { status: "NEED_MORE" };
  if (MAGIC.some((byte, at) => bytes[at] !== byte)) return { status: "BAD_MAGIC" };

  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const payloadBytes = view.getUint32(4);
  if (payloadBytes > PAYLOAD_MAX_BYTES) return { status: "TOO_LARGE" };
  const usedBytes = FRAME_HEADER_BYTES + payloadBytes;
  if (bytes.length < usedBytes) return { status: "NEED_MORE" };
  return {
    status: "OK",
    type: view.getUint8(3),
    payload: bytes.subarray(FRAME_HEADER_BYTES, usedBytes),
    usedBytes,
  };
}

/**
 * The eight bytes before a payload of `payloadBytes`, for senders that write a
 * large payload without copying it.
 *
 * @throws RangeError when the payload would be above the limit.
 */
export function frameHeader(type: number, payloadBytes: number): Buffer {
  if (payloadBytes > PAYLOAD_MAX_BYTES) {
    throw new RangeError(`Cannot frame ${payloadBytes} bytes: at most ${PAYLOAD_MAX_BYTES} fit`);
  }
  const header = Buffer.from([...MAGIC, type, 0, 0, 0, 0]);
  header.writeUInt32BE(payloadBytes, 4);
  return header;
}

/** One whole frame. Inverse of {@link parseFrame}. @throws RangeError when the payload is above the limit. */
export const encodeFrame = (type: number, payload: Uint8Array = new Uint8Array(0)): Buffer =>
  Buffer.concat([frameHeader(type, payload.length), payload]);

export type SplitResult =
  | { readonly ok: true; readonly frames: readonly Frame[] }
  | { readonly ok: false; readonly problem: string };

/**
 * Cuts a stream into frames. Holds at most one frame that is not whole yet,
 * and copies each byte at most once however small the pieces are that it
 * comes in.
 */
export class FrameSplitter {
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  /** How many bytes the frame at the front needs before looking again pays. */
  #wantedBytes = FRAME_HEADER_BYTES;
  #problem: string | undefined;

  /**
   * Takes the next bytes of the stream, which the splitter then owns.
   *
   * @returns the frames that are whole now, as views; or why the stream is not
   * ours, after which it stays refused.
   */
  push(bytes: Uint8Array): SplitResult {
    if (this.#problem) return { ok: false, problem: this.#problem };
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes < this.#wantedBytes) return { ok: true, frames: [] };

    const [only] = this.#held;
    let rest = this.#held.length === 1 && only ? only : Buffer.concat(this.#held);
    const frames: Frame[] = [];
    let next = parseFrame(rest);
    for (; next.status === "OK"; next = parseFrame(rest)) {
      frames.push({ type: next.type, payload: next.payload });
      rest = rest.subarray(next.usedBytes);
    }
    if (next.status !== "NEED_MORE") return this.#refuse(next.status);
    this.#keep(rest);
    return { ok: true, frames };
  }

  #keep(rest: Uint8Array): void {
    this.#held = rest.length > 0 ? [rest] : [];
    this.#heldBytes = rest.length;
    this.#wantedBytes = FRAME_HEADER_BYTES;
    if (rest.length < FRAME_HEADER_BYTES) return;
    const view = new DataView(rest.buffer, rest.byteOffset, rest.byteLength);
    this.#wantedBytes += view.getUint32(4);
  }

  #refuse(status: "BAD_MAGIC" | "TOO_LARGE"): SplitResult {
    this.#held = [];
    this.#problem =
      status === "BAD_MAGIC"
        ? "frame does not start with BG1"
        : `frame is longer than ${PAYLOAD_MAX_BYTES} bytes`;
    return { ok: false, problem: this.#problem };
  }
}
