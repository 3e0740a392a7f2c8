/**
 * Payloads of the data conversation, by which a node takes an image from
 * another node or from the appliance: netboot/agent/PROTOCOL.md section 3.
 * The C side is netboot/agent/data.c; both run test/vectors/data.tsv.
 *
 * Pure. Integers are big-endian, sizes bytes.
 */
import { encodeFrame, frameHeader } from "#src/agent/frame.ts";
import { ByteReader } from "#src/value/byte_reader.ts";
import type { Decoded } from "#src/value/decoded.ts";

export const DATA = {
  fetch: 64,
  challenge: 65,
  prove: 66,
  refuse: 67,
  piece: 68,
  verified: 69,
  retract: 70,
  idle: 71,
  end: 72,
} as const;

/** The manifest, where a chunk number is asked for. */
export const MANIFEST_CHUNK = 0xffff_ffff;
export const PIECE_MAX_BYTES: number = 256 * 1024;

export const REFUSAL = { unknownBroadcast: 1, wrongProof: 2, noLongerHeld: 3, busy: 4 } as const;

const BROADCAST_BYTES = 16;
export const NONCE_BYTES = 32;
const PROOF_BYTES = 32;
const PIECE_HEADER_BYTES = 8;

export type DataMessage =
  | {
      readonly kind: "fetch";
      readonly broadcast: Uint8Array;
      readonly nonce: Uint8Array;
      /** First chunk wanted, or {@link MANIFEST_CHUNK}. */
      readonly chunk: number;
      /** First byte wanted of it. */
      readonly offset: number;
    }
  | { readonly kind: "challenge"; readonly nonce: Uint8Array; readonly proof: Uint8Array }
  | { readonly kind: "prove"; readonly proof: Uint8Array }
  | { readonly kind: "refuse"; readonly reason: number }
  | { readonly kind: "piece"; readonly chunk: number; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: "verified" | "retract"; readonly chunk: number }
  | { readonly kind: "idle" | "end" }
  /** Sent by a peer that is newer than we are; to be skipped. */
  | { readonly kind: "unknown"; readonly type: number };

/** Decodes the payload of one data frame. Byte fields are views into `payload`. Never throws. */
export function decodeDataMessage(type: number, payload: Uint8Array): Decoded<DataMessage> {
  const reader = new ByteReader(payload);
  const message = readBody(type, reader);
  if (reader.leftBytes > 0 && message.kind !== "unknown") {
    reader.fail("badValue", "payload", `${reader.leftBytes} bytes too many`);
  }
  return reader.finish(message);
}

function readBody(type: number, reader: ByteReader): DataMessage {
  switch (type) {
    case DATA.fetch:
      return {
        kind: "fetch",
        broadcast: reader.take(BROADCAST_BYTES, "broadcast"),
        nonce: reader.take(NONCE_BYTES, "nonce"),
        chunk: u32(reader, "chunk"),
        offset: u32(reader, "offset"),
      };
    case DATA.challenge:
      return {
        kind: "challenge",
        nonce: reader.take(NONCE_BYTES, "nonce"),
        proof: reader.take(PROOF_BYTES, "proof"),
      };
    case DATA.prove:
      return { kind: "prove", proof: reader.take(PROOF_BYTES, "proof") };
    case DATA.refuse:
      return { kind: "refuse", reason: reader.u8("reason") };
    case DATA.piece:
      return readPiece(reader);
    case DATA.verified:
      return { kind: "verified", chunk: u32(reader, "chunk") };
    case DATA.retract:
      return { kind: "retract", chunk: u32(reader, "chunk") };
    case DATA.idle:
      return { kind: "idle" };
    case DATA.end:
      return { kind: "end" };
    default:
      return { kind: "unknown", type };
  }
}

function readPiece(reader: ByteReader): DataMessage {
  const chunk = u32(reader, "chunk");
  const offset = u32(reader, "offset");
  const pieceBytes = reader.leftBytes;
  if (pieceBytes === 0) reader.fail("truncated", "bytes", "piece without bytes");
  if (pieceBytes > PIECE_MAX_BYTES) reader.fail("badValue", "bytes", `piece of ${pieceBytes} bytes`);
  return { kind: "piece", chunk, offset, bytes: reader.take(reader.leftBytes, "bytes") };
}

/** One whole frame. Inverse of {@link decodeDataMessage} for every message but `unknown`. */
export function encodeDataMessage(message: Exclude<DataMessage, { readonly kind: "unknown" }>): Buffer {
  const type = DATA[message.kind];
  switch (message.kind) {
    case "fetch":
      return encodeFrame(
        type,
        Buffer.concat([message.broadcast, message.nonce, u32Bytes(message.chunk), u32Bytes(message.offset)]),
      );
    case "challenge":
      return encodeFrame(type, Buffer.concat([message.nonce, message.proof]));
    case "prove":
      return encodeFrame(type, message.proof);
    case "refuse":
      return encodeFrame(type, Uint8Array.of(message.reason));
    case "piece":
      return Buffer.concat([pieceHeader(message, message.bytes.length), message.bytes]);
    case "verified":
    case "retract":
      return encodeFrame(type, u32Bytes(message.chunk));
    case "idle":
    case "end":
      return encodeFrame(type);
  }
}

/** What goes before the bytes of a piece, for senders that do not want to copy them. */
export function pieceHeader(
  { chunk, offset }: { readonly chunk: number; readonly offset: number },
  pieceBytes: number,
): Buffer {
  const frame = frameHeader(DATA.piece, PIECE_HEADER_BYTES + pieceBytes);
  return Buffer.concat([frame, u32Bytes(chunk), u32Bytes(offset)]);
}

const u32 = (reader: ByteReader, field: string): number => reader.u16(field) * 0x1_0000 + reader.u16(field);

function u32Bytes(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
