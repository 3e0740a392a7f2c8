/**
 * What a switch says of itself besides its names: capabilities and management addresses,
 * IEEE 802.1AB-2016 clauses 8.5.8 and 8.5.9. Pure.
 */
import type { ByteReader } from "#src/value/byte_reader.ts";
import { type NetworkAddress, readNetworkAddress } from "./lldp_address.ts";
import { readOid } from "./lldp_oid.ts";
import { readU32, readWhole } from "./lldp_value.ts";

/** Table 8-4; by number of the bit. */
const CAPABILITIES = [
  "other",
  "repeater",
  "bridge",
  "wlanAccessPoint",
  "router",
  "telephone",
  "docsisCableDevice",
  "stationOnly",
  "cVlanComponent",
  "sVlanComponent",
  "twoPortMacRelay",
] as const;

export type Capability = (typeof CAPABILITIES)[number];
export type Capabilities = {
  readonly supported: readonly Capability[];
  readonly enabled: readonly Capability[];
};

/** Clause 8.5.9.5; by number. */
const NUMBERINGS = ["reserved", "unknown", "ifIndex", "systemPortNumber"] as const;

export type ManagementAddress = {
  readonly address: NetworkAddress;
  /** What `interfaceNumber` counts. */
  readonly numbering: (typeof NUMBERINGS)[number];
  readonly interfaceNumber: number;
  /** Dotted; `undefined` when there is none, or none that can be read. */
  readonly oid: string | undefined;
};

/** Clause 8.5.9.2: family and 1 to 31 bytes; that there is one is for the address to check. */
const MAX_ADDRESS_BYTES = 32;

/** Reserved bits are passed over. @returns `undefined` when the TLV is too short */
export const readCapabilities = (value: Uint8Array): Capabilities | undefined =>
  readWhole(value, (reader) => ({
    supported: namesOf(reader.u16("system capabilities")),
    enabled: namesOf(reader.u16("enabled capabilities")),
  }));

const namesOf = (bits: number): readonly Capability[] =>
  CAPABILITIES.filter((_, bit) => ((bits >> bit) & 1) === 1);

/** @returns `undefined` when a length in it is wrong */
export const readManagementAddress = (value: Uint8Array): ManagementAddress | undefined =>
  readWhole(value, readAddressBody);

function readAddressBody(reader: ByteReader): ManagementAddress | undefined {
  const sizeBytes = reader.u8("management address string length");
  if (sizeBytes > MAX_ADDRESS_BYTES)
    return reader.fail(
      "badValue",
      "management address string length",
      `${sizeBytes} bytes, at most 32 wanted`,
    );
  const address = readNetworkAddress(reader.take(sizeBytes, "management address"));
  if (!address)
    return reader.fail("badValue", "management address", "empty, or not of the length of its family");
  return {
    address,
    numbering: NUMBERINGS[reader.u8("interface numbering subtype")] ?? "reserved",
    interfaceNumber: readU32(reader, "interface number"),
    oid: readOid(reader.take(reader.u8("object identifier length"), "object identifier")),
  };
}
