/**
 * The few system calls that Node has no door to, through `node:ffi`.
 *
 * A UDP socket of Node on 0.0.0.0 cannot tell interfaces apart and sends
 * broadcasts by the default route, so sockets are made here, tied to one
 * interface, and handed over by descriptor. None of the calls here waits; one
 * costs 0.2 us and the kernel's own time, much less than by `node:dgram`.
 */

import { dlopen, getInt32 } from "node:ffi";
import { constants } from "node:os";

const { functions: libc } = dlopen(null, {
  socket: { arguments: ["i32", "i32", "i32"], return: "i32" },
  setsockopt: { arguments: ["i32", "i32", "i32", "buffer", "u32"], return: "i32" },
  bind: { arguments: ["i32", "buffer", "u32"], return: "i32" },
  ioctl: { arguments: ["i32", "u64", "buffer"], return: "i32" },
  connect: { arguments: ["i32", "buffer", "u32"], return: "i32" },
  getsockopt: { arguments: ["i32", "i32", "i32", "buffer", "buffer"], return: "i32" },
  send: { arguments: ["i32", "buffer", "u64", "i32"], return: "i64" },
  sendto: { arguments: ["i32", "buffer", "u64", "i32", "buffer", "u32"], return: "i64" },
  recv: { arguments: ["i32", "buffer", "u64", "i32"], return: "i64" },
  recvfrom: { arguments: ["i32", "buffer", "u64", "i32", "buffer", "buffer"], return: "i64" },
  close: { arguments: ["i32"], return: "i32" },
  __errno_location: { arguments: [], return: "pointer" },
});

/** Numbers of <sys/socket.h>, <linux/sockios.h> and <linux/if_arp.h>, the same on every Linux architecture Node runs on. */
export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_BROADCAST = 6;
export const SO_RCVBUF = 8;
export const SO_BINDTODEVICE = 25;
export const IPPROTO_IP = 0;
export const IP_MTU = 14;
export const SOL_UDP = 17;
/** Bytes of each datagram that the kernel cuts a longer send into (Linux 4.18). */
export const UDP_SEGMENT = 103;
export const MSG_DONTWAIT = 0x40;
export const SIOCGIFFLAGS = 0x8913;
export const SIOCGIFADDR = 0x8915;
export const SIOCGIFNETMASK = 0x891b;
export const SIOCGIFMTU = 0x8921;
export const SIOCGIFHWADDR = 0x8927;
export const SIOCGIFINDEX = 0x8933;
export const SIOCSARP = 0x8955;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;

/** A system call that failed; `code` as Node spells it, for example `EADDRINUSE`. */
export class SystemCallError extends Error {
  readonly code: string;

  constructor(call: string, code: string) {
    super(`${call}: ${code}`);
    this.code = code;
  }
}

const CODES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

function answered(result: number, call: string): number {
  if (result >= 0) return result;
  const errno = getInt32(libc.__errno_location());
  throw new SystemCallError(call, CODES.get(errno) ?? `errno ${errno}`);
}

/** A non-blocking socket that programs we start do not inherit. @throws SystemCallError */
export const openSocket = (family: number, type: number, protocol = 0): number =>
  answered(libc.socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol), "socket");

/** Sets a socket option to an integer or to bytes. @throws SystemCallError */
export function setSocketOption(
  fd: number,
  option: readonly [level: number, name: number],
  value: number | Uint8Array,
): void {
  const bytes = typeof value === "number" ? int32(value) : value;
  answered(libc.setsockopt(fd, option[0], option[1], bytes, bytes.length), "setsockopt");
}

/** Binds to a socket address in the layout of the system. @throws SystemCallError */
export const bindSocket = (fd: number, address: Uint8Array): void => {
  answered(libc.bind(fd, address, address.length), "bind");
};

/** From now on the socket hears and speaks to this address only. @throws SystemCallError */
export const connectSocket = (fd: number, address: Uint8Array): void => {
  answered(libc.connect(fd, address, address.length), "connect");
};

/** Reads a socket option that is an integer. @throws SystemCallError */
export function socketOption(fd: number, [level, name]: readonly [level: number, name: number]): number {
  const value = int32(0);
  answered(libc.getsockopt(fd, level, name, value, int32(value.length)), "getsockopt");
  return value.readInt32LE(0);
}

/**
 * Sends the first `lengthBytes` of `bytes` from a connected socket, without waiting.
 *
 * @returns what the system said when it did not take them, for example `EAGAIN`. Never throws: a lost datagram is everyday.
 */
export function sendConnected(fd: number, bytes: Uint8Array, lengthBytes: number): string | undefined {
  if (libc.send(fd, bytes, BigInt(lengthBytes), MSG_DONTWAIT) >= 0n) return undefined;
  const errno = getInt32(libc.__errno_location());
  return CODES.get(errno) ?? `errno ${errno}`;
}

/** One ioctl; `argument` is read and written in place. @throws SystemCallError */
export const ioctl = (fd: number, request: number, argument: Uint8Array): void => {
  answered(libc.ioctl(fd, BigInt(request), argument), "ioctl");
};

/** Sends one datagram. @throws SystemCallError */
export const sendDatagram = (fd: number, bytes: Uint8Array, to: Uint8Array): void => {
  answered(Number(libc.sendto(fd, bytes, BigInt(bytes.length), 0, to, to.length)), "sendto");
};

/** Takes one waiting datagram into `into`. @returns its length, or `undefined` when none waits. */
export function receiveWaiting(fd: number, into: Uint8Array): number | undefined {
  const length = Number(libc.recv(fd, into, BigInt(into.length), MSG_DONTWAIT));
  return length < 0 ? undefined : length;
}

/** Takes one waiting datagram into `into` and its sender into `from`, 16 bytes. @returns its length, or `undefined` when none waits. */
export function receiveWaitingFrom(fd: number, into: Uint8Array, from: Uint8Array): number | undefined {
  const length = Number(
    libc.recvfrom(fd, into, BigInt(into.length), MSG_DONTWAIT, from, SOCKET_ADDRESS_BYTES),
  );
  return length < 0 ? undefined : length;
}

export const closeDescriptor = (fd: number): void => {
  libc.close(fd);
};

/** `struct sockaddr_in`: family in the byte order of the machine, port and address in network order. */
export function socketAddress(address: Uint8Array, port: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.set(int32(AF_INET).subarray(0, 2), 0);
  bytes.writeUInt16BE(port, 2);
  bytes.set(address, 4);
  return bytes;
}

/** Address and port of a `struct sockaddr_in`. */
export const readSocketAddress = (
  bytes: Buffer,
): { readonly address: Uint8Array; readonly port: number } => ({
  address: bytes.subarray(4, 8),
  port: bytes.readUInt16BE(2),
});

/** An int as C sees it in memory. */
export const int32 = (value: number): Buffer => Buffer.from(Int32Array.of(value).buffer);

const SOCKET_ADDRESS_BYTES = int32(16);
