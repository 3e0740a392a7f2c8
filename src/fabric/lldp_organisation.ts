/**
 * Organisationally specific TLVs: IEEE 802.1AB-2016 clause 8.6. Those of IEEE 802.1 (802.1Q annex D.2) and
 * of IEEE 802.3 (802.3 clause 79.3) that say how a port is wired. Pure.
 */
import type { ByteReader } from "#src/value/byte_reader.ts";
import { wireText } from "./lldp_text.ts";
import { readU32, readWhole } from "./lldp_value.ts";

/** OUI and subtype, as hex of the first four bytes. */
export const ORGANISATION = {
  portVlanId: "0080c201",
  vlanName: "0080c203",
  linkAggregation: "0080c207",
  macPhy: "00120f01",
  oldLinkAggregation: "00120f03",
  maxFrameSize: "00120f04",
} as const;

export type VlanName = { readonly vlanId: number; readonly name: string };

/** The same in both: 802.1Q D.2.7 (now of 802.1AX), and 802.3 79.3.3, which that took the place of. */
export type LinkAggregation = {
  readonly isCapable: boolean;
  readonly isAggregated: boolean;
  /** ifIndex of the aggregate; 0 when there is none. */
  readonly portNumber: number;
};

/** 802.3 79.3.1. */
export type MacPhy = {
  readonly isAutonegotiationSupported: boolean;
  readonly isAutonegotiationEnabled: boolean;
  /** Bits of ifMauAutoNegCapAdvertisedBits (RFC 4836). */
  readonly advertisedBits: number;
  /** dot3MauType of the IANA registry, for example 30: 1000BASE-T full duplex. */
  readonly mauType: number;
};

/** D.2.3.3. */
const MAX_VLAN_NAME_BYTES = 32;
const VLAN_ID_BITS = 0xfff;

/** D.2.1; 0: the switch does not know, or has none. */
export const readPortVlanId = (value: Uint8Array): number | undefined =>
  readWhole(value, (reader) => reader.u16("port VLAN id") & VLAN_ID_BITS);

export const readVlanName = (value: Uint8Array): VlanName | undefined => readWhole(value, readNameBody);

function readNameBody(reader: ByteReader): VlanName | undefined {
  const vlanId = reader.u16("VLAN id") & VLAN_ID_BITS;
  const sizeBytes = reader.u8("VLAN name length");
  if (sizeBytes > MAX_VLAN_NAME_BYTES)
    return reader.fail("badValue", "VLAN name length", `${sizeBytes} bytes, at most 32 wanted`);
  return { vlanId, name: wireText(reader.take(sizeBytes, "VLAN name")) };
}

export const readLinkAggregation = (value: Uint8Array): LinkAggregation | undefined =>
  readWhole(value, (reader) => {
    const status = reader.u8("aggregation status");
    return {
      isCapable: (status & 1) !== 0,
      isAggregated: (status & 2) !== 0,
      portNumber: readU32(reader, "aggregated port id"),
    };
  });

export const readMacPhy = (value: Uint8Array): MacPhy | undefined =>
  readWhole(value, (reader) => {
    const status = reader.u8("autonegotiation status");
    return {
      isAutonegotiationSupported: (status & 1) !== 0,
      isAutonegotiationEnabled: (status & 2) !== 0,
      advertisedBits: reader.u16("advertised capabilities"),
      mauType: reader.u16("MAU type"),
    };
  });

/** 79.3.4. */
export const readMaxFrameBytes = (value: Uint8Array): number | undefined =>
  readWhole(value, (reader) => reader.u16("maximum frame size"));
