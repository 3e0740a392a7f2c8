/**
 * Looking up the network interface that the appliance serves.
 *
 * By ioctl and not by os.networkInterfaces(), which leaves out interfaces
 * without a cable and so cannot say *why* one cannot be used, and not by
 * /sys, which may belong to another network namespace.
 */
import { readFileSync } from "node:fs";
import { type Ipv4, ipv4FromBytes, type Subnet, subnetOf } from "#src/value/ipv4.ts";
import { type Mac, macFromBytes } from "#src/value/mac.ts";
import { StartError } from "#src/value/start_error.ts";
import {
  AF_INET,
  closeDescriptor,
  ioctl,
  openSocket,
  SIOCGIFADDR,
  SIOCGIFFLAGS,
  SIOCGIFHWADDR,
  SIOCGIFINDEX,
  SIOCGIFMTU,
  SIOCGIFNETMASK,
  SOCK_DGRAM,
  SystemCallError,
} from "./libc.ts";

/** An interface that can be served: it exists, is up and has an IPv4 address. */
export type NetworkInterface = {
  readonly name: string;
  readonly index: number;
  readonly mac: Mac;
  /** Its first IPv4 address. */
  readonly address: Ipv4;
  readonly prefixBits: number;
  readonly subnet: Subnet;
  readonly mtuBytes: number;
  /** False while no cable is in, or the other end is off. Serving may start all the same. */
  readonly hasLink: boolean;
};

const IFNAME_BYTES = 16;
const IFREQ_BYTES = 40;
const IFF_UP = 0x1;
const IFF_LOOPBACK = 0x8;
const IFF_RUNNING = 0x40;

/**
 * Reads what the kernel knows about one interface.
 *
 * @throws StartError when it is missing, down, without an IPv4 address or the loopback; the text says which and what to do.
 */
export function findInterface(name: string): NetworkInterface {
  if (Buffer.byteLength(name) === 0 || Buffer.byteLength(name) >= IFNAME_BYTES) throw missing(name);
  const fd = openSocket(AF_INET, SOCK_DGRAM);
  try {
    const flags = ask({ fd, name, request: SIOCGIFFLAGS }).readUInt16LE(0);
    if ((flags & IFF_LOOPBACK) !== 0) {
      throw new StartError(
        `Cannot serve "${name}": it is the loopback, where no node is; name the interface of the provisioning network`,
      );
    }
    if ((flags & IFF_UP) === 0) {
      throw new StartError(
        `Cannot serve "${name}": the interface is down; switch it on with: ip link set ${name} up`,
      );
    }
    const address = ipv4FromBytes(ask({ fd, name, request: SIOCGIFADDR }).subarray(4, 8));
    const mask = ask({ fd, name, request: SIOCGIFNETMASK }).readUInt32BE(4);
    const prefixBits = 32 - Math.log2(2 ** 32 - mask);
    return {
      name,
      index: ask({ fd, name, request: SIOCGIFINDEX }).readInt32LE(0),
      mac: macFromBytes(ask({ fd, name, request: SIOCGIFHWADDR }).subarray(2, 8)),
      address,
      prefixBits,
      subnet: subnetOf(address, prefixBits),
      mtuBytes: ask({ fd, name, request: SIOCGIFMTU }).readInt32LE(0),
      hasLink: (flags & IFF_RUNNING) !== 0,
    };
  } catch (fault) {
    throw explained(name, fault);
  } finally {
    closeDescriptor(fd);
  }
}

/** The union part of `struct ifreq` after the kernel filled it in. */
function ask({ fd, name, request }: { fd: number; name: string; request: number }): Buffer {
  const ifreq = Buffer.alloc(IFREQ_BYTES);
  ifreq.write(name);
  ioctl(fd, request, ifreq);
  return ifreq.subarray(IFNAME_BYTES);
}

function explained(name: string, fault: unknown): unknown {
  if (!(fault instanceof SystemCallError)) return fault;
  if (fault.code === "ENODEV") return missing(name);
  if (fault.code === "EADDRNOTAVAIL") {
    return new StartError(
      `Cannot serve "${name}": it has no IPv4 address; give it one, for example: ip address add 10.77.0.1/24 dev ${name}`,
    );
  }
  return new StartError(`Cannot look up interface "${name}": ${fault.code}`, { cause: fault });
}

function missing(name: string): StartError {
  const present = interfaceNames().filter((other) => other !== "lo");
  return new StartError(
    `Cannot serve "${name}": no such interface; this machine has ${present.length > 0 ? present.join(", ") : "none but the loopback"}`,
  );
}

/** Names of all interfaces of this network namespace, in the kernel's order. */
function interfaceNames(): string[] {
  return readFileSync("/proc/net/dev", "utf8")
    .split("\n")
    .flatMap((line) => line.match(/^\s*([^:\s]+):/)?.[1] ?? []);
}
