/** LLDP frames, built by hand and out of captures of real devices. */
import { capturedFrames } from "#test/net/recordings.ts";

const NEAREST_BRIDGE = "0180c200000e";
const SOURCE = "525400000001";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ""), "hex");

/** @param value hex, or bytes */
export function tlv(type: number, value: string | Uint8Array = "", sizeBytes?: number): Buffer {
  const bytes = typeof value === "string" ? hex(value) : Buffer.from(value);
  const header = Buffer.alloc(2);
  header.writeUInt16BE((type << 9) | (sizeBytes ?? bytes.length));
  return Buffer.concat([header, bytes]);
}

export const END = tlv(0);
export const CHASSIS = tlv(1, "04 525400000001");
export const PORT = tlv(2, `05 ${Buffer.from("swp7").toString("hex")}`);
export const TTL = tlv(3, "0078");
export const text = (type: number, value: string): Buffer => tlv(type, Buffer.from(value));

/** An Ethernet frame of these TLVs. @param tags hex in front of the EtherType */
export const frameOf = (tlvs: readonly Uint8Array[], tags = ""): Buffer =>
  Buffer.concat([hex(`${NEAREST_BRIDGE}${SOURCE}${tags}88cc`), ...tlvs]);

/** The three that have to be there, these, and the end. */
export const frameWith = (...tlvs: readonly Uint8Array[]): Buffer =>
  frameOf([CHASSIS, PORT, TTL, ...tlvs, END]);

/** One TLV of each kind that is read. */
export const FULL = frameWith(
  text(4, "port 7"),
  text(5, "leaf1.example"),
  text(6, "A switch\nof some make"),
  tlv(7, "0014 0004"),
  tlv(8, "05 01 0a4d0002 02 00000007 08 2b06010201020201"),
  tlv(8, `11 02 20010db8${"00".repeat(11)}01 03 00000008 00`),
  tlv(127, "0080c2 01 0064"),
  tlv(127, "0080c2 03 0064 04 626f6f74"),
  tlv(127, "0080c2 07 03 00000400"),
  tlv(127, "00120f 01 03 8000 001e"),
  tlv(127, "00120f 03 01 00000000"),
  tlv(127, "00120f 04 2400"),
);

/** Frames with the EtherType of LLDP, tagged or not. */
export const recordedLldp = (): readonly { readonly file: string; readonly bytes: Buffer }[] =>
  capturedFrames().filter(({ bytes }) =>
    [12, 16, 20].some((at) => bytes.length >= at + 2 && bytes.readUInt16BE(at) === 0x88cc),
  );
