/**
 * Answers IPv6 router solicitations with "there is no router here" (RFC 4861 section 4.2, router
 * lifetime 0, no prefix): nobody gets an address or a route from it.
 *
 * iPXE configures IPv6 beside IPv4 and waits 16 s for somebody to answer, at every boot of every node.
 *
 * Node has no door to raw sockets, so the socket is looked at five times a second with one call.
 */
import { type Mac, macBytes } from "#src/value/mac.ts";
import type { NetworkInterface } from "./interface.ts";
import {
  AF_INET6,
  closeDescriptor,
  int32,
  openSocket,
  receiveWaiting,
  SO_BINDTODEVICE,
  SOCK_RAW,
  SOL_SOCKET,
  sendDatagram,
  setSocketOption,
} from "./libc.ts";

export type RouterAdvertiserOptions = {
  readonly interface: Pick<NetworkInterface, "name" | "index" | "mac">;
  readonly onFault: (fault: unknown) => void;
};

const IPPROTO_IPV6 = 41;
const IPPROTO_ICMPV6 = 58;
const IPV6_UNICAST_HOPS = 16;
const IPV6_MULTICAST_IF = 17;
const IPV6_MULTICAST_HOPS = 18;
const IPV6_JOIN_GROUP = 20;
const ICMP6_FILTER = 1;
const ROUTER_SOLICITATION = 133;
const ROUTER_ADVERTISEMENT = 134;
const SOURCE_LINK_LAYER_ADDRESS = 1;
/** RFC 4861 section 6.1.1: anything less came through a router and is dropped. */
const HOP_LIMIT = 255;
const ALL_NODES = ipv6(0xff02, 1);
const ALL_ROUTERS = ipv6(0xff02, 2);
const LOOK_MS = 200;
const FAILURES_WORTH_TELLING = 25;
/** Solicitations taken at one look; they all share one answer. */
const MAX_AT_ONCE = 256;

export class RouterAdvertiser implements Disposable {
  readonly #options: RouterAdvertiserOptions;
  readonly #fd: number;
  readonly #timer: NodeJS.Timeout;
  readonly #buffer = Buffer.alloc(1500);
  #owed = false;
  #failedInARow = 0;

  private constructor(options: RouterAdvertiserOptions, fd: number) {
    this.#options = options;
    this.#fd = fd;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
  }

  /** @throws SystemCallError when the host has no IPv6 or the program may not open raw sockets: nodes then only boot slower. */
  static listen(options: RouterAdvertiserOptions): RouterAdvertiser {
    const { name, index } = options.interface;
    const fd = openSocket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
    try {
      setSocketOption(fd, [SOL_SOCKET, SO_BINDTODEVICE], Buffer.from(`${name}\0`));
      setSocketOption(fd, [IPPROTO_IPV6, IPV6_UNICAST_HOPS], HOP_LIMIT);
      setSocketOption(fd, [IPPROTO_IPV6, IPV6_MULTICAST_HOPS], HOP_LIMIT);
      setSocketOption(fd, [IPPROTO_IPV6, IPV6_MULTICAST_IF], index);
      setSocketOption(fd, [IPPROTO_IPV6, IPV6_JOIN_GROUP], Buffer.concat([ALL_ROUTERS, int32(index)]));
      setSocketOption(fd, [IPPROTO_ICMPV6, ICMP6_FILTER], onlySolicitations());
      return new RouterAdvertiser(options, fd);
    } catch (fault) {
      closeDescriptor(fd);
      throw fault;
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    closeDescriptor(this.#fd);
  }

  #look(): void {
    for (
      let asked = 0;
      asked < MAX_AT_ONCE && receiveWaiting(this.#fd, this.#buffer) !== undefined;
      asked++
    ) {
      this.#owed = true;
    }
    if (!this.#owed) return;
    try {
      const { mac, index } = this.#options.interface;
      sendDatagram(this.#fd, advertisement(mac), socketAddress6(ALL_NODES, index));
      this.#owed = false;
      this.#failedInARow = 0;
    } catch (fault) {
      // A link that has just come up checks its own address for a second or two and cannot send yet.
      this.#failedInARow++;
      if (this.#failedInARow === FAILURES_WORTH_TELLING) this.#options.onFault(fault);
    }
  }
}

/** The ICMPv6 message; the kernel fills in the checksum. */
export function advertisement(mac: Mac): Buffer {
  // Type, code, checksum, hop limit 0 (unspecified), flags 0 (no DHCPv6), lifetime 0, reachable and retransmit time 0.
  const head = Buffer.alloc(16);
  head[0] = ROUTER_ADVERTISEMENT;
  return Buffer.concat([head, Uint8Array.of(SOURCE_LINK_LAYER_ADDRESS, 1), macBytes(mac)]);
}

/** `struct icmp6_filter`: a set bit blocks its type. */
function onlySolicitations(): Buffer {
  const words = new Uint32Array(8).fill(0xffff_ffff);
  const word = ROUTER_SOLICITATION >> 5;
  words[word] = 0xffff_ffff & ~(1 << (ROUTER_SOLICITATION & 31));
  return Buffer.from(words.buffer);
}

/** `struct sockaddr_in6`. */
function socketAddress6(address: Uint8Array, scope: number): Buffer {
  const bytes = Buffer.alloc(28);
  bytes.set(int32(AF_INET6).subarray(0, 2), 0);
  bytes.set(address, 8);
  bytes.set(int32(scope), 24);
  return bytes;
}

function ipv6(first: number, last: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16BE(first, 0);
  bytes.writeUInt16BE(last, 14);
  return bytes;
}
