/**
 * Network addresses as LLDP carries them: a byte of IANA address family, then the address.
 * IEEE 802.1AB-2016 clauses 8.5.2.3, 8.5.3.3 (ids) and 8.5.9.3, 8.5.9.4 (management address). Pure.
 */
import { type Ipv4, ipv4FromBytes } from "#src/value/ipv4.ts";
import { ipv6FromBytes } from "#src/value/ipv6.ts";
import { type Mac, macFromBytes } from "#src/value/mac.ts";
import { hexOf } from "./lldp_text.ts";

/** IANA address family numbers. */
const FAMILY = { ipv4: 1, ipv6: 2, ieee802: 6 } as const;

export type NetworkAddress =
  | { readonly kind: "ipv4"; readonly address: Ipv4 }
  /** As RFC 5952 writes it. */
  | { readonly kind: "ipv6"; readonly address: string }
  | { readonly kind: "mac"; readonly address: Mac }
  /** Of another family (IANA number); the address in hex. */
  | { readonly kind: "other"; readonly family: number; readonly address: string };

/** @returns the address, or `undefined` when it is empty or has not the length of its family */
export function readNetworkAddress(bytes: Uint8Array): NetworkAddress | undefined {
  const family = bytes[0];
  const address = bytes.subarray(1);
  if (family === undefined || address.length === 0) return undefined;
  switch (family) {
    case FAMILY.ipv4:
      return address.length === 4 ? { kind: "ipv4", address: ipv4FromBytes(address) } : undefined;
    case FAMILY.ipv6:
      return address.length === 16 ? { kind: "ipv6", address: ipv6FromBytes(address) } : undefined;
    case FAMILY.ieee802:
      return address.length === 6 ? { kind: "mac", address: macFromBytes(address) } : undefined;
    default:
      return { kind: "other", family, address: hexOf(address) };
  }
}
