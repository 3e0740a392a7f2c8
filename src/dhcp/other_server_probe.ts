/**
 * Looks for other DHCP servers on the provisioning network before ours answers anybody.
 *
 * Asks twice over, as a new machine (DISCOVER with a made-up MAC) and as one that has an address
 * (INFORM): dnsmasq pings an address for 3 s before it offers it, but answers an INFORM at once.
 * Both ask for what firmware asks for, so that servers show what they tell machines that boot from the network;
 * neither says that it is one, so that no server takes it for a new node.
 */
import { randomBytes, randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type Datagram, UdpSocket } from "#src/net/udp_socket.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { type Mac, macBytes, macFromBytes } from "#src/value/mac.ts";
import { MESSAGE_TYPE, readFacts } from "./facts.ts";
import { OPTION, readText, u8 } from "./option.ts";
import { BROADCAST_FLAG, decodeDhcp, encodeDhcp, NO_ADDRESS } from "./packet.ts";

/** A server that is not ours, and what it offered (0.0.0.0 where it offered no address). */
export type ForeignServer = {
  readonly server: Ipv4;
  readonly offered: Ipv4;
  /** Option 60 of its answer: firmware takes a server that sends it for a boot server. */
  readonly vendorClass?: string | undefined;
  readonly hasVendorOptions?: boolean | undefined;
  /** Option 67, or the field `file`. */
  readonly bootFile?: string | undefined;
};

export type ProbeOptions = {
  readonly interface: string;
  /** Our own address on that interface. */
  readonly address: Ipv4;
  readonly signal?: AbortSignal;
  /** How long to listen when nobody answers. */
  readonly waitMs?: number;
};

const SERVER_PORT = 67;
export const CLIENT_PORT = 68;
const EVERYBODY = "255.255.255.255" as Ipv4;
const PROBE_WAIT_MS = 2000;
const ROUNDS = 2;
/** Once one server answered, others get this long, so that the message names them all. */
const LAST_CALL_MS = 200;
const ASKED_FOR = [
  OPTION.subnetMask,
  OPTION.router,
  OPTION.vendorSpecific,
  OPTION.vendorClass,
  OPTION.tftpServerName,
  OPTION.bootFileName,
];

/**
 * @returns the servers that answered, each once; empty when ours would be alone.
 * @throws StartError when port 68 cannot be bound on the interface.
 */
export async function probeOtherServers(options: ProbeOptions): Promise<readonly ForeignServer[]> {
  const { waitMs = PROBE_WAIT_MS, signal } = options;
  const found = new Map<Ipv4, ForeignServer>();
  const answered = new AbortController();
  const take = (datagram: Datagram): void => {
    const foreign = readForeignServer(datagram.bytes, options.address);
    if (!foreign) return;
    found.set(foreign.server, foreign);
    answered.abort();
  };
  await using socket = await UdpSocket.open({
    interface: options.interface,
    port: CLIENT_PORT,
    shared: true,
    onDatagram: take,
    onFault: () => {}, // a probe that cannot be sent finds nobody; the server's own socket will report the network
  });
  const stop = AbortSignal.any([answered.signal, ...(signal ? [signal] : [])]);
  const mac = madeUpMac();
  for (let round = 0; round < ROUNDS && !stop.aborted; round++) {
    for (const bytes of probePackets(options.address, mac))
      socket.send(bytes, { address: EVERYBODY, port: SERVER_PORT });
    await pause(waitMs / ROUNDS, stop);
  }
  if (found.size > 0) await pause(LAST_CALL_MS, signal);
  return [...found.values()];
}

/** The server behind an OFFER, ACK or NAK, unless it is ours. */
export function readForeignServer(bytes: Uint8Array, ours: Ipv4): ForeignServer | undefined {
  const packet = decodeDhcp(bytes);
  if (!packet.ok || packet.value.op !== "reply") return undefined;
  const facts = readFacts(packet.value);
  if (!facts.ok || !["offer", "ack", "nak"].includes(facts.value.message)) return undefined;
  const server = facts.value.serverId;
  if (!server || server === ours) return undefined;
  const { options, file, yiaddr } = packet.value;
  return {
    ...{ server, offered: yiaddr },
    vendorClass: readText(options.get(OPTION.vendorClass)),
    hasVendorOptions: options.has(OPTION.vendorSpecific),
    bootFile:
      (readText(options.get(OPTION.bootFileName)) ?? file.replaceAll(/[^\x20-\x7e]/g, "?")) || undefined,
  };
}

/** A MAC that no card was ever made with (locally administered, unicast). */
export function madeUpMac(): Mac {
  const bytes = randomBytes(6);
  bytes[0] = ((bytes[0] ?? 0) & 0xfc) | 0x02;
  return macFromBytes(bytes);
}

/** The questions, from the made-up machine `mac`, to be broadcast to port 67. */
export function probePackets(ours: Ipv4, mac: Mac): readonly Uint8Array[] {
  const chaddr = macBytes(mac);
  const packet = (message: "discover" | "inform"): Uint8Array =>
    encodeDhcp({
      op: "request",
      ...{ htype: 1, hops: 0, xid: randomInt(2 ** 32), secs: 0, flags: BROADCAST_FLAG, chaddr },
      ciaddr: message === "inform" ? ours : NO_ADDRESS,
      ...{ yiaddr: NO_ADDRESS, siaddr: NO_ADDRESS, giaddr: NO_ADDRESS, sname: "", file: "" },
      options: new Map([
        [OPTION.messageType, u8(MESSAGE_TYPE[message])],
        [OPTION.parameterList, Uint8Array.of(...ASKED_FOR)],
      ]),
    });
  return [packet("discover"), packet("inform")];
}

const pause = (ms: number, signal?: AbortSignal): Promise<unknown> =>
  sleep(ms, undefined, signal ? { signal } : {}).catch(() => undefined);
