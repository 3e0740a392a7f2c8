/** The MAC table of a Linux bridge as switches show theirs: BRIDGE-MIB (RFC 4188) and Q-BRIDGE-MIB (RFC 4363). Pure. */
import { inOrder, octets, type Row } from "./pass_persist.ts";

/** What one bridge is. */
export type Bridge = {
  readonly address: Uint8Array;
  readonly ports: readonly { readonly number: number; readonly ifIndex: number }[];
  readonly entries: readonly BridgeEntry[];
};
export type BridgeEntry = { readonly mac: Uint8Array; readonly port: number; readonly isOwn: boolean };

export const BRIDGE_MIB = [1, 3, 6, 1, 2, 1, 17] as const;
const COLUMN = {
  bridgeAddress: [...BRIDGE_MIB, 1, 1],
  numPorts: [...BRIDGE_MIB, 1, 2],
  type: [...BRIDGE_MIB, 1, 3],
  basePort: [...BRIDGE_MIB, 1, 4, 1, 1],
  basePortIfIndex: [...BRIDGE_MIB, 1, 4, 1, 2],
  basePortCircuit: [...BRIDGE_MIB, 1, 4, 1, 3],
  fdbAddress: [...BRIDGE_MIB, 4, 3, 1, 1],
  fdbPort: [...BRIDGE_MIB, 4, 3, 1, 2],
  fdbStatus: [...BRIDGE_MIB, 4, 3, 1, 3],
  qFdbPort: [...BRIDGE_MIB, 7, 1, 2, 2, 1, 2],
  qFdbStatus: [...BRIDGE_MIB, 7, 1, 2, 2, 1, 3],
  vlanFdbId: [...BRIDGE_MIB, 7, 1, 4, 2, 1, 3],
} as const;
/** dot1dTpFdbStatus. */
const STATUS = { learned: 3, self: 4 } as const;
const TRANSPARENT_ONLY = 2;
/** The one VLAN, and the number of its table, which is another: many switches count them apart. */
const VLAN = { id: 1, fdbId: 7 } as const;

/** Layout of `brforward` in sysfs: linux/if_bridge.h, struct __fdb_entry. */
const ENTRY_BYTES = 16;

/** @param bytes of /sys/class/net/BRIDGE/brforward */
export function readForwarding(bytes: Uint8Array): readonly BridgeEntry[] {
  const count = Math.floor(bytes.length / ENTRY_BYTES);
  return Array.from({ length: count }, (_, at) => {
    const entry = bytes.subarray(at * ENTRY_BYTES, (at + 1) * ENTRY_BYTES);
    const port = (entry[6] ?? 0) + ((entry[12] ?? 0) << 8);
    return { mac: entry.slice(0, 6), port, isOwn: entry[7] !== 0 };
  });
}

/** All rows in the order of SNMP. @param tables which of the two MIBs show MAC addresses */
export function bridgeRows(bridge: Bridge, tables: "bridge" | "qBridge" | "both"): readonly Row[] {
  const rows = [
    ...baseRows(bridge),
    ...(tables === "qBridge" ? [] : bridge.entries.flatMap(fdbRows)),
    ...(tables === "bridge" ? [] : qBridgeRows(bridge.entries)),
  ];
  return inOrder(rows);
}

const baseRows = ({ address, ports }: Bridge): readonly Row[] => [
  { oid: [...COLUMN.bridgeAddress, 0], type: "octet", value: octets(address) },
  integer([...COLUMN.numPorts, 0], ports.length),
  integer([...COLUMN.type, 0], TRANSPARENT_ONLY),
  ...ports.flatMap(({ number, ifIndex }): readonly Row[] => [
    integer([...COLUMN.basePort, number], number),
    integer([...COLUMN.basePortIfIndex, number], ifIndex),
    { oid: [...COLUMN.basePortCircuit, number], type: "objectid", value: ".0.0" },
  ]),
];

const fdbRows = ({ mac, port, isOwn }: BridgeEntry): readonly Row[] => [
  { oid: [...COLUMN.fdbAddress, ...mac], type: "octet", value: octets(mac) },
  integer([...COLUMN.fdbPort, ...mac], port),
  integer([...COLUMN.fdbStatus, ...mac], isOwn ? STATUS.self : STATUS.learned),
];

const qBridgeRows = (entries: readonly BridgeEntry[]): readonly Row[] => [
  integer([...COLUMN.vlanFdbId, 0, VLAN.id], VLAN.fdbId),
  ...entries.flatMap(({ mac, port, isOwn }) => [
    integer([...COLUMN.qFdbPort, VLAN.fdbId, ...mac], port),
    integer([...COLUMN.qFdbStatus, VLAN.fdbId, ...mac], isOwn ? STATUS.self : STATUS.learned),
  ]),
];

const integer = (oid: readonly number[], value: number): Row => ({
  oid,
  type: "integer",
  value: String(value),
});
