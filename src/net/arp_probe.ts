/**
 * Who answers for an address, whatever the kernel's own table says. Needs packet sockets (CAP_NET_RAW).
 *
 * Node has no door to packet sockets, so the socket is looked at fifty times a second while a probe lasts.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { type ArpPacket, arpProbe, decodeArp } from "./arp.ts";
import type { NetworkInterface } from "./interface.ts";
import {
  bindSocket,
  closeDescriptor,
  int32,
  openSocket,
  receiveWaiting,
  SOCK_DGRAM,
  sendDatagram,
} from "./libc.ts";

export type ArpProbeOptions = {
  readonly interface: Pick<NetworkInterface, "index" | "mac">;
  readonly addresses: readonly Ipv4[];
  /** How long to listen after the last question. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
};

const AF_PACKET = 17;
const ETH_P_ARP = 0x0806;
const LOOK_MS = 20;
/** Questions at one look: 3,200 a second, which is no load for any switch. */
const AT_ONCE = 64;
/** RFC 5227 section 1.1 listens for 2 s behind bridges that still learn; on one wire an answer takes a millisecond. */
const WAIT_MS = 500;
const ROUNDS = 2;
const MAX_MACS = 8;

/** @throws SystemCallError when packet sockets are not allowed */
export function openArpSocket(index: number): number {
  const fd = openSocket(AF_PACKET, SOCK_DGRAM, swapped(ETH_P_ARP));
  try {
    bindSocket(fd, linkAddress(index));
    return fd;
  } catch (fault) {
    closeDescriptor(fd);
    throw fault;
  }
}

/** Asks everybody on the wire once who has the address. @throws SystemCallError when the interface does not take it */
export const sendArpProbe = (
  fd: number,
  { index, mac }: Pick<NetworkInterface, "index" | "mac">,
  address: Ipv4,
): void => sendDatagram(fd, arpProbe(mac, address), linkAddress(index));

/** Takes the next frame that waits. @returns what it says, `other` when that is no ARP for IPv4, `undefined` when none waits */
export function receiveArp(fd: number): ArpPacket | "other" | undefined {
  const buffer = Buffer.alloc(64);
  const length = receiveWaiting(fd, buffer);
  if (length === undefined) return undefined;
  const packet = decodeArp(buffer.subarray(0, length));
  return packet.ok ? packet.value : "other";
}

/**
 * Asks for each address twice.
 *
 * @returns the machines that answered, by address; ours is never among them
 * @throws SystemCallError when packet sockets are not allowed
 */
export async function probeAddresses(options: ArpProbeOptions): Promise<ReadonlyMap<Ipv4, readonly Mac[]>> {
  const { interface: own, addresses, waitMs = WAIT_MS, signal } = options;
  const found = new Map<Ipv4, readonly Mac[]>();
  const fd = openArpSocket(own.index);
  try {
    const asked = new Set(addresses);
    const look = async (): Promise<void> => {
      await sleep(LOOK_MS, undefined, signal ? { signal } : {});
      takeAnswers({ fd, asked, own: own.mac }, found);
    };
    const questions = Array.from({ length: ROUNDS }, () => addresses).flat();
    for (let at = 0; at < questions.length; at += AT_ONCE) {
      for (const address of questions.slice(at, at + AT_ONCE)) {
        sendArpProbe(fd, own, address);
      }
      await look();
    }
    for (let waitedMs = 0; waitedMs < waitMs; waitedMs += LOOK_MS) await look();
    return found;
  } finally {
    closeDescriptor(fd);
  }
}

type Listening = { readonly fd: number; readonly asked: ReadonlySet<Ipv4>; readonly own: Mac };

function takeAnswers({ fd, asked, own }: Listening, found: Map<Ipv4, readonly Mac[]>): void {
  for (;;) {
    const packet = receiveArp(fd);
    if (packet === undefined) return;
    if (packet === "other") continue;
    const { mac, address } = packet.sender;
    const before = found.get(address) ?? [];
    if (mac === own || !asked.has(address) || before.includes(mac) || before.length === MAX_MACS) continue;
    found.set(address, [...before, mac]);
  }
}

/** `struct sockaddr_ll` of everybody on the link. */
function linkAddress(index: number): Buffer {
  const bytes = Buffer.alloc(20);
  bytes.set(int32(AF_PACKET).subarray(0, 2), 0);
  bytes.writeUInt16BE(ETH_P_ARP, 2);
  bytes.set(int32(index), 4);
  bytes[11] = 6;
  bytes.fill(0xff, 12, 18);
  return bytes;
}

/** Network order, as `socket` wants its protocol; on the little-endian machines that Node runs on. */
const swapped = (value: number): number => ((value & 0xff) << 8) | (value >> 8);
