/**
 * What is fetched of a switch, table by table, what matters most first: a slow switch may be cut at any point.
 *
 * Pure.
 */
import {
  ADDRESSES,
  ARP,
  BRIDGE,
  CDP,
  ENTITY,
  IF_STACK,
  INTERFACES,
  LAG,
  LLDP,
  LLDP_V2,
  MIKROTIK,
  PAGP,
  Q_BRIDGE,
  SYSTEM,
  TPLINK_LLDP,
} from "./mib.ts";

export type SnmpTable = {
  /** As the MIB calls it. */
  readonly name: string;
  /** OIDs of columns; all of a table are fetched with the same requests. */
  readonly columns: readonly string[];
  /** Rows of each column that are taken; a scalar is a column of one. */
  readonly rowLimit: number;
  /** Not fetched when one of these has rows. They stand further up. */
  readonly unless?: readonly string[] | undefined;
};

/** A chassis with hundreds of ports and thousands of VLAN interfaces. */
const INTERFACE_ROWS = 10_000;
const NEIGHBOUR_ROWS = 4_000;
/** A large switch learns 32,000 to 128,000 MACs; a provisioning network has a few thousand machines. */
const MAC_ROWS = 50_000;
const ENTITY_ROWS = 10_000;

/** Both MIBs have the same objects. */
type LldpObjects = { readonly [name in keyof typeof LLDP]: string };

const localSystem = (mib: LldpObjects): readonly string[] => [
  mib.ownChassisSubtype,
  mib.ownChassisId,
  mib.ownSystemName,
];
const localPorts = (mib: LldpObjects): readonly string[] => [
  mib.ownPortSubtype,
  mib.ownPortId,
  mib.ownPortDescription,
];
const neighbours = (mib: LldpObjects): readonly string[] => [
  ...[mib.chassisSubtype, mib.chassisId, mib.portSubtype, mib.portId, mib.portDescription],
  ...[mib.systemName, mib.systemDescription, mib.capabilitiesSupported, mib.capabilitiesEnabled],
];

/** ifDescr to ifInErrors; the rest of `INTERFACES` is in other tables. */
const { name, inPackets, speedMbit, alias, duplex, ...ifColumns } = INTERFACES;

/** Who it is: enough to know a switch again that was read under another address. */
export const IDENTITY_TABLES: readonly SnmpTable[] = [
  { name: "system", columns: Object.values(SYSTEM), rowLimit: 1 },
  { name: "lldpLocalSystemData", columns: localSystem(LLDP), rowLimit: 1 },
  {
    name: "lldpV2LocalSystemData",
    columns: localSystem(LLDP_V2),
    rowLimit: 1,
    unless: ["lldpLocalSystemData"],
  },
  { name: "dot1dBase", columns: [BRIDGE.address], rowLimit: 1 },
];

/** Seen per VLAN only on switches whose own bridge table is empty. */
export const VLAN_TABLES: readonly SnmpTable[] = [
  { name: "dot1dBasePortTable", columns: [BRIDGE.portIfIndex], rowLimit: INTERFACE_ROWS },
  { name: "dot1dTpFdbTable", columns: [BRIDGE.fdbPort, BRIDGE.fdbStatus], rowLimit: MAC_ROWS },
];

/** Everything else. */
export const SWITCH_TABLES: readonly SnmpTable[] = [
  {
    name: "lldpLocPortTable",
    columns: localPorts(LLDP),
    rowLimit: INTERFACE_ROWS,
  },
  {
    name: "lldpRemTable",
    columns: neighbours(LLDP),
    rowLimit: NEIGHBOUR_ROWS,
  },
  { name: "lldpRemManAddrTable", columns: [LLDP.managementAddress], rowLimit: NEIGHBOUR_ROWS },
  {
    name: "lldpV2LocPortTable",
    columns: localPorts(LLDP_V2),
    rowLimit: INTERFACE_ROWS,
    unless: ["lldpLocPortTable"],
  },
  {
    name: "lldpV2RemTable",
    columns: neighbours(LLDP_V2),
    rowLimit: NEIGHBOUR_ROWS,
    unless: ["lldpRemTable"],
  },
  {
    name: "lldpV2RemManAddrTable",
    columns: [LLDP_V2.managementAddress],
    rowLimit: NEIGHBOUR_ROWS,
    unless: ["lldpRemTable"],
  },
  { name: "mtxrNeighborTable", columns: Object.values(MIKROTIK), rowLimit: NEIGHBOUR_ROWS },
  {
    name: "tpLldpNeighborInfoTable",
    columns: Object.values(TPLINK_LLDP),
    rowLimit: NEIGHBOUR_ROWS,
    unless: ["lldpRemTable"],
  },
  { name: "cdpCacheTable", columns: Object.values(CDP), rowLimit: NEIGHBOUR_ROWS },
  { name: "ifTable", columns: Object.values(ifColumns), rowLimit: INTERFACE_ROWS },
  { name: "ifXTable", columns: [name, speedMbit, alias, inPackets], rowLimit: INTERFACE_ROWS },
  {
    name: "dot1dBasePortTable",
    columns: [BRIDGE.portNumber, BRIDGE.portIfIndex],
    rowLimit: INTERFACE_ROWS,
  },
  { name: "dot1dStpPortTable", columns: [BRIDGE.stpPort], rowLimit: INTERFACE_ROWS },
  { name: "dot3adAggPortTable", columns: [LAG.portSelected, LAG.portAttached], rowLimit: INTERFACE_ROWS },
  { name: "dot3adAggPortListTable", columns: [LAG.listPorts], rowLimit: INTERFACE_ROWS },
  { name: "pagpEtherChannelTable", columns: Object.values(PAGP), rowLimit: INTERFACE_ROWS },
  // Aggregates that no protocol made are in no table of LACP.
  { name: "ifStackTable", columns: [IF_STACK.status], rowLimit: INTERFACE_ROWS },
  { name: "dot1qVlanCurrentTable", columns: [Q_BRIDGE.vlanFdbId], rowLimit: INTERFACE_ROWS },
  { name: "dot1qTpFdbTable", columns: [Q_BRIDGE.fdbPort, Q_BRIDGE.fdbStatus], rowLimit: MAC_ROWS },
  {
    name: "dot1dTpFdbTable",
    columns: [BRIDGE.fdbMac, BRIDGE.fdbPort, BRIDGE.fdbStatus],
    rowLimit: MAC_ROWS,
    unless: ["dot1qTpFdbTable"],
  },
  { name: "ipAddrTable", columns: [ADDRESSES.old], rowLimit: INTERFACE_ROWS },
  { name: "ipAddressTable", columns: [ADDRESSES.new], rowLimit: INTERFACE_ROWS, unless: ["ipAddrTable"] },
  { name: "dot3StatsTable", columns: [duplex], rowLimit: INTERFACE_ROWS },
  {
    name: "entPhysicalTable",
    columns: [
      ...[ENTITY.class, ENTITY.containedIn, ENTITY.parentRelPos, ENTITY.description, ENTITY.name],
      ...[ENTITY.serial, ENTITY.model],
    ],
    rowLimit: ENTITY_ROWS,
  },
  { name: "entAliasMappingTable", columns: [ENTITY.aliasOf], rowLimit: ENTITY_ROWS },
  { name: "ipNetToMediaTable", columns: [ARP.oldMac, ARP.oldType], rowLimit: MAC_ROWS },
  // Some list in the new one what the old one leaves out, their own addresses among it.
  { name: "ipNetToPhysicalTable", columns: [ARP.newMac, ARP.newType], rowLimit: MAC_ROWS },
];

/** CISCO-VTP-MIB; index: domain, VLAN id; 1 is operational. */
export const VTP_VLAN_STATE = "1.3.6.1.4.1.9.9.46.1.3.1.1.2";

/** Which VLANs a switch has whose bridge table is shown per VLAN. */
export const VLAN_STATE_TABLE: SnmpTable = {
  name: "vtpVlanTable",
  columns: [VTP_VLAN_STATE],
  rowLimit: 4_096,
};
