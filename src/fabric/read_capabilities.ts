/**
 * Whether a neighbour is part of the fabric, by the capabilities that it claims: IEEE 802.1AB table 8-4 for LLDP,
 * the capability bits of CDP for that. Pure.
 */
import { bytesOf, numberOf } from "./read_value.ts";
import type { SnmpValue } from "./snmp_value.ts";

/** Numbers of the bits of LldpSystemCapabilitiesMap. */
const BIT = {
  repeater: 1,
  bridge: 2,
  wlanAccessPoint: 3,
  router: 4,
  telephone: 5,
  cVlan: 8,
  sVlan: 9,
} as const;
const FORWARDS = [BIT.bridge, BIT.router, BIT.cVlan, BIT.sVlan];
const BITS = 11;

/**
 * What is enabled counts; where that says nothing, what is supported. A phone bridges to the one machine behind it
 * and is none.
 *
 * @returns `undefined` when nothing is claimed
 */
export function isBridgeByLldp(
  supported: SnmpValue | undefined,
  enabled: SnmpValue | undefined,
): boolean | undefined {
  const [able, on] = [claimed(supported), claimed(enabled)];
  const counts = on.size > 0 ? on : able;
  if (counts.size === 0) return undefined;
  return !able.has(BIT.telephone) && !on.has(BIT.telephone) && FORWARDS.some((bit) => counts.has(bit));
}

function claimed(value: SnmpValue | undefined): ReadonlySet<number> {
  const number = numberOf(value);
  // MikroTik: the word of the TLV, where bridge is 4.
  if (number !== undefined) return lowFirst(number);
  const [first = 0, second = 0] = octetsMeant(bytesOf(value));
  // BITS of SMI number from the top, and the second byte tells more of a bridge: alone it is the low one of the TLV's word.
  if (first === 0 && second !== 0) return lowFirst(second);
  const bits = highFirst(first, second);
  const isOdd = bits.has(BIT.wlanAccessPoint) && bits.has(BIT.telephone) && !bits.has(BIT.bridge);
  return isOdd ? lowFirst(first) : bits;
}

/** `28 00 2 4`: as net-snmp prints BITS, which some agents and all proxies of recordings hand on. */
const PRINTED = /^[0-9A-F]{2}(?: [0-9A-F]{2})*(?: [0-9]{1,2})*$/i;
const MAX_PRINTED_BYTES = 64;

function octetsMeant(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 2 || bytes.length > MAX_PRINTED_BYTES) return bytes;
  const text = Buffer.from(bytes).toString("latin1").trim();
  return PRINTED.test(text) ? Buffer.from(text.slice(0, 2), "hex") : bytes;
}

const lowFirst = (word: number): ReadonlySet<number> =>
  new Set(Array.from({ length: BITS }, (_, bit) => bit).filter((bit) => ((word >> bit) & 1) === 1));

const highFirst = (first: number, second: number): ReadonlySet<number> =>
  new Set(
    Array.from({ length: BITS }, (_, bit) => bit).filter(
      (bit) => (((first << 8) | second) & (0x8000 >> bit)) !== 0,
    ),
  );

/** Bits of the last byte of cdpCacheCapabilities: router, transparent bridge, source-route bridge, switch. */
const CDP_FORWARDS = 0x0f;
const CDP_PHONE = 0x80;

/** @returns `undefined` when nothing is claimed */
export function isBridgeByCdp(value: SnmpValue | undefined): boolean | undefined {
  const bytes = bytesOf(value);
  const bits = bytes.length === 4 ? (bytes[3] ?? 0) : undefined;
  if (bits === undefined) return undefined;
  return (bits & CDP_PHONE) === 0 && (bits & CDP_FORWARDS) !== 0;
}
