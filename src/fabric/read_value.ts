/** What is in a value of a type that may be another than the MIB says: `undefined` or empty then. Pure. */
import { isUtf8 } from "node:buffer";
import { type Ipv4, parseIpv4 } from "#src/value/ipv4.ts";
import { type Mac, macFromBytes } from "#src/value/mac.ts";
import { wireText } from "./lldp_text.ts";
import { macOfText } from "./mac_text.ts";
import type { SnmpValue } from "./snmp_value.ts";

/** SnmpAdminString of RFC 3411 has so many. */
const MAX_TEXT_BYTES = 255;
/** Descriptions of systems are often of several lines. */
const LINE_BREAKS = /[\t\n\v\f\r ]+/g;

/** A whole number that JavaScript holds exactly. */
export function numberOf(value: SnmpValue | undefined): number | undefined {
  const number = value?.kind === "number" ? value.number : counterOf(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

const counterOf = (value: SnmpValue | undefined): number | undefined =>
  value?.kind === "counter64" ? Number(value.count) : undefined;

/** @returns a number above zero, which indexes are */
export function indexOf(value: SnmpValue | undefined): number | undefined {
  const number = numberOf(value);
  return number !== undefined && number > 0 ? number : undefined;
}

export const bytesOf = (value: SnmpValue | undefined): Uint8Array =>
  value?.kind === "octets" ? value.bytes : new Uint8Array();

/** Inert, on one line, without blanks at its ends; empty when the value is no octets. */
export function textOf(value: SnmpValue | undefined): string {
  const bytes = withoutRest(bytesOf(value));
  const text = isUtf8(bytes)
    ? Buffer.from(Buffer.from(bytes).toString("utf8").replaceAll(LINE_BREAKS, " "))
    : bytes;
  return wireText(text).trim();
}

/** The first {@link MAX_TEXT_BYTES}, or less so as not to cut a character in two. */
function withoutRest(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= MAX_TEXT_BYTES) return bytes;
  let end = MAX_TEXT_BYTES;
  while (end > MAX_TEXT_BYTES - 4 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.subarray(0, end);
}

/** Six bytes, or the text of a MAC address. */
export function macOf(value: SnmpValue | undefined): Mac | undefined {
  const bytes = bytesOf(value);
  if (bytes.length === 6) return macFromBytes(bytes);
  return bytes.length <= MAX_TEXT_BYTES ? macOfText(textOf(value), { isBareTaken: true }) : undefined;
}

/** @returns `undefined` also for those that no machine has: zero, loopback, multicast, broadcast */
export function ipv4OfNumbers(numbers: readonly number[]): Ipv4 | undefined {
  const [first = 0] = numbers;
  const isOfOne = numbers.length === 4 && first > 0 && first !== 127 && first < 224;
  return isOfOne ? parseIpv4(numbers.join(".")) : undefined;
}
