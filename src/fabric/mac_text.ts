/** MAC addresses that were written where bytes belong, and which ones belong to one machine alone. Pure. */
import { type Mac, macFromBytes, parseMac } from "#src/value/mac.ts";

const PAIRS = /^[0-9a-f]{2}(?:([-: ])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}$/;
/** As net-snmp prints them, for example `0:0:5e:0:1:1`. */
const UNPADDED = /^[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}$/;
/** `0011.2233.4455` (Cisco), `0011-2233-4455` (Huawei) and `001122-334455` (HP). */
const GROUPED = /^(?:[0-9a-f]{4}([-.:])[0-9a-f]{4}\1[0-9a-f]{4}|[0-9a-f]{6}[-:][0-9a-f]{6})$/;
const BARE = /^(?:0x)?[0-9a-f]{12}$/;

/**
 * Reads a MAC address in the spellings that switches use.
 *
 * @param options `isBareTaken`: twelve digits without anything between them are one too. Elsewhere they may be a serial number
 * @returns `undefined` when `text` is none
 */
export function macOfText(text: string, { isBareTaken }: { readonly isBareTaken: boolean }): Mac | undefined {
  const lower = text.trim().toLowerCase();
  if (PAIRS.test(lower)) return parseMac(lower.replaceAll(" ", ":"));
  if (UNPADDED.test(lower))
    return parseMac(
      lower
        .split(":")
        .map((pair) => pair.padStart(2, "0"))
        .join(":"),
    );
  const isSpelled = GROUPED.test(lower) || (isBareTaken && BARE.test(lower));
  return isSpelled ? parseMac(lower.replace(/^0x/, "").replaceAll(/[-.:]/g, "")) : undefined;
}

/** @param numbers six of a byte each. @returns `undefined` when they are not that */
export const macOfNumbers = (numbers: readonly number[]): Mac | undefined =>
  numbers.length === 6 && numbers.every((number) => Number.isInteger(number) && number >= 0 && number <= 255)
    ? macFromBytes(Uint8Array.from(numbers))
    : undefined;

const isGroup = (mac: Mac): boolean => (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;

/** Of a station: neither zero nor of a group. */
export const isStationMac = (mac: Mac): boolean => mac !== "00:00:00:00:00:00" && !isGroup(mac);

/** Those that several routers answer to: VRRP (RFC 9568 section 7.3), HSRP, HSRP version 2, GLBP. */
const SHARED = ["00:00:5e:00:01:", "00:00:5e:00:02:", "00:00:0c:07:ac:", "00:00:0c:9f:f", "00:07:b4:00:"];

/** Whether a MAC can tell its machine from others. */
export const isMachineMac = (mac: Mac): boolean =>
  isStationMac(mac) && !SHARED.some((prefix) => mac.startsWith(prefix));

/** IEEE 802 clause 8.2.2: given by a person or a program, so that it may be on many machines. */
export const isLocallyAdministered = (mac: Mac): boolean => (Number.parseInt(mac.slice(0, 2), 16) & 2) === 2;
