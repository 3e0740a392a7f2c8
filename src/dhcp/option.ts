/**
 * DHCP options: codes by the RFC's names, and the readers and writers of
 * their values. RFC 2132, 3004 (77), 3011 (118), 3046 (82), 3527 (82.5), 5107 (82.11), 4578 (93, 94, 97); 175 is iPXE's own.
 *
 * Pure: no sockets, no clock. A reader gives `undefined` for a value of the wrong length.
 */
import { type Ipv4, ipv4Bytes, ipv4FromBytes } from "#src/value/ipv4.ts";

export const OPTION = {
  pad: 0,
  subnetMask: 1,
  router: 3,
  hostName: 12,
  broadcastAddress: 28,
  vendorSpecific: 43,
  requestedAddress: 50,
  leaseTime: 51,
  overload: 52,
  messageType: 53,
  serverId: 54,
  parameterList: 55,
  message: 56,
  maxMessageSize: 57,
  renewalTime: 58,
  rebindingTime: 59,
  vendorClass: 60,
  clientId: 61,
  tftpServerName: 66,
  bootFileName: 67,
  userClass: 77,
  relayInformation: 82,
  clientArch: 93,
  clientInterface: 94,
  clientUuid: 97,
  subnetSelection: 118,
  ipxe: 175,
  end: 255,
} as const;

/** Values by code. Order of insertion is order on the wire. */
export type DhcpOptions = ReadonlyMap<number, Uint8Array>;

/** One option of a reply. */
export type Option = { readonly code: number; readonly value: Uint8Array };

/** Sub-options of option 82 by the names of RFC 3046, 3527 and 5107. */
export const RELAY_SUBOPTION = { circuitId: 1, remoteId: 2, linkSelection: 5, serverOverride: 11 } as const;

/** The value of one sub-option (82, 43), the first of its code; `undefined` when there is none or the lengths do not add up. */
export function readSuboption(value: Uint8Array | undefined, code: number): Uint8Array | undefined {
  for (let at = 0; value && at + 2 <= value.length; ) {
    const end = at + 2 + (value[at + 1] ?? 0);
    if (end > value.length) return undefined;
    if (value[at] === code) return value.subarray(at + 2, end);
    at = end;
  }
  return undefined;
}

export const readU16 = (value: Uint8Array | undefined): number | undefined =>
  value?.length === 2 ? ((value[0] ?? 0) << 8) | (value[1] ?? 0) : undefined;

export const readAddress = (value: Uint8Array | undefined): Ipv4 | undefined =>
  value?.length === 4 ? ipv4FromBytes(value) : undefined;

/** Printable ASCII, cut at the first NUL (some firmware counts it in the length); other bytes become `?`. */
export function readText(value: Uint8Array | undefined): string | undefined {
  if (!value) return undefined;
  const end = value.indexOf(0);
  const text = Buffer.from(end < 0 ? value : value.subarray(0, end)).toString("latin1");
  return text.replaceAll(/[^\x20-\x7e]/g, "?");
}

export const u8 = (value: number): Uint8Array => Uint8Array.of(value);
export const u32 = (value: number): Uint8Array =>
  Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
export const addressBytes = (address: Ipv4): Uint8Array => ipv4Bytes(address);
export const text = (value: string): Uint8Array => Buffer.from(value, "latin1");
/** For option 67: EDK2 writes a NUL behind the value, onto the next option, unless one is there already (PxeBcDhcp4.c). */
export const textZ = (value: string): Uint8Array => Buffer.from(`${value}\0`, "latin1");
