/**
 * DHCP packets: the BOOTP frame and its option fields.
 *
 * RFC 2131 section 2 (frame), RFC 2132 section 9.3 (overload), RFC 3396 (an
 * option that comes in several pieces). What options mean is in `facts.ts`.
 *
 * Pure: no sockets, no clock. Integers are big-endian.
 */
import { ByteReader } from "#src/value/byte_reader.ts";
import type { Decoded } from "#src/value/decoded.ts";
import { type Ipv4, ipv4FromBytes, ipv4ToNumber } from "#src/value/ipv4.ts";
import { type DhcpOptions, OPTION } from "./option.ts";

/** RFC 2131 section 2. `chaddr` is as long as hlen says; `file` and `sname` are without their padding. */
export type DhcpPacket = {
  readonly op: "request" | "reply";
  readonly htype: number;
  readonly hops: number;
  readonly xid: number;
  readonly secs: number;
  readonly flags: number;
  readonly ciaddr: Ipv4;
  readonly yiaddr: Ipv4;
  readonly siaddr: Ipv4;
  readonly giaddr: Ipv4;
  readonly chaddr: Uint8Array;
  readonly sname: string;
  readonly file: string;
  readonly options: DhcpOptions;
};

export const NO_ADDRESS = "0.0.0.0" as Ipv4;
export const BROADCAST_FLAG = 0x8000;
const OPS = { request: 1, reply: 2 } as const;
const MAGIC_COOKIE = 0x63825363;
/** Up to the first option, magic cookie included. */
const FRAME_BYTES = 240;
const SNAME_BYTES = 64;
const FILE_BYTES = 128;
/** BOOTP's 64 bytes of vendor area (RFC 951): some relays and clients drop anything shorter. */
const MIN_PACKET_BYTES = 300;
const MAX_PIECE_BYTES = 255;

type OptionField = { readonly bytes: Uint8Array; readonly name: string };
type MutableOptions = Map<number, Uint8Array>;

/**
 * Decodes one UDP payload. Option values are copies when pieces were joined and views otherwise.
 *
 * @returns the packet, or where and why the bytes are not one. Never throws.
 */
export function decodeDhcp(bytes: Uint8Array): Decoded<DhcpPacket> {
  const reader = new ByteReader(bytes);
  const op = reader.u8("op");
  if (op !== OPS.request && op !== OPS.reply) reader.fail("badValue", "op", `op ${op}`);
  const htype = reader.u8("htype");
  const hlen = reader.u8("hlen");
  if (hlen > 16) reader.fail("badValue", "hlen", `hlen ${hlen}, at most 16`);
  const hops = reader.u8("hops");
  const xid = readU32(reader, "xid");
  const secs = reader.u16("secs");
  const flags = reader.u16("flags");
  const [ciaddr, yiaddr, siaddr, giaddr] = [
    readIpv4(reader, "ciaddr"),
    readIpv4(reader, "yiaddr"),
    readIpv4(reader, "siaddr"),
    readIpv4(reader, "giaddr"),
  ];
  const chaddr = reader.take(16, "chaddr").subarray(0, hlen);
  const sname = reader.take(SNAME_BYTES, "sname");
  const file = reader.take(FILE_BYTES, "file");
  const cookie = readU32(reader, "magic cookie");
  if (cookie !== MAGIC_COOKIE) reader.fail("badValue", "magic cookie", `0x${cookie.toString(16)}`);
  const area = reader.take(reader.leftBytes, "options");
  const fields = readOptionFields(reader, { area, sname, file });
  return reader.finish<DhcpPacket>({
    op: op === OPS.reply ? "reply" : "request",
    ...{ htype, hops, xid, secs, flags, ciaddr, yiaddr, siaddr, giaddr, chaddr },
    ...fields,
  });
}

/** The option area, then `file`, then `sname` where option 52 says that they carry options (RFC 2132 section 9.3). */
function readOptionFields(
  reader: ByteReader,
  { area, sname, file }: { area: Uint8Array; sname: Uint8Array; file: Uint8Array },
): { sname: string; file: string; options: DhcpOptions } {
  const options: MutableOptions = new Map();
  readOptions(reader, { bytes: area, name: "options" }, options);
  const overload = options.get(OPTION.overload)?.[0] ?? 0;
  if ((overload & 1) !== 0) readOptions(reader, { bytes: file, name: "file" }, options);
  if ((overload & 2) !== 0) readOptions(reader, { bytes: sname, name: "sname" }, options);
  return {
    sname: (overload & 2) === 0 ? paddedText(sname) : "",
    file: (overload & 1) === 0 ? paddedText(file) : "",
    options,
  };
}

function readOptions(reader: ByteReader, { bytes, name }: OptionField, into: MutableOptions): void {
  let at = 0;
  while (at < bytes.length) {
    const code = bytes[at++] ?? OPTION.end;
    if (code === OPTION.pad) continue;
    if (code === OPTION.end) return;
    const length = bytes[at++];
    if (length === undefined || length > bytes.length - at) {
      reader.fail("truncated", `option ${code}`, `runs over the end of ${name}`);
      return;
    }
    const piece = bytes.subarray(at, at + length);
    const before = into.get(code);
    into.set(code, before ? Buffer.concat([before, piece]) : piece);
    at += length;
  }
}

/** Encodes one packet; a value over 255 bytes goes out in pieces (RFC 3396). Inverse of {@link decodeDhcp}. */
export function encodeDhcp(packet: DhcpPacket): Buffer {
  let sizeBytes = FRAME_BYTES + 1;
  for (const value of packet.options.values()) sizeBytes += optionBytes(value);
  const bytes = Buffer.alloc(Math.max(sizeBytes, MIN_PACKET_BYTES));
  writeFrame(bytes, packet);
  let at = FRAME_BYTES;
  for (const [code, value] of packet.options) at = writeOption(bytes, at, [code, value]);
  bytes[at] = OPTION.end;
  return bytes;
}

/** Into bytes that are zero. */
function writeFrame(bytes: Buffer, packet: DhcpPacket): void {
  bytes[0] = OPS[packet.op];
  bytes[1] = packet.htype;
  bytes[2] = packet.chaddr.length;
  bytes[3] = packet.hops;
  bytes.writeUInt32BE(packet.xid, 4);
  bytes.writeUInt16BE(packet.secs, 8);
  bytes.writeUInt16BE(packet.flags, 10);
  bytes.writeUInt32BE(ipv4ToNumber(packet.ciaddr), 12);
  bytes.writeUInt32BE(ipv4ToNumber(packet.yiaddr), 16);
  bytes.writeUInt32BE(ipv4ToNumber(packet.siaddr), 20);
  bytes.writeUInt32BE(ipv4ToNumber(packet.giaddr), 24);
  bytes.set(packet.chaddr.subarray(0, 16), 28);
  if (packet.sname) bytes.write(packet.sname, 44, SNAME_BYTES, "latin1");
  if (packet.file) bytes.write(packet.file, 108, FILE_BYTES, "latin1");
  bytes.writeUInt32BE(MAGIC_COOKIE, 236);
}

/** @returns where the next option begins */
function writeOption(bytes: Buffer, at: number, [code, value]: readonly [number, Uint8Array]): number {
  let end = at;
  for (let from = 0; from === 0 || from < value.length; from += MAX_PIECE_BYTES) {
    const piece = value.length > MAX_PIECE_BYTES ? value.subarray(from, from + MAX_PIECE_BYTES) : value;
    bytes[end] = code;
    bytes[end + 1] = piece.length;
    bytes.set(piece, end + 2);
    end += 2 + piece.length;
  }
  return end;
}

/** Bytes that the option takes on the wire. */
export const optionBytes = (value: Uint8Array): number =>
  value.length + 2 * Math.max(1, Math.ceil(value.length / MAX_PIECE_BYTES));

const readU32 = (reader: ByteReader, field: string): number =>
  reader.u16(field) * 0x10000 + reader.u16(field);

function readIpv4(reader: ByteReader, field: string): Ipv4 {
  const bytes = reader.take(4, field);
  return bytes.length === 4 ? ipv4FromBytes(bytes) : NO_ADDRESS;
}

function paddedText(bytes: Uint8Array): string {
  if (bytes[0] === 0) return "";
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString("latin1");
}
