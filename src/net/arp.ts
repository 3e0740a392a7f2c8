/**
 * ARP for IPv4 on Ethernet: RFC 826 (packet), RFC 5227 section 2.1 (the probe:
 * a request whose sender address is zero, so that it changes nobody's table).
 *
 * Pure: no sockets, no clock.
 */
import { ByteReader } from "#src/value/byte_reader.ts";
import type { Decoded } from "#src/value/decoded.ts";
import { type Ipv4, ipv4Bytes, ipv4FromBytes } from "#src/value/ipv4.ts";
import { type Mac, macBytes, macFromBytes } from "#src/value/mac.ts";

export type ArpPacket = {
  readonly op: "request" | "reply";
  readonly sender: { readonly mac: Mac; readonly address: Ipv4 };
  readonly target: { readonly mac: Mac; readonly address: Ipv4 };
};

const ETHERNET = 1;
const IPV4 = 0x0800;
const MAC_BYTES = 6;
const ADDRESS_BYTES = 4;
const OPS = { request: 1, reply: 2 } as const;
const NO_MAC = "00:00:00:00:00:00" as Mac;
const NO_ADDRESS = "0.0.0.0" as Ipv4;

/** @returns the packet, or where and why the bytes are not one. Never throws. */
export function decodeArp(bytes: Uint8Array): Decoded<ArpPacket> {
  const reader = new ByteReader(bytes);
  for (const [field, wanted] of [
    ["hardware type", ETHERNET],
    ["protocol type", IPV4],
    ["address lengths", (MAC_BYTES << 8) | ADDRESS_BYTES],
  ] as const) {
    const found = reader.u16(field);
    if (found !== wanted) reader.fail("unsupported", field, `${found}`);
  }
  const op = reader.u16("op");
  if (op !== OPS.request && op !== OPS.reply) reader.fail("unsupported", "op", `op ${op}`);
  const sender = readHost(reader, "sender");
  const target = readHost(reader, "target");
  return reader.finish<ArpPacket>({ op: op === OPS.reply ? "reply" : "request", sender, target });
}

/** Inverse of {@link decodeArp}. */
export function encodeArp({ op, sender, target }: ArpPacket): Buffer {
  const head = Buffer.from([0, ETHERNET, IPV4 >> 8, IPV4 & 0xff, MAC_BYTES, ADDRESS_BYTES, 0, OPS[op]]);
  const hosts = [sender, target].flatMap(({ mac, address }) => [macBytes(mac), ipv4Bytes(address)]);
  return Buffer.concat([head, ...hosts]);
}

/** Asks who has `address`, without saying that we have any. */
export const arpProbe = (from: Mac, address: Ipv4): Buffer =>
  encodeArp({
    op: "request",
    sender: { mac: from, address: NO_ADDRESS },
    target: { mac: NO_MAC, address },
  });

function readHost(reader: ByteReader, who: string): { mac: Mac; address: Ipv4 } {
  const mac = reader.take(MAC_BYTES, `${who} hardware address`);
  const address = reader.take(ADDRESS_BYTES, `${who} address`);
  return {
    mac: mac.length === MAC_BYTES ? macFromBytes(mac) : NO_MAC,
    address: address.length === ADDRESS_BYTES ? ipv4FromBytes(address) : NO_ADDRESS,
  };
}
