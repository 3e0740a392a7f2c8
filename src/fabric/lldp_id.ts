/**
 * Chassis and port ids: IEEE 802.1AB-2016 clauses 8.5.2 and 8.5.3. Pure.
 *
 * Nobody checks what switches put into them, so that a value which is not what its subtype says is kept as octets.
 */
import { type Mac, macFromBytes } from "#src/value/mac.ts";
import { type NetworkAddress, readNetworkAddress } from "./lldp_address.ts";
import { hexOf, textOrHex } from "./lldp_text.ts";

/** Table 8-2; by number, 0 is reserved. */
const CHASSIS_SUBTYPES = [
  "reserved",
  "chassisComponent",
  "interfaceAlias",
  "portComponent",
  "macAddress",
  "networkAddress",
  "interfaceName",
  "local",
] as const;

/** Table 8-3; by number, 0 is reserved. */
const PORT_SUBTYPES = [
  "reserved",
  "interfaceAlias",
  "portComponent",
  "macAddress",
  "networkAddress",
  "interfaceName",
  "agentCircuitId",
  "local",
] as const;

export type IdValue =
  | { readonly kind: "mac"; readonly mac: Mac }
  | { readonly kind: "network"; readonly network: NetworkAddress }
  /** As sent, in hex: at most 255 bytes. */
  | { readonly kind: "octets"; readonly hex: string };

export type LldpId<Subtype extends string> = {
  readonly subtype: Subtype;
  /** The number that `subtype` names; reserved ones differ by it. */
  readonly subtypeCode: number;
  readonly value: IdValue;
  /** For people; inert. Two ids may look the same, so compare `value`. */
  readonly text: string;
};

export type ChassisId = LldpId<(typeof CHASSIS_SUBTYPES)[number]>;
export type PortId = LldpId<(typeof PORT_SUBTYPES)[number]>;

/** The subtype and 1 to 255 bytes (clauses 8.5.2.1 and 8.5.3.1). */
export const ID_BYTES = { min: 2, max: 256 } as const;

/** @param value of a Chassis ID TLV, of {@link ID_BYTES} */
export const readChassisId = (value: Uint8Array): ChassisId => readId(value, CHASSIS_SUBTYPES);

/** @param value of a Port ID TLV, of {@link ID_BYTES} */
export const readPortId = (value: Uint8Array): PortId => readId(value, PORT_SUBTYPES);

function readId<Subtype extends string>(
  value: Uint8Array,
  subtypes: readonly [Subtype, ...Subtype[]],
): LldpId<Subtype> {
  const subtypeCode = value[0] ?? 0;
  const subtype = subtypes[subtypeCode] ?? subtypes[0];
  const id = value.subarray(1);
  return { subtype, subtypeCode, ...typed(subtype, id) };
}

function typed(subtype: string, id: Uint8Array): { readonly value: IdValue; readonly text: string } {
  if (subtype === "macAddress" && id.length === 6) {
    const mac = macFromBytes(id);
    return { value: { kind: "mac", mac }, text: mac };
  }
  const network = subtype === "networkAddress" ? readNetworkAddress(id) : undefined;
  if (network) return { value: { kind: "network", network }, text: network.address };
  return { value: { kind: "octets", hex: hexOf(id) }, text: textOrHex(id) };
}
