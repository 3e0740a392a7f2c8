/**
 * Who was heard on which port: the forwarding tables of Q-BRIDGE-MIB (RFC 4363) and BRIDGE-MIB (RFC 4188), the
 * latter also one VLAN at a time. Pure.
 */
import type { Mac } from "#src/value/mac.ts";
import { isStationMac, macOfNumbers } from "./mac_text.ts";
import { BRIDGE, Q_BRIDGE } from "./mib.ts";
import { type BridgePorts, forwardingPorts, readBridgePorts } from "./read_bridge_ports.ts";
import type { Interfaces } from "./read_interfaces.ts";
import { indexOf, macOf, numberOf } from "./read_value.ts";
import type { LearnedMac, ReadingGap, SwitchWalk } from "./reading.ts";
import type { SnmpValue } from "./snmp_value.ts";
import { indexNumbers, VarbindTable } from "./varbind_table.ts";

/** The largest tables of switches for data centres hold as many. */
export const MAX_LEARNED = 100_000;
const MAX_VLANS_WALKED = 4094;
const MAX_VLAN_ID = 4094;

/** dot1dTpFdbStatus and dot1qTpFdbStatus: how the switch knows. */
const STATUS = { invalid: 2, self: 4 } as const;

type Entry = {
  readonly mac: Mac;
  /** As the table numbers it; zero where the switch does not know. */
  readonly port: number;
  readonly vlanId: number | undefined;
};

export type Forwarding = {
  readonly learned: readonly LearnedMac[];
  /** Those that the switch calls its own. */
  readonly self: readonly Mac[];
  readonly gaps: readonly ReadingGap[];
};

export function readForwarding(table: VarbindTable, walk: SwitchWalk, interfaces: Interfaces): Forwarding {
  const base = readBridgePorts(table, interfaces);
  const gathered = new Gathered(interfaces);
  gathered.take(table, base, readQBridge(table));
  for (const { vlanId, varbinds } of walk.perVlan.slice(0, MAX_VLANS_WALKED)) {
    const own = new VarbindTable(varbinds, Object.values(BRIDGE));
    // Each VLAN of a Catalyst has a table of ports of its own.
    gathered.take(
      own,
      new Map([...base, ...readBridgePorts(own, interfaces)]),
      readBridge(own, vlanIdOf(vlanId)),
    );
  }
  gathered.take(table, base, readBridge(table, undefined));
  return gathered.all();
}

type Table = { readonly entries: readonly Entry[]; readonly self: readonly Mac[] };

class Gathered {
  readonly #interfaces: Interfaces;
  readonly #learned = new Map<string, LearnedMac>();
  readonly #self = new Set<Mac>();
  #isPortMissing = false;

  constructor(interfaces: Interfaces) {
    this.#interfaces = interfaces;
  }

  take(table: VarbindTable, base: BridgePorts, { entries, self }: Table): void {
    const used = new Set(entries.map(({ port }) => port));
    const ports = forwardingPorts(used, { base, table, interfaces: this.#interfaces });
    for (const mac of self) this.#self.add(mac);
    for (const { mac, port, vlanId } of entries) {
      const ifIndex = ports.get(port);
      if (ifIndex !== undefined) this.#add(mac, ifIndex, vlanId);
      // An interface that is no port: the switch itself (MikroTik calls its bridge so).
      else if (!this.#interfaces.has(port)) this.#isPortMissing = true;
    }
  }

  /** Without a VLAN it says nothing new when that MAC is known on that port. */
  #add(mac: Mac, ifIndex: number, vlanId: number | undefined): void {
    if (this.#learned.size >= MAX_LEARNED) return;
    const anyVlan = `${mac} ${ifIndex}`;
    const key = vlanId === undefined ? anyVlan : `${anyVlan} ${vlanId}`;
    if (this.#learned.has(key) || (vlanId === undefined && this.#withVlan.has(anyVlan))) return;
    if (vlanId !== undefined) this.#withVlan.add(anyVlan);
    this.#learned.set(key, vlanId === undefined ? { mac, ifIndex } : { mac, ifIndex, vlanId });
  }
  readonly #withVlan = new Set<string>();

  all(): Forwarding {
    const gaps: readonly ReadingGap[] = this.#isPortMissing
      ? [{ table: "dot1dBasePortTable", reason: "malformed" }]
      : [];
    return { learned: [...this.#learned.values()], self: [...this.#self], gaps };
  }
}

function readQBridge(table: VarbindTable): Table {
  const statuses = table.column(Q_BRIDGE.fdbStatus);
  const vlanOf = vlansByFdb(table);
  return tableOf(
    [...table.column(Q_BRIDGE.fdbPort)].map(([index, port]) => {
      const [fdbId = 0, ...rest] = indexNumbers(index) ?? [];
      return { mac: macOfIndex(rest), port, status: statuses.get(index), vlanId: vlanOf(fdbId) };
    }),
  );
}

function readBridge(table: VarbindTable, vlanId: number | undefined): Table {
  const [macs, statuses] = [table.column(BRIDGE.fdbMac), table.column(BRIDGE.fdbStatus)];
  return tableOf(
    [...table.column(BRIDGE.fdbPort)].map(([index, port]) => {
      // FortiSwitch: the index only counts the rows.
      const mac = macOfIndex(indexNumbers(index) ?? []) ?? macOf(macs.get(index));
      return { mac, port, status: statuses.get(index), vlanId };
    }),
  );
}

type Row = {
  readonly mac: Mac | undefined;
  readonly port: SnmpValue;
  readonly status: SnmpValue | undefined;
  readonly vlanId: number | undefined;
};

function tableOf(rows: readonly Row[]): Table {
  const entries: Entry[] = [];
  const self: Mac[] = [];
  for (const { mac, port, status, vlanId } of rows) {
    const number = indexOf(port);
    const state = numberOf(status);
    if (mac === undefined || !isStationMac(mac) || state === STATUS.invalid) continue;
    if (state === STATUS.self) self.push(mac);
    else if (number !== undefined) entries.push({ mac, port: number, vlanId });
  }
  return { entries, self };
}

/** Aruba CX puts the length before the six bytes. */
const macOfIndex = (numbers: readonly number[]): Mac | undefined =>
  macOfNumbers(numbers.length === 7 && numbers[0] === 6 ? numbers.slice(1) : numbers);

/**
 * By dot1qVlanFdbId, where that names one VLAN for an FDB; with shared learning (802.1Q clause 8.8) nobody can tell.
 * Without that table most switches use the VLAN id.
 */
function vlansByFdb(table: VarbindTable): (fdbId: number) => number | undefined {
  const vlans = new Map<number, number | "several">();
  for (const [index, value] of table.column(Q_BRIDGE.vlanFdbId)) {
    const [fdbId, vlanId] = [numberOf(value), vlanIdOf(indexNumbers(index)?.at(-1))];
    if (fdbId === undefined || vlanId === undefined) continue;
    const before = vlans.get(fdbId);
    vlans.set(fdbId, before === undefined || before === vlanId ? vlanId : "several");
  }
  return (fdbId) => {
    const vlan = vlans.get(fdbId);
    if (vlan === "several") return undefined;
    return vlan ?? (vlans.size === 0 ? vlanIdOf(fdbId) : undefined);
  };
}

const vlanIdOf = (number: number | undefined): number | undefined =>
  number !== undefined && Number.isInteger(number) && number > 0 && number <= MAX_VLAN_ID
    ? number
    : undefined;
