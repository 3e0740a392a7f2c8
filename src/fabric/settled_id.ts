/**
 * LLDP ids as they are meant: what is a MAC address or an IPv4 address in the spelling of one vendor becomes the
 * same value as from all others, so that ids can be compared. Pure.
 *
 * Met so far: a MAC as text where its subtype wants bytes (Aruba CX, MikroTik, Dell), a MAC in a `local` id, an
 * IPv4 address as text or without its family (phones).
 */
import { type Ipv4, ipv4FromBytes, parseIpv4 } from "#src/value/ipv4.ts";
import { type Mac, macFromBytes } from "#src/value/mac.ts";
import type { IdValue, LldpId } from "./lldp_id.ts";
import { textOrHex } from "./lldp_text.ts";
import { isStationMac, macOfText } from "./mac_text.ts";

/** `id` itself where there is nothing to settle. */
export function settledId<Subtype extends string>(id: LldpId<Subtype>): LldpId<Subtype> {
  const mac = macIn(id);
  if (mac !== undefined) return { ...id, value: { kind: "mac", mac }, text: mac };
  const address = id.subtype === "networkAddress" ? ipv4In(id.value) : undefined;
  if (address === undefined) return id;
  return { ...id, value: { kind: "network", network: { kind: "ipv4", address } }, text: address };
}

function macIn({ subtype, value }: LldpId<string>): Mac | undefined {
  if (value.kind === "network") return value.network.kind === "mac" ? value.network.address : undefined;
  if (value.kind === "mac") return undefined;
  const bytes = Buffer.from(value.hex, "hex");
  const text = textOrHex(bytes);
  const isText = text !== hexPairs(value.hex);
  if (isText) return macOfText(text, { isBareTaken: subtype === "macAddress" });
  const mac = bytes.length === 6 ? macFromBytes(bytes) : undefined;
  return mac !== undefined && isStationMac(mac) ? mac : undefined;
}

const hexPairs = (hex: string): string => (hex.match(/../g) ?? []).join(":");

/** Of a value with subtype network address: its first byte should be the family, 1 for IPv4. */
function ipv4In(value: IdValue): Ipv4 | undefined {
  if (value.kind === "network" && value.network.kind !== "other") return undefined;
  const bytes = rawBytes(value);
  if (bytes.length === 4) return ipv4FromBytes(bytes);
  return parseIpv4(bytes.toString("latin1"));
}

function rawBytes(value: IdValue): Buffer {
  if (value.kind === "octets") return Buffer.from(value.hex, "hex");
  if (value.kind !== "network" || value.network.kind !== "other") return Buffer.alloc(0);
  return Buffer.concat([Uint8Array.of(value.network.family), Buffer.from(value.network.address, "hex")]);
}
