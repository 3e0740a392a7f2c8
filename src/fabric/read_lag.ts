/**
 * Which ports are one: IEEE8023-LAG-MIB (IEEE 802.3 clause 30.7), CISCO-PAGP-MIB, and ifStackTable (RFC 2863) where
 * those say nothing. Pure.
 */
import { IF_STACK, LAG, PAGP } from "./mib.ts";
import type { BridgePorts } from "./read_bridge_ports.ts";
import type { Interfaces } from "./read_interfaces.ts";
import { bytesOf, indexOf, numberOf } from "./read_value.ts";
import type { Lag } from "./reading.ts";
import { type Column, indexNumbers, onlyNumber, type VarbindTable } from "./varbind_table.ts";

const MAX_LAGS = 1024;
const MAX_MEMBERS = 256;
/** RowStatus. */
const ACTIVE = 1;

/** A port, and the aggregate that it is in. */
type Membership = { readonly member: number; readonly lag: number };

export type LagContext = { readonly interfaces: Interfaces; readonly bridgePorts: BridgePorts };

/** Each port is in one at most; an aggregate without ports is none. */
export function readLags(table: VarbindTable, { interfaces, bridgePorts }: LagContext): readonly Lag[] {
  const sources: readonly (readonly Membership[])[] = [
    byLacp(table.column(LAG.portAttached), interfaces),
    byLacp(table.column(LAG.portSelected), interfaces),
    byPort(table.column(PAGP.group), isAggregate(interfaces)),
    byStack(table.column(IF_STACK.status), interfaces),
    byBitmap(table.column(LAG.listPorts), { interfaces, bridgePorts }),
  ];
  const lags = new Map<number, number[]>();
  const taken = new Set<number>();
  for (const memberships of sources) {
    const known = new Set(lags.keys());
    for (const { member, lag } of memberships) {
      if (known.has(lag) || taken.has(member) || interfaces.get(member)?.kind !== "ethernet") continue;
      const members = lags.get(lag) ?? [];
      if (members.length >= MAX_MEMBERS || (members.length === 0 && lags.size >= MAX_LAGS)) continue;
      lags.set(lag, [...members, member]);
      taken.add(member);
    }
  }
  return [...lags]
    .sort(([a], [b]) => a - b)
    .map(([ifIndex, members]) => ({ ifIndex, members: members.sort((a, b) => a - b) }));
}

type IsAggregate = (ifIndex: number) => boolean;

const isAggregate =
  (interfaces: Interfaces): IsAggregate =>
  (ifIndex) =>
    ["lag", "other"].includes(interfaces.get(ifIndex)?.kind ?? "");

/**
 * A bond of Linux is an Ethernet interface like its ports, under any name; unlike them it has no row. A port that has one
 * is not believed to be the aggregate of others.
 */
const byLacp = (column: Column, interfaces: Interfaces): readonly Membership[] =>
  byPort(column, (ifIndex) =>
    column.has(String(ifIndex)) ? isAggregate(interfaces)(ifIndex) : interfaces.has(ifIndex),
  );

/** A port that is in no aggregate names zero or itself. */
const byPort = (column: Column, isKnown: IsAggregate): readonly Membership[] =>
  [...column].flatMap(([index, value]) => {
    const [member, lag] = [onlyNumber(index), indexOf(value)];
    return member === undefined || lag === undefined || !isKnown(lag) ? [] : [{ member, lag }];
  });

/** The aggregate is above its ports; some agents have it the other way round, so that kinds decide. */
const byStack = (column: Column, interfaces: Interfaces): readonly Membership[] =>
  [...column].flatMap(([index, status]) => {
    const [upper, lower] = indexNumbers(index) ?? [];
    if (upper === undefined || lower === undefined || numberOf(status) !== ACTIVE) return [];
    if (interfaces.get(upper)?.kind === "lag") return [{ member: lower, lag: upper }];
    return interfaces.get(lower)?.kind === "lag" ? [{ member: upper, lag: lower }] : [];
  });

/** A PortList (RFC 4363): the first bit of the first byte is bridge port 1. */
const byBitmap = (column: Column, { interfaces, bridgePorts }: LagContext): readonly Membership[] =>
  [...column].slice(0, MAX_LAGS).flatMap(([index, value]) => {
    const lag = onlyNumber(index);
    if (lag === undefined || !isAggregate(interfaces)(lag)) return [];
    const numbers = portsOf(bytesOf(value)).slice(0, MAX_MEMBERS);
    return numbers.flatMap((port) => {
      const member = bridgePorts.get(port);
      return member === undefined ? [] : [{ member, lag }];
    });
  });

const MAX_BITMAP_BYTES = 512;

const portsOf = (bitmap: Uint8Array): readonly number[] =>
  [...bitmap.subarray(0, MAX_BITMAP_BYTES)].flatMap((byte, at) =>
    [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (byte & (0x80 >> bit)) !== 0).map((bit) => 8 * at + bit + 1),
  );
