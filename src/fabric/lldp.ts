/**
 * LLDP frames as nodes and the appliance hear them: IEEE 802.1AB-2016, clauses 7 and 8.
 *
 * Switches are strangers: what is mandatory has to be there and in order, the rest is read as far as it can
 * be. Time and memory are bounded by the frame and by the limits of `lldp_tlv.ts` and `lldp_optional.ts`.
 *
 * Pure: no sockets, no clock. Who is linked to whom is not decided here.
 */
import type { Decoded } from "#src/value/decoded.ts";
import { type Mac, macFromBytes } from "#src/value/mac.ts";
import { MANDATORY_TLVS, type MandatoryTlvs, readMandatoryTlvs } from "./lldp_mandatory.ts";
import { type OptionalTlvs, type PassedOver, readOptionalTlvs } from "./lldp_optional.ts";
import { splitTlvs, type TlvEnd } from "./lldp_tlv.ts";

const ETHERTYPE = { lldp: 0x88cc, vlan: 0x8100, serviceVlan: 0x88a8 } as const;
const MAX_VLAN_TAGS = 2;
const ADDRESSES_BYTES = 12;
const TAG_BYTES = 4;
const VLAN_ID_BITS = 0xfff;

export type LldpFrame = MandatoryTlvs &
  OptionalTlvs & {
    readonly source: Mac;
    /**
     * The scope (table 7-1): `01:80:c2:00:00:0e` nearest bridge, `01:80:c2:00:00:03` nearest that is no two-port
     * relay, `01:80:c2:00:00:00` nearest of the customer.
     */
    readonly destination: Mac;
    /** Of the outer tag, when the frame came with one. */
    readonly vlanId?: number;
    readonly passedOver: PassedOver;
    readonly ended: TlvEnd;
  };

/**
 * Decodes one Ethernet frame, with VLAN tags or without.
 *
 * The result holds no view into `frame`.
 *
 * @returns what the frame says, or where and why it is no LLDP frame. Never throws.
 */
export function decodeLldp(frame: Uint8Array): Decoded<LldpFrame> {
  const header = readHeader(frame);
  if (!header.ok) return header;
  const { startBytes, ...addresses } = header.value;
  const { tlvs, ...rest } = splitTlvs(frame, startBytes);
  const mandatory = readMandatoryTlvs({ tlvs, ...rest });
  if (!mandatory.ok) return mandatory;
  const { taken, passedOver } = readOptionalTlvs(tlvs.slice(MANDATORY_TLVS));
  return {
    ok: true,
    value: { ...addresses, ...mandatory.value, ...taken, passedOver, ended: rest.ended },
  };
}

type Header = Pick<LldpFrame, "source" | "destination" | "vlanId"> & { readonly startBytes: number };

function readHeader(frame: Uint8Array): Decoded<Header> {
  const u16 = (at: number): number => ((frame[at] ?? 0) << 8) | (frame[at + 1] ?? 0);
  let typeAt = ADDRESSES_BYTES;
  for (let tags = 0; tags < MAX_VLAN_TAGS && isTag(u16(typeAt)); tags++) typeAt += TAG_BYTES;
  const startBytes = typeAt + 2;
  const type = u16(typeAt);
  if (frame.length < startBytes) {
    const detail = `needs ${startBytes} bytes, has ${frame.length}`;
    return { ok: false, error: { kind: "truncated", field: "Ethernet header", offsetBytes: 0, detail } };
  }
  if (type !== ETHERTYPE.lldp) {
    const detail = `0x${type.toString(16).padStart(4, "0")}, LLDP is 0x88cc`;
    return { ok: false, error: { kind: "unsupported", field: "EtherType", offsetBytes: typeAt, detail } };
  }
  const isTagged = typeAt > ADDRESSES_BYTES;
  return {
    ok: true,
    value: {
      destination: macFromBytes(frame.subarray(0, 6)),
      source: macFromBytes(frame.subarray(6, ADDRESSES_BYTES)),
      ...(isTagged ? { vlanId: u16(ADDRESSES_BYTES + 2) & VLAN_ID_BITS } : {}),
      startBytes,
    },
  };
}

const isTag = (type: number): boolean => type === ETHERTYPE.vlan || type === ETHERTYPE.serviceVlan;
