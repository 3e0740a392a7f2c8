/**
 * What to say beside another DHCP server, which gives the addresses: a reply without one, that says what
 * to boot. PXE 2.1 section 2 (proxyDHCP), UEFI 2.10 section 24.7 (HTTP Boot). Pure.
 *
 * Three forms. A BIOS ROM and iPXE take the boot file from the offer itself. UEFI firmware gets an offer
 * with 60 and without 43 (the BINL form), and asks port 4011 for the file: many firmwares ignore any other
 * (danderson/netboot, tianocore #6944). HTTP Boot takes the URL from an offer that echoes its class.
 */
import type { Ipv4 } from "#src/value/ipv4.ts";
import { type DhcpFacts, MESSAGE_TYPE } from "./facts.ts";
import { addressBytes, OPTION, type Option, text, textZ, u8 } from "./option.ts";
import { type DhcpPacket, encodeDhcp, NO_ADDRESS } from "./packet.ts";
import { type BootAnswer, echoed } from "./replies.ts";

/** The port that a client asks for its file when the offer named none. */
export const BINL_PORT = 4011;

/** Tag 6, discovery control, bit 3: "use the boot file of this offer". Tag 255 ends the list. */
const NO_DISCOVERY = Uint8Array.of(6, 1, 8, 255);
const BIOS = 0;

export type ProxyRequest = {
  readonly packet: DhcpPacket;
  readonly facts: DhcpFacts;
  /** The port that it came to. */
  readonly port: 67 | typeof BINL_PORT;
};

/**
 * Whether a proxy has anything to say to such a message: on port 67 a REQUEST is the other server's. An
 * INFORM is for whoever knows (RFC 2131 section 4.3.5), if it says where to answer.
 */
export function isForProxy({ facts, port }: Omit<ProxyRequest, "packet">): boolean {
  if (facts.message === "inform") return port === BINL_PORT || facts.ciaddr !== undefined;
  return facts.message === (port === BINL_PORT ? "request" : "discover");
}

/** Whether the reply says what to boot: in the BINL form the offer does not, and the client asks port 4011. */
export function namesFile({ facts, port }: Omit<ProxyRequest, "packet">): boolean {
  const isOffer = port !== BINL_PORT && facts.message !== "inform";
  return !isOffer || facts.boot?.program !== "pxe" || facts.boot.archCode === BIOS;
}

/**
 * @returns the reply, or `undefined` where a proxy is silent: towards machines that do not boot from the
 *   network, and on port 67 towards everything but DISCOVER and INFORM, since a REQUEST there is the other server's
 */
export function proxyReply(
  { packet, facts, port }: ProxyRequest,
  { server, boot }: { readonly server: Ipv4; readonly boot: BootAnswer },
): Uint8Array | undefined {
  if (!facts.boot || boot.kind === "ignore") return undefined;
  if (!isForProxy({ facts, port })) return undefined;
  const { program, archCode } = facts.boot;
  const isAck = port === BINL_PORT || facts.message === "inform";
  const file = namesFile({ facts, port }) ? boot.file : undefined;
  const options: readonly Option[] = [
    { code: OPTION.messageType, value: u8(MESSAGE_TYPE[isAck ? "ack" : "offer"]) },
    { code: OPTION.serverId, value: addressBytes(server) },
    { code: OPTION.vendorClass, value: text(program === "httpBoot" ? "HTTPClient" : "PXEClient") },
    ...(program === "pxe" && archCode === BIOS ? [{ code: OPTION.vendorSpecific, value: NO_DISCOVERY }] : []),
    ...(file === undefined ? [] : [{ code: OPTION.bootFileName, value: textZ(file) }]),
    ...echoed(packet),
  ];
  return encodeDhcp({
    ...{ op: "reply", htype: packet.htype, hops: 0, xid: packet.xid, secs: 0, flags: packet.flags },
    ...{ ciaddr: isAck ? packet.ciaddr : NO_ADDRESS, yiaddr: NO_ADDRESS, siaddr: server },
    ...{ giaddr: packet.giaddr, chaddr: packet.chaddr, sname: "" },
    file: file !== undefined && file.length < 128 ? file : "",
    options: new Map(options.map(({ code, value }) => [code, value])),
  });
}

/**
 * The address that the client takes, as far as it says so itself: what it REQUESTs of the other server, or
 * has when it asks us for its file or its options. Anybody can say this of any MAC.
 */
export function claimedAddress({ message, requestedAddress, ciaddr }: DhcpFacts): Ipv4 | undefined {
  if (message === "inform") return ciaddr;
  return message === "request" ? (ciaddr ?? requestedAddress) : undefined;
}
