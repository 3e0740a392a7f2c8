/**
 * What one switch says of itself and of its neighbours, at one time: what a walk of it is read into, and what the
 * graph is merged from. Nothing here is believed yet. Texts are inert (`wireText`), lists are bounded by the reader.
 *
 * Pure.
 */
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import type { LldpFrame } from "./lldp.ts";
import type { ChassisId, PortId } from "./lldp_id.ts";
import type { Varbind } from "./snmp_value.ts";

/** Why a table is not whole. `refused`: another community or context was wanted. */
export type GapReason = "deadline" | "noAnswer" | "loop" | "rowLimit" | "refused" | "malformed";
export type ReadingGap = { readonly table: string; readonly reason: GapReason };

/** The raw rows of one switch, before anything is made of them. */
export type SwitchWalk = {
  /** Where it was asked; absent in a walk that was read from a file. */
  readonly address?: Ipv4 | undefined;
  /** Unix time. */
  readonly takenAtMs: number;
  /** In the order of their OIDs. */
  readonly varbinds: readonly Varbind[];
  /** Bridge tables that a switch shows per VLAN only, by community `NAME@VLAN` or by context `vlan-VLAN` (Cisco). */
  readonly perVlan: readonly { readonly vlanId: number; readonly varbinds: readonly Varbind[] }[];
  readonly gaps: readonly ReadingGap[];
};

export type PortKind = "ethernet" | "lag" | "vlan" | "other";

export type SwitchPort = {
  readonly ifIndex: number;
  /** ifName, else ifDescr, else `port N`; unique on its switch. */
  readonly name: string;
  /** What else it is called, to be found by: ifDescr, ifAlias, the id and description it has in LLDP. */
  readonly aliases: readonly string[];
  readonly mac?: Mac | undefined;
  readonly kind: PortKind;
  readonly isUp: boolean;
  /** 0 and nonsense left out. */
  readonly speedMbit?: number | undefined;
  readonly duplex?: "full" | "half" | undefined;
  /** Of the stack, from ENTITY-MIB. */
  readonly member?: number | undefined;
  /** ifInErrors and ifInDiscards together, where they are counted. */
  readonly inErrors?: number | undefined;
  /** Those of `inErrors` that came whole and were thrown away: ifInDiscards. */
  readonly inDiscards?: number | undefined;
  /** ifHCInUcastPkts: what errors are few or many of. */
  readonly inPackets?: number | undefined;
};

/** One box of a stack; one alone has one. */
export type StackMember = { readonly number: number; readonly model: string; readonly serial: string };

/** IEEE8023-LAG-MIB; ifIndex of the aggregate and of its ports. */
export type Lag = { readonly ifIndex: number; readonly members: readonly number[] };

/** What a switch has heard on one of its ports. */
export type SwitchNeighbour = {
  readonly protocol: "lldp" | "cdp";
  /** Where it was heard; undefined where the switch names a port that it does not have. */
  readonly ifIndex?: number | undefined;
  readonly chassisId: ChassisId;
  readonly portId: PortId;
  readonly portDescription: string;
  readonly systemName: string;
  readonly systemDescription: string;
  readonly addresses: readonly Ipv4[];
  /** By its capabilities; undefined where it does not say. */
  readonly isBridge?: boolean | undefined;
};

export type LearnedMac = {
  readonly mac: Mac;
  readonly ifIndex: number;
  readonly vlanId?: number | undefined;
};

export type SwitchReading = {
  readonly address?: Ipv4 | undefined;
  readonly takenAtMs: number;
  readonly gaps: readonly ReadingGap[];
  /** SNMPv2-MIB system group; empty texts where it says nothing. */
  readonly system: { readonly name: string; readonly description: string; readonly objectId: string };
  /** lldpLocChassisId, where it has one. */
  readonly chassisId?: ChassisId | undefined;
  /** All that are its own: the bridge's, its ports', those its table calls `self`. Never those of a group or zero. */
  readonly ownMacs: readonly Mac[];
  readonly ownAddresses: readonly Ipv4[];
  readonly members: readonly StackMember[];
  readonly ports: readonly SwitchPort[];
  readonly lags: readonly Lag[];
  readonly neighbours: readonly SwitchNeighbour[];
  /** From Q-BRIDGE-MIB, BRIDGE-MIB or per VLAN, each (MAC, VLAN, port) once. Own, multicast and zero MACs left out. */
  readonly learned: readonly LearnedMac[];
  /** Its ARP table. */
  readonly arp: readonly { readonly address: Ipv4; readonly mac: Mac }[];
};

/** An LLDP frame that a node or the appliance itself heard. */
export type HeardFrame = {
  /** Name of the {@link Endpoint}. */
  readonly endpoint: string;
  readonly nic: string;
  readonly nicMac?: Mac | undefined;
  readonly speedMbit?: number | undefined;
  readonly frame: LldpFrame;
};

/** A machine at the edge: a node, or the appliance. */
export type Endpoint = {
  readonly name: string;
  readonly macs: readonly Mac[];
  /** Leased or fixed. */
  readonly addresses?: readonly Ipv4[] | undefined;
};

/** A switch that was asked and gave no reading. */
export type SilentSwitch = { readonly address: Ipv4; readonly reason: GapReason };
