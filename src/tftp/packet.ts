/**
 * TFTP packets.
 *
 * RFC 1350 section 5 (packet formats), RFC 2347 (option negotiation). What
 * options mean (RFC 2348 blksize, 2349 tsize and timeout, 7440 windowsize) is
 * a matter of policy: see `offer.ts`.
 *
 * Pure: no sockets, no clock, no files. Sizes are bytes, integers big-endian.
 */
import { ByteReader } from "#src/value/byte_reader.ts";
import type { Decoded } from "#src/value/decoded.ts";

const OPCODE = { read: 1, write: 2, data: 3, ack: 4, error: 5, optionAck: 6 } as const;

/** RFC 1350 appendix I and RFC 2347. */
export const ERROR_CODE = {
  notDefined: 0,
  fileNotFound: 1,
  accessViolation: 2,
  illegalOperation: 4,
  unknownTransfer: 5,
  badOptions: 8,
} as const;

export type TftpOptions = ReadonlyMap<string, string>;

export type TftpPacket =
  | { readonly kind: "read" | "write"; readonly filename: string; readonly options: TftpOptions }
  | { readonly kind: "data"; readonly block: number; readonly payload: Uint8Array }
  | { readonly kind: "ack"; readonly block: number }
  | { readonly kind: "error"; readonly code: number; readonly message: string }
  | { readonly kind: "optionAck"; readonly options: TftpOptions };

/**
 * Decodes one UDP payload.
 *
 * Option names come back in lower case (RFC 2347: case-insensitive).
 * `payload` is a view into `bytes`, not a copy.
 *
 * @returns the packet, or where and why the bytes are not one. Never throws.
 */
export function decodeTftp(bytes: Uint8Array): Decoded<TftpPacket> {
  const reader = new ByteReader(bytes);
  return reader.finish(readBody(reader, reader.u16("opcode")));
}

function readBody(reader: ByteReader, opcode: number): TftpPacket | undefined {
  switch (opcode) {
    case OPCODE.read:
    case OPCODE.write: {
      const filename = reader.asciiZ("filename");
      const mode = reader.asciiZ("mode").toLowerCase();
      // Firmware only ever asks for octet; netascii would corrupt a boot loader.
      if (mode !== "octet") reader.fail("unsupported", "mode", `mode "${mode}"`);
      return { kind: opcode === OPCODE.read ? "read" : "write", filename, options: readOptions(reader) };
    }
    case OPCODE.data:
      return { kind: "data", block: reader.u16("block"), payload: reader.take(reader.leftBytes, "data") };
    case OPCODE.ack:
      return { kind: "ack", block: reader.u16("block") };
    case OPCODE.error:
      return { kind: "error", code: reader.u16("error code"), message: reader.asciiZ("error message") };
    case OPCODE.optionAck:
      return { kind: "optionAck", options: readOptions(reader) };
    default:
      return reader.fail("unsupported", "opcode", `opcode ${opcode}`);
  }
}

function readOptions(reader: ByteReader): TftpOptions {
  const options = new Map<string, string>();
  while (reader.leftBytes > 0) {
    const name = reader.asciiZ("option name").toLowerCase();
    options.set(name, reader.asciiZ(`option ${name}`));
  }
  return options;
}

/** Encodes one packet. Inverse of {@link decodeTftp} for every packet it accepts. */
export function encodeTftp(packet: TftpPacket): Uint8Array {
  switch (packet.kind) {
    case "read":
    case "write":
      return Buffer.concat([
        u16(OPCODE[packet.kind]),
        asciiZ(packet.filename),
        asciiZ("octet"),
        optionBytes(packet.options),
      ]);
    case "data":
      return Buffer.concat([u16(OPCODE.data), u16(packet.block), packet.payload]);
    case "ack":
      return Buffer.concat([u16(OPCODE.ack), u16(packet.block)]);
    case "error":
      return Buffer.concat([u16(OPCODE.error), u16(packet.code), asciiZ(packet.message)]);
    case "optionAck":
      return Buffer.concat([u16(OPCODE.optionAck), optionBytes(packet.options)]);
  }
}

/**
 * Writes DATA packets of blocks `first` to `last` (from 1, both included), one behind the other, without a gap.
 *
 * @returns bytes written
 * @throws RangeError when `into` is too small
 */
export function writeDataPackets(
  into: Uint8Array,
  blocks: {
    readonly file: Uint8Array;
    readonly blockSizeBytes: number;
    readonly first: number;
    readonly last: number;
  },
): number {
  const { file, blockSizeBytes, first, last } = blocks;
  let at = 0;
  for (let block = first; block <= last; block++) {
    const start = (block - 1) * blockSizeBytes;
    const end = Math.min(start + blockSizeBytes, file.length);
    into[at] = 0;
    into[at + 1] = OPCODE.data;
    into[at + 2] = (block >> 8) & 0xff;
    into[at + 3] = block & 0xff;
    at += 4;
    if (end <= start) continue;
    into.set(file.subarray(start, end), at);
    at += end - start;
  }
  return at;
}

const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 0xff);
const asciiZ = (text: string): Uint8Array => Buffer.from(`${text}\0`, "ascii");
const optionBytes = (options: TftpOptions): Uint8Array =>
  Buffer.concat([...options].flatMap(([name, value]) => [asciiZ(name), asciiZ(value)]));
