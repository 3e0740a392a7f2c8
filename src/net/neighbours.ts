/** Which machine is behind an address of our own wire, as the kernel found out by ARP. */
import { readFileSync } from "node:fs";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { type Mac, parseMac } from "#src/value/mac.ts";

/** Linux's ATF_COM: the entry is complete. */
const COMPLETE = 0x2;

/**
 * The MAC behind an address. Whoever has just spoken to us by TCP is in the table.
 *
 * @param table for tests: `/proc/net/arp`, whose columns are address, type, flags, MAC, mask, device
 */
export function macOfNeighbour(
  address: Ipv4,
  device: string,
  table: string = readFileSync("/proc/net/arp", "utf8"),
): Mac | undefined {
  for (const line of table.split("\n").slice(1)) {
    const [at, , flags = "", mac = "", , on] = line.trim().split(/\s+/);
    if (at === address && on === device && (Number(flags) & COMPLETE) !== 0) return parseMac(mac);
  }
  return undefined;
}
