/** What a port is, by its ifType (IANAifType-MIB) and by its names, which are more often right. Pure. */
import type { PortKind } from "./reading.ts";

/** ethernetCsmacd, iso88023Csmacd, fastEther, fastEtherFX, gigabitEthernet. */
const ETHERNET: readonly number[] = [6, 7, 62, 69, 117];
/** ieee8023adLag, and propMultiplexor, which FortiSwitch, Nortel and 3Com use for aggregates. */
const LAGS: readonly number[] = [161, 54];
/** l2vlan, l3ipvlan. */
const VLANS: readonly number[] = [135, 136];
/** other, propVirtual: where vendors put aggregates and VLANs. */
const ANYTHING: readonly number[] = [1, 53];

const LAG_NAME =
  /^(?:port-?channel|po|lag|bond|ae|trk|trunk|team|eth-?trunk|bridge-aggregation|bagg|lacp|(?:link ?)?aggregation)[ ._/-]?[0-9]+$/i;
const VLAN_NAME = /^(?:(?:default_)?vlan|vlan-?if(?:ace)?|vlan-interface|irb|bvi|svi|ve)(?:[ ._-]?[0-9]+)?$/i;

/** @param port `names`: ifName and ifDescr */
export function portKindOf(port: {
  readonly ifType: number | undefined;
  readonly names: readonly string[];
}): PortKind {
  const { ifType, names } = port;
  if (ifType === undefined) return "other";
  if (LAGS.includes(ifType)) return "lag";
  if (VLANS.includes(ifType)) return "vlan";
  const isNamed = (pattern: RegExp): boolean => names.some((name) => pattern.test(name));
  const isEthernet = ETHERNET.includes(ifType);
  if (!isEthernet && !ANYTHING.includes(ifType)) return "other";
  if (isNamed(LAG_NAME)) return "lag";
  if (isNamed(VLAN_NAME)) return "vlan";
  return isEthernet ? "ethernet" : "other";
}
