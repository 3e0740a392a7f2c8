/**
 * What the doctor looks at, as data. `undefined` is "could not be seen", which is never a finding by itself.
 * Strings may come from the network and from other programs.
 */
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

/** A DHCP server that is not ours, and what it tells machines that boot from the network. */
export type OtherServer = {
  readonly server: Ipv4;
  /** Option 60 of its answer. */
  readonly vendorClass?: string | undefined;
  /** Its answer has option 43. */
  readonly hasVendorOptions?: boolean | undefined;
  /** Option 67 or the field `file`. */
  readonly bootFile?: string | undefined;
};

/** One interface that is served, or would be. */
export type InterfaceFacts = {
  readonly name: string;
  readonly address: Ipv4;
  readonly mtuBytes: number;
  readonly hasLink: boolean;
  /** Who else answers DHCP there. */
  readonly otherServers: readonly OtherServer[];
  /** Ours only adds boot data there: another server is what should be found. */
  readonly isProxy: boolean;
  /** Interfaces that its packets pass through, with a smaller MTU. */
  readonly narrower: readonly { readonly name: string; readonly mtuBytes: number }[];
  /** Machines on the way to which the kernel has met a smaller MTU. */
  readonly narrowPaths: readonly { readonly to: string; readonly mtuBytes: number }[];
  /** Other machines that answer for our own address. */
  readonly ownAddressAt: readonly Mac[];
  /** Machines that answer for an address that is fixed for a node, and are not that node. */
  readonly takenFromNodes: readonly { readonly node: string; readonly address: Ipv4; readonly mac: Mac }[];
  /** `veth`, `macvlan`, `bridge`, …; a card has none. */
  readonly kind: string | undefined;
};

export type TakenPort = {
  readonly transport: "udp" | "tcp";
  readonly port: number;
  /** What we want it for. */
  readonly purpose: string;
  /** Who has it, where that can be seen. */
  readonly holder: { readonly processId: number; readonly program: string } | undefined;
};

export type PoolFacts = {
  readonly first: Ipv4;
  readonly last: Ipv4;
  readonly addresses: number;
  readonly free: number;
};

export type HostFacts = {
  readonly nowMs: number;
  /** The program cannot be older than this. */
  readonly programFromMs: number;
  /** By how much the clock was set since the program started. */
  readonly clockSetByMs: number;
  readonly isClockSynchronised: boolean | undefined;
  /** net.core.rmem_max */
  readonly receiveBufferMaxBytes: number | undefined;
  /** net.ipv4.neigh.default.gc_thresh3 */
  readonly neighbourLimit: number | undefined;
  readonly hasPacketSockets: boolean;
  /** `docker`, `podman`, …; not in a container when absent. */
  readonly container: string | undefined;
  /** Chains of the packet filter that drop what comes in, DHCP too. */
  readonly droppingChains: readonly string[];
  readonly data: { readonly folder: string; readonly freeBytes: number; readonly whyNotWritable?: string };
  readonly takenPorts: readonly TakenPort[];
  /** Programs that a check needs and that are not installed. */
  readonly missingPrograms: readonly string[];
};

export type DoctorFacts = {
  /** What `brigade serve` would refuse to start with: "what; what to do about it". */
  readonly refusals: readonly string[];
  readonly interfaces: readonly InterfaceFacts[];
  readonly pools: readonly PoolFacts[];
  /** Machines that have or may get an address of ours. */
  readonly nodes: number;
  readonly host: HostFacts;
};
