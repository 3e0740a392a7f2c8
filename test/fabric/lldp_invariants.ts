/** What holds of a decoded LLDP frame, whoever sent it. */
import { isDeepStrictEqual } from "node:util";
import { decodeLldp, type LldpFrame } from "#src/fabric/lldp.ts";
import { MAX_MANAGEMENT_ADDRESSES, MAX_VLAN_NAMES } from "#src/fabric/lldp_optional.ts";
import { MAX_TLVS } from "#src/fabric/lldp_tlv.ts";
import { must } from "#test/fuzz/must.ts";

const ACTS = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
/** 255 bytes, each as `\u00xx`. */
const MAX_TEXT_CHARS = 255 * 6;

/** @throws Error when one does not hold */
export function checkedLldp(bytes: Uint8Array): ReturnType<typeof decodeLldp> {
  const decoded = decodeLldp(bytes);
  if (!decoded.ok) {
    must(decoded.error.offsetBytes <= bytes.length, "a fault outside of the frame");
    return decoded;
  }
  checkBounds(decoded.value);
  checkTexts(decoded.value);
  if (decoded.value.ended !== "end") return decoded;
  const padded = decodeLldp(Buffer.concat([bytes, Buffer.of(0, 0x0a, 1, 0x61)]));
  must(isDeepStrictEqual(padded, decoded), "what is behind the end makes a difference");
  return decoded;
}

function checkBounds({ managementAddresses, dot1, passedOver, ttlSec }: LldpFrame): void {
  must(managementAddresses.length <= MAX_MANAGEMENT_ADDRESSES, "too many management addresses");
  must(dot1.vlanNames.length <= MAX_VLAN_NAMES, "too many VLAN names");
  const { unknown, malformed, repeated, overLimit } = passedOver;
  must(unknown + malformed + repeated + overLimit <= MAX_TLVS, "too many TLVs");
  must(ttlSec >= 0 && ttlSec <= 0xffff, "a lifetime that is none");
}

function checkTexts(frame: LldpFrame): void {
  const texts = [
    ...[frame.portDescription, frame.systemName, frame.systemDescription],
    ...[frame.chassisId.text, frame.portId.text],
    ...frame.dot1.vlanNames.map(({ name }) => name),
    ...frame.managementAddresses.map(({ address }) => address.address),
  ];
  for (const text of texts) {
    if (text === undefined) continue;
    must(!ACTS.test(text), "a text that acts on terminals");
    must(text.length <= MAX_TEXT_CHARS, `a text of ${text.length} characters`);
  }
}
