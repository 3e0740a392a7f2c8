/** Management addresses of neighbours, which are in the index of lldpRemManAddrTable. Pure. */
import type { Ipv4 } from "#src/value/ipv4.ts";
import { ipv4OfNumbers } from "./read_value.ts";
import { type Column, indexNumbers } from "./varbind_table.ts";

/** By the index of the neighbour in lldpRemTable. */
export type ManagementAddresses = ReadonlyMap<string, readonly Ipv4[]>;

/** IANA address family. */
const IPV4 = 1;
const MAX_ADDRESSES = 8;
const IPV4_BYTES = 4;

/** @param column any column of lldpRemManAddrTable. Addresses of other families are passed over */
export function readManagementAddresses(column: Column): ManagementAddresses {
  const found = new Map<string, Ipv4[]>();
  for (const index of column.keys()) {
    const numbers = indexNumbers(index) ?? [];
    const address = ipv4OfNumbers(numbers.slice(-IPV4_BYTES));
    const neighbour = neighbourBefore(numbers);
    if (address === undefined || neighbour === undefined) continue;
    const all = found.get(neighbour) ?? [];
    if (all.length < MAX_ADDRESSES && !all.includes(address)) found.set(neighbour, [...all, address]);
  }
  return found;
}

/** What stands before family and address: with the length of the address between them, or without (FortiSwitch). */
function neighbourBefore(numbers: readonly number[]): string | undefined {
  const before = numbers.slice(0, -IPV4_BYTES);
  if (before.at(-1) === IPV4_BYTES && before.at(-2) === IPV4) return before.slice(0, -2).join(".");
  return before.at(-1) === IPV4 ? before.slice(0, -1).join(".") : undefined;
}
