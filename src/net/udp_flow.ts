/**
 * A UDP socket for one conversation: it hears one peer only and sends without a detour.
 *
 * Knows no protocol. Connected, so the kernel drops what strangers send to its port, looks up the
 * route once, knows the path's MTU, and says when nobody listens at the peer's port any more.
 * Several datagrams to the peer leave by one system call, which the kernel cuts up (UDP_SEGMENT).
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { type Ipv4, ipv4Bytes } from "#src/value/ipv4.ts";
import {
  AF_INET,
  bindSocket,
  closeDescriptor,
  connectSocket,
  IP_MTU,
  IPPROTO_IP,
  openSocket,
  SO_BINDTODEVICE,
  SOCK_DGRAM,
  SOL_SOCKET,
  SOL_UDP,
  sendConnected,
  setSocketOption,
  socketAddress,
  socketOption,
  UDP_SEGMENT,
} from "./libc.ts";
import type { Endpoint } from "./udp_socket.ts";

export type UdpFlowOptions = {
  readonly interface: string;
  /** Local address, so that the peer sees the one that it asked. */
  readonly address: Ipv4;
  readonly peer: Endpoint;
  readonly onDatagram: (bytes: Uint8Array) => void;
  /** Nobody listens at the peer's port (ICMP port unreachable). */
  readonly onRefused: () => void;
  /** What else sending or the socket reported. The socket stays open. */
  readonly onFault: (fault: unknown) => void;
};

/** Payload of the largest UDP datagram, which limits one call as well. */
const MAX_SEND_BYTES = 65_507;
/** UDP_MAX_SEGMENTS of the kernel. */
const MAX_SEGMENTS = 64;
/**
 * Loss like any other, which who sends again mends or gives up on: a full queue, a peer that is
 * switched off (no ARP answer), and a router that says that the path is narrower than it was.
 */
const LOSSES: readonly string[] = [
  "EAGAIN",
  "ENOBUFS",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EHOSTDOWN",
  "EMSGSIZE",
];
/** What a card or a path says that cannot have a send cut up. */
const CANNOT_SEGMENT: readonly string[] = ["EINVAL", "EIO", "EMSGSIZE"];

export class UdpFlow implements AsyncDisposable {
  readonly #options: UdpFlowOptions;
  readonly #fd: number;
  readonly #socket: Socket;
  #segmentBytes = 0;
  #canSegment = true;
  #isOpen = true;

  private constructor(fd: number, options: UdpFlowOptions) {
    this.#fd = fd;
    this.#options = options;
    this.#socket = createSocket("udp4");
    this.#socket.bind({ fd });
    this.#socket.on("message", options.onDatagram);
    this.#socket.on("error", (fault) => this.#report("code" in fault ? String(fault.code) : fault.message));
  }

  /** @throws SystemCallError when the peer cannot be reached from the interface, or there are no descriptors left. */
  static open(options: UdpFlowOptions): UdpFlow {
    const fd = openSocket(AF_INET, SOCK_DGRAM);
    try {
      setSocketOption(fd, [SOL_SOCKET, SO_BINDTODEVICE], Buffer.from(`${options.interface}\0`));
      bindSocket(fd, socketAddress(ipv4Bytes(options.address), 0));
      connectSocket(fd, socketAddress(ipv4Bytes(options.peer.address), options.peer.port));
      return new UdpFlow(fd, options);
    } catch (fault) {
      closeDescriptor(fd);
      throw fault;
    }
  }

  /** Of the way to the peer, as far as the kernel knows it: the interface's, a route's, or what a router said. */
  get pathMtuBytes(): number {
    return socketOption(this.#fd, [IPPROTO_IP, IP_MTU]);
  }

  /** How many datagrams of that size go into one {@link sendSegments}. */
  static segmentsAtOnce(segmentBytes: number): number {
    return Math.max(1, Math.min(MAX_SEGMENTS, Math.floor(MAX_SEND_BYTES / segmentBytes)));
  }

  /** Sends one datagram. `bytes` may be used anew at once. */
  send(bytes: Uint8Array, lengthBytes = bytes.length): void {
    if (!this.#isOpen) return;
    const problem = sendConnected(this.#fd, bytes, lengthBytes);
    if (problem !== undefined) this.#report(problem);
  }

  /**
   * Sends datagrams that lie one behind the other in `bytes`, all of `segmentBytes` but the last,
   * which may be shorter. `bytes` may be used anew at once.
   */
  sendSegments(bytes: Uint8Array, segmentBytes: number): void {
    if (!this.#isOpen) return;
    if (bytes.length <= segmentBytes) this.send(bytes);
    else if (!this.#trySegments(bytes, segmentBytes)) this.#sendEach(bytes, segmentBytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const closed = once(this.#socket, "close");
    this.#socket.close();
    await closed;
  }

  /** @returns whether that was all: a card without checksums of its own, or a path narrower than a datagram, cannot do it. */
  #trySegments(bytes: Uint8Array, segmentBytes: number): boolean {
    if (!this.#canSegment) return false;
    try {
      if (this.#segmentBytes !== segmentBytes) {
        setSocketOption(this.#fd, [SOL_UDP, UDP_SEGMENT], segmentBytes);
        this.#segmentBytes = segmentBytes;
      }
      const problem = sendConnected(this.#fd, bytes, bytes.length);
      if (problem === undefined) return true;
      if (!CANNOT_SEGMENT.includes(problem)) {
        this.#report(problem);
        return true;
      }
      setSocketOption(this.#fd, [SOL_UDP, UDP_SEGMENT], 0);
    } catch {
      // A kernel that does not know the option: one by one, as below.
    }
    this.#canSegment = false;
    return false;
  }

  #sendEach(bytes: Uint8Array, segmentBytes: number): void {
    for (let at = 0; at < bytes.length; at += segmentBytes) this.send(bytes.subarray(at, at + segmentBytes));
  }

  #report(problem: string): void {
    if (problem === "ECONNREFUSED") this.#options.onRefused();
    else if (!LOSSES.includes(problem)) {
      const { address, port } = this.#options.peer;
      this.#options.onFault(new Error(`Cannot send to ${address} port ${port}: ${problem}`));
    }
  }
}
