/** Chassis ID, Port ID and Time To Live: first, in this order, once (IEEE 802.1AB-2016 clause 8.2). Pure. */
import type { Decoded, DecodeError } from "#src/value/decoded.ts";
import { type ChassisId, ID_BYTES, type PortId, readChassisId, readPortId } from "./lldp_id.ts";
import { TLV, type TlvList } from "./lldp_tlv.ts";

export type MandatoryTlvs = {
  readonly chassisId: ChassisId;
  readonly portId: PortId;
  /** How long it holds; 0: the port is being shut down, forget what it said (clause 8.5.4). */
  readonly ttlSec: number;
};

const CHASSIS = { index: 0, type: TLV.chassisId, field: "Chassis ID TLV", ...ID_BYTES } as const;
const PORT = { index: 1, type: TLV.portId, field: "Port ID TLV", ...ID_BYTES } as const;
const TTL = { index: 2, type: TLV.timeToLive, field: "Time To Live TLV", min: 2, max: 511 } as const;
const ALL = [CHASSIS, PORT, TTL] as const;

export const MANDATORY_TLVS = ALL.length;

export function readMandatoryTlvs(list: TlvList): Decoded<MandatoryTlvs> {
  const [chassis, port, ttl] = [bytesOf(list, CHASSIS), bytesOf(list, PORT), bytesOf(list, TTL)];
  if (!chassis.ok) return chassis;
  if (!port.ok) return port;
  if (!ttl.ok) return ttl;
  const second = secondOf(list);
  if (second) return second;
  return {
    ok: true,
    value: {
      chassisId: readChassisId(chassis.value),
      portId: readPortId(port.value),
      ttlSec: ((ttl.value[0] ?? 0) << 8) | (ttl.value[1] ?? 0),
    },
  };
}

function bytesOf(list: TlvList, { index, type, field, min, max }: (typeof ALL)[number]): Decoded<Uint8Array> {
  const tlv = list.tlvs[index];
  if (!tlv) {
    const kind = list.ended === "cut" ? "truncated" : "badValue";
    return refusal({
      kind,
      field,
      offsetBytes: list.endBytes,
      detail: "the frame ends before the end of it",
    });
  }
  const { offsetBytes, value } = tlv;
  if (tlv.type !== type)
    return refusal({
      kind: "badValue",
      field,
      offsetBytes,
      detail: `type ${tlv.type} where ${type} belongs`,
    });
  if (value.length >= min && value.length <= max) return { ok: true, value };
  const detail = `${value.length} bytes, ${min} to ${max} wanted`;
  return refusal({ kind: "badValue", field, offsetBytes, detail });
}

function secondOf({ tlvs }: TlvList): Refusal | undefined {
  for (const { type, offsetBytes } of tlvs.slice(MANDATORY_TLVS)) {
    const mandatory = ALL.find((one) => one.type === type);
    if (mandatory)
      return refusal({
        kind: "badValue",
        field: mandatory.field,
        offsetBytes,
        detail: "there is a second one",
      });
  }
  return undefined;
}

type Refusal = { readonly ok: false; readonly error: DecodeError };
const refusal = (error: DecodeError): Refusal => ({ ok: false, error });
