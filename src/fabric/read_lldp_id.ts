/** Chassis and port ids from the columns of LLDP-MIB: a subtype and octets. Pure. */
import { type ChassisId, type PortId, readChassisId, readPortId } from "./lldp_id.ts";
import { textOrHex } from "./lldp_text.ts";
import { bytesOf, numberOf } from "./read_value.ts";
import { settledId } from "./settled_id.ts";
import type { SnmpValue } from "./snmp_value.ts";

/** IEEE 802.1AB clause 8.5.2.3. */
const MAX_ID_BYTES = 255;
const CHASSIS_SUBTYPE = { macAddress: 4, local: 7 } as const;
const PORT_SUBTYPE = { macAddress: 3, local: 7 } as const;

/** @returns `undefined` when there is no id; one without a subtype is guessed */
export function chassisIdOf(
  subtype: SnmpValue | undefined,
  id: SnmpValue | undefined,
): ChassisId | undefined {
  const bytes = bytesOf(id);
  return bytes.length === 0
    ? undefined
    : settledId(readChassisId(withSubtype(subtype, bytes, CHASSIS_SUBTYPE)));
}

/** An empty id is one too: D-Link sends such. */
export const portIdOf = (subtype: SnmpValue | undefined, id: SnmpValue | undefined): PortId =>
  settledId(readPortId(withSubtype(subtype, bytesOf(id), PORT_SUBTYPE)));

function withSubtype(
  subtype: SnmpValue | undefined,
  bytes: Uint8Array,
  guesses: { readonly macAddress: number; readonly local: number },
): Uint8Array {
  const isMac = bytes.length === 6 && textOrHex(bytes).length === 17;
  const code = numberOf(subtype) ?? (isMac ? guesses.macAddress : guesses.local);
  const id = bytes.subarray(0, MAX_ID_BYTES);
  return Buffer.concat([Uint8Array.of(code >= 0 && code <= 255 ? code : 0), id]);
}
