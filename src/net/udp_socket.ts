/**
 * A UDP socket that hears and speaks on one interface only.
 *
 * Knows no protocol. What arrives on other interfaces never reaches it, and
 * what it sends, broadcasts too, leaves by its interface whatever the routes say.
 */
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { type Ipv4, ipv4Bytes, ipv4FromBytes } from "#src/value/ipv4.ts";
import { type Mac, macBytes } from "#src/value/mac.ts";
import { StartError } from "#src/value/start_error.ts";
import {
  AF_INET,
  bindSocket,
  closeDescriptor,
  int32,
  ioctl,
  openSocket,
  readSocketAddress,
  receiveWaitingFrom,
  SIOCSARP,
  SO_BINDTODEVICE,
  SO_BROADCAST,
  SO_RCVBUF,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOL_SOCKET,
  SystemCallError,
  sendDatagram,
  setSocketOption,
  socketAddress,
} from "./libc.ts";
import { describePortInUse } from "./port_holder.ts";

export type Endpoint = { readonly address: Ipv4; readonly port: number };

export type Datagram = { readonly bytes: Uint8Array; readonly peer: Endpoint };

export type UdpSocketOptions = {
  /** Name of the interface, for example `eth1`. */
  readonly interface: string;
  /** 0 lets the system choose; read {@link UdpSocket.port} afterwards. */
  readonly port: number;
  /** Local address; without it everything that arrives on the interface, broadcasts too. */
  readonly address?: Ipv4 | undefined;
  /** Share the port with another program that shares it as well. Never for a server: the other one would get half of the requests. */
  readonly shared?: boolean | undefined;
  readonly onDatagram: (datagram: Datagram) => void;
  /** What sending or the socket reported. The socket stays open. */
  readonly onFault: (fault: unknown) => void;
};

/** Asked for, and cut down by the kernel to net.core.rmem_max: a rack that is switched on sends hundreds of requests at once. */
const RECEIVE_BUFFER_BYTES = 4 << 20;
const TAKE_A_TURN = 64;
/** The largest datagram there is; both are used within one call only. */
const INTO = Buffer.alloc(1 << 16);
const FROM = Buffer.alloc(16);
const ATF_COM = 0x02;
const ARPHRD_ETHER = 1;

export class UdpSocket implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #fd: number;
  readonly #interface: string;
  readonly #onFault: (fault: unknown) => void;
  #leftThisTurn = TAKE_A_TURN;
  #isClosed = false;

  private constructor(socket: Socket, fd: number, options: UdpSocketOptions) {
    this.#socket = socket;
    this.#fd = fd;
    this.#interface = options.interface;
    this.#onFault = options.onFault;
  }

  /**
   * Binds and starts to listen.
   *
   * @throws StartError when the port is taken (naming the process that holds it), needs root, or the interface is gone.
   */
  static async open(options: UdpSocketOptions): Promise<UdpSocket> {
    const fd = boundDescriptor(options);
    const socket = createSocket("udp4");
    // Listened for before: a descriptor is bound already, so the event comes from within the call.
    const listening = once(socket, "listening");
    socket.bind({ fd });
    await listening;
    socket.on("error", options.onFault);
    const opened = new UdpSocket(socket, fd, options);
    socket.on("message", (bytes, { address, port }) => {
      options.onDatagram({ bytes, peer: { address: address as Ipv4, port } });
      opened.#takeWaiting(options.onDatagram);
    });
    return opened;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Sends to an address, 255.255.255.255 included. A fault goes to `onFault`: a lost datagram is everyday. */
  send(bytes: Uint8Array, to: Endpoint): void {
    if (this.#isClosed) return;
    try {
      sendDatagram(this.#fd, bytes, socketAddress(ipv4Bytes(to.address), to.port));
    } catch (fault) {
      if (fault instanceof SystemCallError && fault.code === "EAGAIN") this.#sendLater(bytes, to);
      else this.#onFault(fault);
    }
  }

  /** The buffer of the socket is full: Node waits until there is room. */
  #sendLater(bytes: Uint8Array, to: Endpoint): void {
    this.#socket.send(bytes, to.port, to.address, (fault) => fault && this.#onFault(fault));
  }

  /**
   * Node takes one datagram at a time, with 64 KiB and a round through its machinery for each. When a rack is
   * switched on the next hundred wait already: they are taken here, some a turn, so that others get theirs.
   */
  #takeWaiting(onDatagram: UdpSocketOptions["onDatagram"]): void {
    if (this.#leftThisTurn === TAKE_A_TURN) setImmediate(() => (this.#leftThisTurn = TAKE_A_TURN));
    while (this.#leftThisTurn > 0 && !this.#isClosed) {
      this.#leftThisTurn--;
      const length = receiveWaitingFrom(this.#fd, INTO, FROM);
      if (length === undefined) return;
      const { address, port } = readSocketAddress(FROM);
      // A copy: whoever gets it may keep it.
      onDatagram({
        bytes: Buffer.from(INTO.subarray(0, length)),
        peer: { address: ipv4FromBytes(address), port },
      });
    }
  }

  /**
   * Sends to a machine that does not answer ARP for its address yet (RFC 2131 section 4.1):
   * tells the kernel where the address is, then sends. The entry ages like any other.
   */
  sendToHardware(bytes: Uint8Array, to: Endpoint, mac: Mac): void {
    try {
      ioctl(this.#fd, SIOCSARP, arpEntry(to.address, mac, this.#interface));
    } catch (fault) {
      this.#onFault(fault);
      return;
    }
    this.send(bytes, to);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // From now on the descriptor may be somebody else's.
    this.#isClosed = true;
    const closed = once(this.#socket, "close");
    this.#socket.close();
    await closed;
  }
}

function boundDescriptor(options: UdpSocketOptions): number {
  const { interface: name, port, address, shared } = options;
  let fd: number | undefined;
  try {
    fd = openSocket(AF_INET, SOCK_DGRAM);
    setSocketOption(fd, [SOL_SOCKET, SO_BINDTODEVICE], Buffer.from(`${name}\0`));
    setSocketOption(fd, [SOL_SOCKET, SO_BROADCAST], 1);
    setSocketOption(fd, [SOL_SOCKET, SO_RCVBUF], RECEIVE_BUFFER_BYTES);
    if (shared) setSocketOption(fd, [SOL_SOCKET, SO_REUSEADDR], 1);
    bindSocket(fd, socketAddress(address ? ipv4Bytes(address) : new Uint8Array(4), port));
    return fd;
  } catch (fault) {
    if (fd !== undefined) closeDescriptor(fd);
    throw explained(options, fault);
  }
}

function explained({ interface: name, port }: UdpSocketOptions, fault: unknown): unknown {
  if (!(fault instanceof SystemCallError)) return fault;
  const found = {
    EADDRINUSE: () => describePortInUse("udp", port),
    EACCES: () => "permission denied; start as root or with CAP_NET_BIND_SERVICE",
    EPERM: () => "permission denied; start as root or with CAP_NET_BIND_SERVICE and CAP_NET_RAW",
    ENODEV: () => "no such interface",
  }[fault.code];
  return new StartError(`Cannot bind UDP port ${port} on "${name}": ${found ? found() : fault.message}`, {
    cause: fault,
  });
}

/** `struct arpreq` of <net/if_arp.h>: protocol address, hardware address, flags, netmask, device. */
function arpEntry(address: Ipv4, mac: Mac, device: string): Buffer {
  const entry = Buffer.alloc(16 + 16 + 4 + 16 + 16);
  entry.set(socketAddress(ipv4Bytes(address), 0), 0);
  entry.set(int32(ARPHRD_ETHER).subarray(0, 2), 16);
  entry.set(macBytes(mac), 18);
  entry.set(int32(ATF_COM), 32);
  entry.write(device, 52);
  return entry;
}
