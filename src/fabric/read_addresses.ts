/** Addresses: the switch's own, and its ARP table. IP-MIB, RFC 4293, the old tables and the new. Pure. */
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { isStationMac } from "./mac_text.ts";
import { ADDRESSES, ARP } from "./mib.ts";
import { ipv4OfNumbers, macOf, numberOf } from "./read_value.ts";
import { indexNumbers, type VarbindTable } from "./varbind_table.ts";

export const MAX_ARP = 100_000;
const MAX_OWN_ADDRESSES = 256;

/** InetAddressType; ipNetToMediaType and ipNetToPhysicalType have this in common. */
const IPV4 = 1;
const INVALID = 2;

/** @param asked where the switch answered, which is one of its own too */
export function readOwnAddresses(table: VarbindTable, asked: Ipv4 | undefined): readonly Ipv4[] {
  const found = new Set<Ipv4>(asked === undefined ? [] : [asked]);
  const indexes = [
    ...[...table.column(ADDRESSES.old).keys()].map((index) => indexNumbers(index) ?? []),
    ...[...table.column(ADDRESSES.new).keys()].map((index) => inetAddress(indexNumbers(index) ?? [])),
  ];
  for (const index of indexes) {
    const address = ipv4OfNumbers(index);
    if (address !== undefined && found.size < MAX_OWN_ADDRESSES) found.add(address);
  }
  return [...found];
}

/** The numbers of an InetAddress in an index: kind, length, address. The length is left away by some. */
function inetAddress([kind, length, ...rest]: readonly number[]): readonly number[] {
  if (kind !== IPV4 || length === undefined) return [];
  return length === 4 && rest.length === 4 ? rest : [length, ...rest];
}

export type ArpEntry = { readonly address: Ipv4; readonly mac: Mac };

/** Each pair once; addresses and MACs of groups left out. */
export function readArp(table: VarbindTable): readonly ArpEntry[] {
  const found = new Map<string, ArpEntry>();
  const tables = [
    { macs: ARP.oldMac, types: ARP.oldType, addressOf: (index: readonly number[]) => index.slice(1) },
    {
      macs: ARP.newMac,
      types: ARP.newType,
      addressOf: (index: readonly number[]) => inetAddress(index.slice(1)),
    },
  ];
  for (const { macs, types, addressOf } of tables)
    for (const [index, value] of table.column(macs)) {
      if (found.size >= MAX_ARP) break;
      const [address, mac] = [ipv4OfNumbers(addressOf(indexNumbers(index) ?? [])), macOf(value)];
      if (!address || !mac || !isStationMac(mac)) continue;
      if (numberOf(table.column(types).get(index)) !== INVALID)
        found.set(`${address} ${mac}`, { address, mac });
    }
  return [...found.values()];
}
