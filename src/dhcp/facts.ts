/**
 * What a client said, read once from its packet, so that decisions are made
 * on facts and not on bytes.
 *
 * RFC 2131 section 4.3.2 (the four states behind a REQUEST), RFC 4578 (93, 94,
 * 97), RFC 3004 (77), RFC 3527 and 3011 (link selection), RFC 5107 (server identifier override), iPXE's option 175.
 *
 * Pure. Strings come from the network: printable ASCII, otherwise anything.
 */
import type { Decoded, DecodeError } from "#src/value/decoded.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { type Mac, macFromBytes } from "#src/value/mac.ts";
import {
  type DhcpOptions,
  OPTION,
  RELAY_SUBOPTION,
  readAddress,
  readSuboption,
  readText,
  readU16,
} from "./option.ts";
import { BROADCAST_FLAG, type DhcpPacket, NO_ADDRESS } from "./packet.ts";

export const MESSAGE_TYPE = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  ack: 5,
  nak: 6,
  release: 7,
  inform: 8,
} as const;

export type MessageType = keyof typeof MESSAGE_TYPE;

/** What the client loads its operating system with. Everything a boot decision needs. */
export type NetworkBoot = {
  readonly mac: Mac;
  /** Option 93, the first of its list; `undefined` when it is absent. */
  readonly archCode: number | undefined;
  /** What asks: vendor firmware, or an iPXE (in ROM or already loaded). */
  readonly program: "pxe" | "httpBoot" | "ipxe";
  /** Transaction id: DISCOVER, REQUEST and their repeats share it, the next attempt has another. */
  readonly exchange: number;
  /** False for an iPXE that lists what it can do (option 175) without HTTP. */
  readonly fetchesHttp: boolean;
  /** Option 60, which names the firmware's network stack: `PXEClient:Arch:00007:UNDI:003000`. */
  readonly vendorClass: string;
  /** An INFORM: it runs and has an address, and its question begins no boot. */
  readonly onlyAsks?: boolean;
};

export type DhcpFacts = {
  readonly message: MessageType;
  readonly mac: Mac;
  readonly clientId: string | undefined;
  readonly ciaddr: Ipv4 | undefined;
  readonly giaddr: Ipv4 | undefined;
  /** The subnet that its relay asks for where that is not the one of giaddr: any address in it. */
  readonly linkSelection: Ipv4 | undefined;
  /** What its relay wants to be taken for: clients then renew through the relay (RFC 5107). */
  readonly serverOverride: Ipv4 | undefined;
  readonly requestedAddress: Ipv4 | undefined;
  readonly serverId: Ipv4 | undefined;
  /** Option 97 without its type byte, in hex, as the client spells it: programs of one machine may differ in the order of bytes. */
  readonly uuid: string | undefined;
  readonly wantsBroadcast: boolean;
  /** Largest reply the client takes, in bytes of UDP payload. */
  readonly maxReplyBytes: number;
  /** `undefined` when the client does not boot from the network. */
  readonly boot: NetworkBoot | undefined;
};

const IPXE_HTTP = 19;
/** TFTP, DNS, and the formats of images: each iPXE has some of them. */
const FEATURES = [21, 22, 23, 33, 34, 36];
const ETHERNET = 1;
const MAC_BYTES = 6;
const IP_AND_UDP_BYTES = 28;
/** RFC 2131 section 2: every client takes 312 bytes of options, and EDK2 takes no more whatever its option 57 says. */
const ASSURED_REPLY_BYTES = 576 - IP_AND_UDP_BYTES;
const MAX_REPLY_BYTES = 1500 - IP_AND_UDP_BYTES;

/** @returns the facts, or which field is not what the RFC demands. Never throws. */
export function readFacts(packet: DhcpPacket): Decoded<DhcpFacts> {
  const type = packet.options.get(OPTION.messageType);
  const message = MESSAGES.get(type?.length === 1 ? (type[0] ?? 0) : 0);
  if (!message)
    return refused("badValue", "option 53", type ? "not a DHCP message type" : "absent: plain BOOTP");
  // InfiniBand (htype 32, no chaddr, identity in option 61) will get its own branch here.
  if (packet.htype !== ETHERNET || packet.chaddr.length !== MAC_BYTES) {
    return refused(
      "unsupported",
      "htype",
      `htype ${packet.htype}, hlen ${packet.chaddr.length}: not Ethernet`,
    );
  }
  const mac = macFromBytes(packet.chaddr);
  const { options } = packet;
  const clientId = options.get(OPTION.clientId);
  return {
    ok: true,
    value: {
      message,
      mac,
      clientId: clientId && Buffer.from(clientId).toString("hex"),
      ciaddr: given(packet.ciaddr),
      giaddr: given(packet.giaddr),
      linkSelection: packet.giaddr === NO_ADDRESS ? undefined : readLinkSelection(options),
      serverOverride: packet.giaddr === NO_ADDRESS ? undefined : readServerOverride(options),
      requestedAddress: given(readAddress(options.get(OPTION.requestedAddress))),
      serverId: given(readAddress(options.get(OPTION.serverId))),
      uuid: readUuid(options.get(OPTION.clientUuid)),
      wantsBroadcast: (packet.flags & BROADCAST_FLAG) !== 0,
      maxReplyBytes: maxReplyBytes(readU16(options.get(OPTION.maxMessageSize))),
      boot: networkBoot(packet, mac, message === "inform"),
    },
  };
}

/** RFC 3527 before RFC 3011, from relays only: a machine on our own wire does not choose its subnet. */
const readLinkSelection = (options: DhcpOptions): Ipv4 | undefined =>
  given(
    readAddress(readSuboption(options.get(OPTION.relayInformation), RELAY_SUBOPTION.linkSelection)) ??
      readAddress(options.get(OPTION.subnetSelection)),
  );

/** From relays only, as above. */
const readServerOverride = (options: DhcpOptions): Ipv4 | undefined =>
  given(readAddress(readSuboption(options.get(OPTION.relayInformation), RELAY_SUBOPTION.serverOverride)));

const MESSAGES = new Map<number, MessageType>(
  Object.entries(MESSAGE_TYPE).map(([name, code]) => [code, name as MessageType]),
);

const UUID_BYTES = 17;
/** Boards without one send zeros, or all ones. */
const NO_UUID = /^(?:0{32}|f{32})$/;

function readUuid(value: Uint8Array | undefined): string | undefined {
  if (value?.length !== UUID_BYTES || value[0] !== 0) return undefined;
  const hex = Buffer.from(value.subarray(1)).toString("hex");
  return NO_UUID.test(hex) ? undefined : hex;
}

const given = (address: Ipv4 | undefined): Ipv4 | undefined => (address === NO_ADDRESS ? undefined : address);

/** EDK2 REQUESTs say 65280: what the wire carries in one piece is the cap. */
const maxReplyBytes = (asked: number | undefined): number =>
  asked === undefined
    ? ASSURED_REPLY_BYTES
    : Math.min(Math.max(asked - IP_AND_UDP_BYTES, ASSURED_REPLY_BYTES), MAX_REPLY_BYTES);

function networkBoot({ options, xid }: DhcpPacket, mac: Mac, onlyAsks: boolean): NetworkBoot | undefined {
  const vendorClass = readText(options.get(OPTION.vendorClass)) ?? "";
  const userClass = readText(options.get(OPTION.userClass)) ?? "";
  // RFC 3004 puts a length before each user class; iPXE does not. Both end in the name.
  const isIpxe = options.has(OPTION.ipxe) || userClass.endsWith("iPXE");
  const isHttp = vendorClass.startsWith("HTTPClient");
  const isPxe = vendorClass.startsWith("PXEClient");
  if (!isIpxe && !isHttp && !isPxe) return undefined;
  const arch = options.get(OPTION.clientArch);
  // The option is a list; firmware sends one entry.
  const archCode = readU16(arch?.subarray(0, 2)) ?? archInVendorClass(vendorClass);
  const program: NetworkBoot["program"] = isIpxe ? "ipxe" : isHttp ? "httpBoot" : "pxe";
  const known = { mac, archCode, program, exchange: xid, fetchesHttp: fetchesHttp(options), vendorClass };
  return onlyAsks ? { ...known, onlyAsks } : known;
}

/** iPXE lists its features as suboptions (https://ipxe.org/howto/dhcpd): 19 is HTTP. One that lists none says nothing. */
function fetchesHttp(options: DhcpOptions): boolean {
  const features = options.get(OPTION.ipxe);
  const lists = FEATURES.some((code) => readSuboption(features, code));
  return !lists || readSuboption(features, IPXE_HTTP) !== undefined;
}

/** `PXEClient:Arch:00009:UNDI:003010`: a Cisco NCS-5508 says its architecture only here. */
function archInVendorClass(vendorClass: string): number | undefined {
  const digits = /:Arch:(\d{5})/.exec(vendorClass)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

const refused = (kind: DecodeError["kind"], field: string, detail: string): Decoded<never> => ({
  ok: false,
  error: { kind, field, offsetBytes: 0, detail },
});
