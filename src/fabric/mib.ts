/**
 * The objects that are read of a switch, by their OIDs: columns of tables (a row's index follows) and scalars
 * (`.0` follows). What is not here is not asked for.
 *
 * Pure.
 */

/** SNMPv2-MIB, RFC 3418. */
export const SYSTEM = {
  description: "1.3.6.1.2.1.1.1",
  objectId: "1.3.6.1.2.1.1.2",
  name: "1.3.6.1.2.1.1.5",
} as const;

/** IF-MIB, RFC 2863 (ifTable, ifXTable), and dot3StatsDuplexStatus of EtherLike-MIB, RFC 3635. Index: ifIndex. */
export const INTERFACES = {
  description: "1.3.6.1.2.1.2.2.1.2",
  type: "1.3.6.1.2.1.2.2.1.3",
  speedBits: "1.3.6.1.2.1.2.2.1.5",
  mac: "1.3.6.1.2.1.2.2.1.6",
  operStatus: "1.3.6.1.2.1.2.2.1.8",
  inDiscards: "1.3.6.1.2.1.2.2.1.13",
  inErrors: "1.3.6.1.2.1.2.2.1.14",
  name: "1.3.6.1.2.1.31.1.1.1.1",
  inPackets: "1.3.6.1.2.1.31.1.1.1.7",
  speedMbit: "1.3.6.1.2.1.31.1.1.1.15",
  alias: "1.3.6.1.2.1.31.1.1.1.18",
  duplex: "1.3.6.1.2.1.10.7.2.1.19",
} as const;

/** ifStackStatus, RFC 2863: index of the upper interface, then of the one below it. */
export const IF_STACK = { status: "1.3.6.1.2.1.31.1.2.1.3" } as const;

/** ipAdEntIfIndex (RFC 4293, deprecated; index: address) and ipAddressIfIndex (index: kind, length, address). */
export const ADDRESSES = { old: "1.3.6.1.2.1.4.20.1.2", new: "1.3.6.1.2.1.4.34.1.3" } as const;

/**
 * ipNetToMediaPhysAddress (index: ifIndex, address) and ipNetToPhysicalPhysAddress (index: ifIndex, kind,
 * length, address) of RFC 4293, with their types (2: no longer valid, 5: the machine's own).
 */
export const ARP = {
  oldMac: "1.3.6.1.2.1.4.22.1.2",
  oldType: "1.3.6.1.2.1.4.22.1.4",
  newMac: "1.3.6.1.2.1.4.35.1.4",
  newType: "1.3.6.1.2.1.4.35.1.6",
} as const;

/**
 * BRIDGE-MIB, RFC 4188. Index of the two tables of ports: bridge port; of the forwarding table: six bytes of MAC.
 * The columns that repeat their index are read because some agents count rows instead.
 */
export const BRIDGE = {
  address: "1.3.6.1.2.1.17.1.1",
  portNumber: "1.3.6.1.2.1.17.1.4.1.1",
  portIfIndex: "1.3.6.1.2.1.17.1.4.1.2",
  stpPort: "1.3.6.1.2.1.17.2.15.1.1",
  fdbMac: "1.3.6.1.2.1.17.4.3.1.1",
  fdbPort: "1.3.6.1.2.1.17.4.3.1.2",
  fdbStatus: "1.3.6.1.2.1.17.4.3.1.3",
} as const;

/**
 * Q-BRIDGE-MIB, RFC 4363. Index of the forwarding table: FDB id, six bytes of MAC; of dot1qVlanCurrentTable:
 * time mark, VLAN id.
 */
export const Q_BRIDGE = {
  fdbPort: "1.3.6.1.2.1.17.7.1.2.2.1.2",
  fdbStatus: "1.3.6.1.2.1.17.7.1.2.2.1.3",
  vlanFdbId: "1.3.6.1.2.1.17.7.1.4.2.1.3",
} as const;

/** LLDP-MIB, IEEE 802.1AB-2005 clause 12. */
export const LLDP = {
  ownChassisSubtype: "1.0.8802.1.1.2.1.3.1",
  ownChassisId: "1.0.8802.1.1.2.1.3.2",
  ownSystemName: "1.0.8802.1.1.2.1.3.3",
  /** Index of the three: local port number. */
  ownPortSubtype: "1.0.8802.1.1.2.1.3.7.1.2",
  ownPortId: "1.0.8802.1.1.2.1.3.7.1.3",
  ownPortDescription: "1.0.8802.1.1.2.1.3.7.1.4",
  /** Index of what is remote: time mark, local port number, number of the neighbour. */
  chassisSubtype: "1.0.8802.1.1.2.1.4.1.1.4",
  chassisId: "1.0.8802.1.1.2.1.4.1.1.5",
  portSubtype: "1.0.8802.1.1.2.1.4.1.1.6",
  portId: "1.0.8802.1.1.2.1.4.1.1.7",
  portDescription: "1.0.8802.1.1.2.1.4.1.1.8",
  systemName: "1.0.8802.1.1.2.1.4.1.1.9",
  systemDescription: "1.0.8802.1.1.2.1.4.1.1.10",
  capabilitiesSupported: "1.0.8802.1.1.2.1.4.1.1.11",
  capabilitiesEnabled: "1.0.8802.1.1.2.1.4.1.1.12",
  /** lldpRemManAddrIfSubtype: the index of a neighbour, then address family, length, address. */
  managementAddress: "1.0.8802.1.1.2.1.4.2.1.3",
} as const;

/** LLDP-V2-MIB, IEEE 802.1AB-2009 clause 11. Numbers of ports are ifIndex here. */
export const LLDP_V2 = {
  ownChassisSubtype: "1.3.111.2.802.1.1.13.1.3.1",
  ownChassisId: "1.3.111.2.802.1.1.13.1.3.2",
  ownSystemName: "1.3.111.2.802.1.1.13.1.3.3",
  ownPortSubtype: "1.3.111.2.802.1.1.13.1.3.7.1.2",
  ownPortId: "1.3.111.2.802.1.1.13.1.3.7.1.3",
  ownPortDescription: "1.3.111.2.802.1.1.13.1.3.7.1.4",
  /** Index: time mark, ifIndex, number of the destination MAC address, number of the neighbour. */
  chassisSubtype: "1.3.111.2.802.1.1.13.1.4.1.1.5",
  chassisId: "1.3.111.2.802.1.1.13.1.4.1.1.6",
  portSubtype: "1.3.111.2.802.1.1.13.1.4.1.1.7",
  portId: "1.3.111.2.802.1.1.13.1.4.1.1.8",
  portDescription: "1.3.111.2.802.1.1.13.1.4.1.1.9",
  systemName: "1.3.111.2.802.1.1.13.1.4.1.1.10",
  systemDescription: "1.3.111.2.802.1.1.13.1.4.1.1.11",
  capabilitiesSupported: "1.3.111.2.802.1.1.13.1.4.1.1.12",
  capabilitiesEnabled: "1.3.111.2.802.1.1.13.1.4.1.1.13",
  managementAddress: "1.3.111.2.802.1.1.13.1.4.2.1.3",
} as const;

/** mtxrNeighborInterfaceID of MIKROTIK-MIB: ifIndex of a neighbour that LLDP-MIB there numbers without a port. */
export const MIKROTIK = { neighbourIfIndex: "1.3.6.1.4.1.14988.1.1.11.1.1.8" } as const;

/**
 * LLDP as TP-Link's JetStream switches have it: TPLINK-LLDPINFO-MIB, all of it texts. Index: ifIndex, number of the
 * neighbour.
 */
export const TPLINK_LLDP = {
  chassisSubtype: "1.3.6.1.4.1.11863.6.35.1.2.2.1.3",
  chassisId: "1.3.6.1.4.1.11863.6.35.1.2.2.1.4",
  portSubtype: "1.3.6.1.4.1.11863.6.35.1.2.2.1.5",
  portId: "1.3.6.1.4.1.11863.6.35.1.2.2.1.6",
  portDescription: "1.3.6.1.4.1.11863.6.35.1.2.2.1.8",
  systemName: "1.3.6.1.4.1.11863.6.35.1.2.2.1.9",
  systemDescription: "1.3.6.1.4.1.11863.6.35.1.2.2.1.10",
  capabilitiesSupported: "1.3.6.1.4.1.11863.6.35.1.2.2.1.11",
  capabilitiesEnabled: "1.3.6.1.4.1.11863.6.35.1.2.2.1.12",
  managementAddress: "1.3.6.1.4.1.11863.6.35.1.2.2.1.13",
} as const;

/** CISCO-CDP-MIB. Index of cdpCacheTable: ifIndex, number of the neighbour. */
export const CDP = {
  addressType: "1.3.6.1.4.1.9.9.23.1.2.1.1.3",
  address: "1.3.6.1.4.1.9.9.23.1.2.1.1.4",
  version: "1.3.6.1.4.1.9.9.23.1.2.1.1.5",
  deviceId: "1.3.6.1.4.1.9.9.23.1.2.1.1.6",
  devicePort: "1.3.6.1.4.1.9.9.23.1.2.1.1.7",
  platform: "1.3.6.1.4.1.9.9.23.1.2.1.1.8",
  capabilities: "1.3.6.1.4.1.9.9.23.1.2.1.1.9",
  systemName: "1.3.6.1.4.1.9.9.23.1.2.1.1.17",
} as const;

/**
 * IEEE8023-LAG-MIB, IEEE 802.3-2002 clause 30.7. dot3adAggPortSelectedAggID and AttachedAggID, of the port with
 * that ifIndex; dot3adAggPortListPorts, of the aggregate.
 */
export const LAG = {
  portSelected: "1.2.840.10006.300.43.1.2.1.1.12",
  portAttached: "1.2.840.10006.300.43.1.2.1.1.13",
  listPorts: "1.2.840.10006.300.43.1.1.2.1.1",
} as const;

/** pagpGroupIfIndex of CISCO-PAGP-MIB: the aggregate of the port with that ifIndex; its own where it is in none. */
export const PAGP = { group: "1.3.6.1.4.1.9.9.98.1.1.1.1.8" } as const;

/** ENTITY-MIB, RFC 6933. Index: entPhysicalIndex; of the alias: that, then the logical entity (0: all). */
export const ENTITY = {
  containedIn: "1.3.6.1.2.1.47.1.1.1.1.4",
  class: "1.3.6.1.2.1.47.1.1.1.1.5",
  parentRelPos: "1.3.6.1.2.1.47.1.1.1.1.6",
  description: "1.3.6.1.2.1.47.1.1.1.1.2",
  name: "1.3.6.1.2.1.47.1.1.1.1.7",
  serial: "1.3.6.1.2.1.47.1.1.1.1.11",
  model: "1.3.6.1.2.1.47.1.1.1.1.13",
  aliasOf: "1.3.6.1.2.1.47.1.3.2.1.2",
} as const;
