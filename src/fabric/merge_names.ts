/** What chassis ids, port ids and system names say of identity. Pure. */
import { type Mac, parseMac } from "#src/value/mac.ts";
import type { ChassisId, PortId } from "./lldp_id.ts";

/**
 * The MAC address that an id is, whatever subtype it comes under: some send it as text, with colons, blanks or dots.
 * All zeros, all ones and groups are none.
 */
export function macOfId({ value, text }: Pick<ChassisId | PortId, "value" | "text">): Mac | undefined {
  const mac =
    value.kind === "mac" ? value.mac : parseMac(text.trim().replaceAll(/[ .]/g, ":").replace(SHORT, "$1$2"));
  return mac && isMachine(mac) ? mac : undefined;
}

/** Three groups of four digits, as Cisco writes them. */
const SHORT = /^([0-9a-f]{4}):([0-9a-f]{4}):(?=[0-9a-f]{4}$)/i;

/** Of one machine: neither zero nor of a group. */
export const isMachine = (mac: Mac): boolean =>
  mac !== "00:00:00:00:00:00" && (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0;

/** Shared by design: VRRP (RFC 5798 section 7.3), HSRP and GLBP of Cisco. */
const SHARED = [/^00:00:5e:00:0[12]:/, /^00:00:0c:(?:07:ac|9f:f)/, /^00:07:b4:00:/];

export const isShared = (mac: Mac): boolean => SHARED.some((prefix) => prefix.test(mac));

/** What a chassis id is compared by. Ids that are only unique on their machine (`vmnic3`, `eth0`) go with its name. */
export function chassisKey(id: ChassisId, systemName: string): string {
  const mac = macOfId(id);
  if (mac) return mac;
  if (id.value.kind === "network") return id.value.network.address;
  const label = firstLabel(systemName);
  return label === "" || label === firstLabel(id.text) ? id.text : `${id.text} of ${label}`;
}

/** Host part of a name, for comparing: some say the domain, some do not. */
export const firstLabel = (name: string): string => {
  const label = name.split(".", 1)[0] ?? "";
  return (/^\d+$/.test(label) ? name : label).trim().toLowerCase();
};

/** Both have one, and it is another. */
export const namesDiffer = (left: string, right: string): boolean =>
  left !== "" && right !== "" && firstLabel(left) !== firstLabel(right);
