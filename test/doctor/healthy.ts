/** A machine that nothing is wrong with. */
import type { DoctorFacts, HostFacts, InterfaceFacts } from "#src/doctor/facts.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";

export const ip = (text: string): Ipv4 => text as Ipv4;

export const eth1: InterfaceFacts = {
  name: "eth1",
  address: ip("10.77.0.1"),
  mtuBytes: 1500,
  hasLink: true,
  otherServers: [],
  isProxy: false,
  narrower: [],
  narrowPaths: [],
  ownAddressAt: [],
  takenFromNodes: [],
  kind: undefined,
};

export const host: HostFacts = {
  nowMs: Date.UTC(2027, 0, 1),
  programFromMs: Date.UTC(2026, 5, 1),
  clockSetByMs: 3,
  isClockSynchronised: true,
  receiveBufferMaxBytes: 4 << 20,
  neighbourLimit: 1024,
  hasPacketSockets: true,
  container: undefined,
  droppingChains: [],
  data: { folder: "/var/lib/brigade", freeBytes: 1e12 },
  takenPorts: [],
  missingPrograms: [],
};

export const healthy: DoctorFacts = {
  refusals: [],
  interfaces: [eth1],
  pools: [{ first: ip("10.77.0.100"), last: ip("10.77.0.199"), addresses: 100, free: 21 }],
  nodes: 64,
  host,
};
