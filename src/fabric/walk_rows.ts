/** What is known of a switch from the first rows of its walk, before anything is made of the rest. Pure. */
import { BRIDGE, LLDP, LLDP_V2, SYSTEM } from "./mib.ts";
import { compareOids, isBelow } from "./oid_order.ts";
import { VTP_VLAN_STATE } from "./snmp_tables.ts";
import type { Varbind } from "./snmp_value.ts";
import type { TableWalk } from "./table_walk.ts";

/** VLANs of a switch that shows its bridge table per VLAN; each costs a session. */
const MAX_VLANS = 256;
const OPERATIONAL = 1;
/** FDDI and Token Ring, which every Cisco switch has and none uses. */
const isLegacyVlan = (vlanId: number): boolean => vlanId >= 1002 && vlanId <= 1005;
const MAC_BYTES = 6;

/** All rows that were taken, in the order of their OIDs. */
export const rowsInOrder = (walks: readonly TableWalk[]): readonly Varbind[] =>
  walks
    .flatMap(({ columns }) => columns)
    .toSorted((left, right) => compareOids(left.root, right.root))
    .flatMap(({ rows }) => rows);

/**
 * The same for one switch under all of its addresses, different for any two. Chassis ids and names alone are not: cloned
 * and careless configurations repeat them. `undefined` where the switch shows no MAC of its own.
 */
export function identityOf(rows: readonly Varbind[]): string | undefined {
  const scalar = (oid: string): Uint8Array => octetsOf(rows.find((row) => row.oid === `${oid}.0`));
  const macs = [BRIDGE.address, LLDP.ownChassisId, LLDP_V2.ownChassisId].map(scalar);
  if (!macs.some(isOwnMac)) return undefined;
  const parts = [...macs, scalar(SYSTEM.name), scalar(SYSTEM.description)];
  return parts.map((bytes) => Buffer.from(bytes).toString("hex")).join("/");
}

/** Not zero, not a group's. */
const isOwnMac = (bytes: Uint8Array): boolean =>
  bytes.length === MAC_BYTES && ((bytes[0] ?? 1) & 1) === 0 && bytes.some((byte) => byte !== 0);

const octetsOf = (row: Varbind | undefined): Uint8Array =>
  row?.value.kind === "octets" ? row.value.bytes : new Uint8Array(0);

/** From the vtpVlanTable among the rows, those that are operational. */
export const operationalVlans = (rows: readonly Varbind[]): readonly number[] =>
  rows
    .filter(({ oid }) => isBelow(oid, VTP_VLAN_STATE))
    .filter(({ value }) => value.kind === "number" && value.number === OPERATIONAL)
    .map(({ oid }) => Number(oid.slice(oid.lastIndexOf(".") + 1)))
    .filter((vlanId) => vlanId >= 1 && vlanId <= 4094 && !isLegacyVlan(vlanId))
    .slice(0, MAX_VLANS);

/**
 * Whether the MAC table has to be asked for VLAN by VLAN. A Catalyst has no Q-BRIDGE-MIB and shows VLAN 1 where nothing
 * else is said, so that a table with a few rows is no sign.
 */
export const mayHideVlans = (walks: readonly TableWalk[]): boolean =>
  !walks.some(({ table, hasRows }) => table.name === "dot1qTpFdbTable" && hasRows);

/** Who is behind which port, of BRIDGE-MIB. */
export const macRows = (walks: readonly TableWalk[]): readonly Varbind[] =>
  walks.flatMap(({ columns }) =>
    columns.filter(({ root }) => root === BRIDGE.fdbPort).flatMap(({ rows }) => rows),
  );

export const isSameTable = (left: readonly Varbind[], right: readonly Varbind[]): boolean =>
  left.length === right.length &&
  left.every((row, at) => row.oid === right[at]?.oid && portOf(row) === portOf(right[at]));

const portOf = (row: Varbind | undefined): number | undefined =>
  row?.value.kind === "number" ? row.value.number : undefined;
