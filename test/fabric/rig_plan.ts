/**
 * How the virtual switched network of these tests is wired: a core, four edges, sixteen hosts dealt out to them so that names
 * say nothing of the wiring, and the appliance. What is here is the truth that a scan has to find. Pure.
 */

import type { SnmpUser, SwitchKit } from "./switch_kit.ts";

export type SwitchPlan = Pick<SwitchKit, "name" | "portIds" | "macTable"> & {
  /** From 1: part of its addresses. */
  readonly number: number;
  /** What its devices are called: `swp` makes swp1, swp2, ... */
  readonly prefix: string;
  /** SNMPv3: its reader has a name and keys of its own. */
  readonly user: SnmpUser;
};

/** A socket on the front of a switch, from 1. */
export type Socket = { readonly switch: string; readonly port: number };
export type HostPlan = { readonly name: string; readonly number: number; readonly at: Socket };

export const PORTS_PER_SWITCH = 8;
/** All of a switch. */
export const PORTS: readonly number[] = Array.from({ length: PORTS_PER_SWITCH }, (_, at) => at + 1);
export const COMMUNITY = "fabric-ro";
export const SPEED_MBIT = { host: 1000, uplink: 10_000, slowHost: 100 } as const;
/** The port of this host has fallen back to a lower speed. */
export const SLOW_HOST = "host11";

const userOf = (name: string, authProtocol: SnmpUser["authProtocol"]): SnmpUser => ({
  name: `reader-${name}`,
  authProtocol,
  authKey: `auth key of ${name}`,
  privKey: `priv key of ${name}`,
});

/** Makers differ, and so do these. */
export const SWITCHES: readonly SwitchPlan[] = [
  {
    name: "core",
    number: 1,
    prefix: "Ethernet",
    portIds: "ifname",
    macTable: "both",
    user: userOf("core", "SHA-256"),
  },
  {
    name: "edge1",
    number: 2,
    prefix: "swp",
    portIds: "ifname",
    macTable: "qBridge",
    user: userOf("edge1", "SHA"),
  },
  {
    name: "edge2",
    number: 3,
    prefix: "ge",
    portIds: "local",
    macTable: "bridge",
    user: userOf("edge2", "SHA-512"),
  },
  {
    name: "edge3",
    number: 4,
    prefix: "swp",
    portIds: "macaddress",
    macTable: "bridge",
    user: userOf("edge3", "SHA"),
  },
  {
    name: "edge4",
    number: 5,
    prefix: "swp",
    portIds: "ifname",
    macTable: "qBridge",
    user: userOf("edge4", "SHA-256"),
  },
];
export const CORE = "core";
export const EDGES: readonly string[] = SWITCHES.flatMap(({ name }) => (name === CORE ? [] : [name]));
const UPLINK_PORT = PORTS_PER_SWITCH;

/** From the core to an edge. */
export type UplinkPlan = { readonly core: Socket; readonly edge: Socket };
export const UPLINKS: readonly UplinkPlan[] = EDGES.map((edge, at) => ({
  core: { switch: CORE, port: at + 1 },
  edge: { switch: edge, port: UPLINK_PORT },
}));

export const APPLIANCE: HostPlan = { name: "appliance", number: 1, at: { switch: CORE, port: 7 } };
/** Hosts from 1; a stride of 7 over the four places of each edge. */
export const HOSTS: readonly HostPlan[] = Array.from({ length: 16 }, (_, at) => {
  const place = (at * 7) % 16;
  const edge = EDGES[place % EDGES.length] ?? CORE;
  return { name: `host${at + 1}`, number: at + 1, at: { switch: edge, port: 1 + Math.floor(place / 4) } };
});

export const switchPlan = (name: string): SwitchPlan => {
  const plan = SWITCHES.find((one) => one.name === name);
  if (!plan) throw new Error(`No switch is called ${name}`);
  return plan;
};

export const APPLIANCE_ADDRESS = "10.87.0.1";
export const switchAddress = ({ number }: SwitchPlan): string => `10.87.0.${10 + number}`;
export const hostAddress = ({ name, number }: HostPlan): string =>
  name === APPLIANCE.name ? APPLIANCE_ADDRESS : `10.87.0.${100 + number}`;

const hex = (number: number): string => number.toString(16).padStart(2, "0");
export const hostMac = ({ name, number }: HostPlan): string =>
  `52:54:00:87:${name === APPLIANCE.name ? "01" : "02"}:${hex(number)}`;
/** Port 0 is the switch itself. */
export const portMac = ({ number }: SwitchPlan, port: number): string =>
  `00:1b:21:87:${hex(number)}:${hex(port)}`;

/** What the port is called by Linux. */
export const deviceOf = ({ prefix }: SwitchPlan, port: number): string => `${prefix}${port}`;
/** What the port is called by the switch: its ifName. */
export const portName = (plan: SwitchPlan, port: number): string =>
  plan.portIds === "local" ? `Gi1/0/${port}` : deviceOf(plan, port);
/** Not the number on the front and not that of the bridge, as with most makers. */
export const ifIndexOf = (port: number): number => 1000 + port;

export function speedOf({ name }: SwitchPlan, port: number): number {
  if (name === CORE || port === UPLINK_PORT) return SPEED_MBIT.uplink;
  const slow = HOSTS.find((host) => host.name === SLOW_HOST)?.at;
  return slow?.switch === name && slow.port === port ? SPEED_MBIT.slowHost : SPEED_MBIT.host;
}

export const kitOf = (plan: SwitchPlan): SwitchKit => ({
  ...{ name: plan.name, address: switchAddress(plan), portIds: plan.portIds, macTable: plan.macTable },
  ...{ community: COMMUNITY, user: plan.user },
  ports: PORTS.map((port) => ({
    device: deviceOf(plan, port),
    ifIndex: ifIndexOf(port),
    name: portName(plan, port),
    speedMbit: speedOf(plan, port),
  })),
});
