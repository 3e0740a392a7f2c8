/**
 * What `net-snmp` makes of a varbind, made ours. It hands on whatever an agent sent: OIDs of any length, values that were
 * cut (`null`), integers of any size.
 *
 * Pure.
 */
import type { SnmpValue } from "./snmp_value.ts";
import type { BulkCell } from "./walk_guard.ts";

/** As `net-snmp` gives it. */
export type RawVarbind = { readonly oid?: unknown; readonly type?: unknown; readonly value?: unknown };

/** RFC 2578 section 7.1, RFC 3416 section 3. */
export const SNMP_TYPE = {
  integer: 2,
  octets: 4,
  null: 5,
  oid: 6,
  address: 0x40,
  counter32: 0x41,
  gauge32: 0x42,
  timeTicks: 0x43,
  opaque: 0x44,
  counter64: 0x46,
  noSuchObject: 0x80,
  noSuchInstance: 0x81,
  endOfMibView: 0x82,
} as const;

/** RFC 2578 section 3.5: at most 128 numbers, each of 32 bits; no agent has a name for more. */
const OID = /^[0-2](?:\.\d{1,10}){1,127}$/;
/** Descriptions end at 255; the longest that anybody sends are port lists and what CDP knows as version. */
const MAX_OCTETS = 4096;
const COUNTER64_BYTES = 9;

const NONE: SnmpValue = { kind: "none" };

/** @returns the varbind, free of the datagram it came in; `undefined` for endOfMibView; `"malformed"` when its OID is none */
export function readVarbind({ oid, type, value }: RawVarbind): BulkCell | "malformed" {
  if (type === SNMP_TYPE.endOfMibView) return undefined;
  if (typeof oid !== "string" || !OID.test(oid)) return "malformed";
  return { oid, value: readValue(type, value) };
}

function readValue(type: unknown, value: unknown): SnmpValue {
  switch (type) {
    case SNMP_TYPE.integer:
    case SNMP_TYPE.counter32:
    case SNMP_TYPE.gauge32:
    case SNMP_TYPE.timeTicks:
      return Number.isSafeInteger(value) ? { kind: "number", number: value as number } : NONE;
    case SNMP_TYPE.octets:
      // A copy: a view would hold the whole datagram.
      return value instanceof Uint8Array && value.length <= MAX_OCTETS
        ? { kind: "octets", bytes: Uint8Array.from(value) }
        : NONE;
    case SNMP_TYPE.oid:
      return typeof value === "string" && OID.test(value) ? { kind: "oid", oid: value } : NONE;
    case SNMP_TYPE.address:
      return typeof value === "string" ? { kind: "address", address: value } : NONE;
    case SNMP_TYPE.counter64:
      return value instanceof Uint8Array ? readCounter64(value) : NONE;
    default:
      return NONE;
  }
}

/** BER: of as few bytes as it takes, with a zero in front when the top bit is set. */
function readCounter64(bytes: Uint8Array): SnmpValue {
  if (bytes.length === 0 || bytes.length > COUNTER64_BYTES) return NONE;
  const count = bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return { kind: "counter64", count: BigInt.asUintN(64, count) };
}
