/**
 * The TLVs behind the mandatory three, in any order: IEEE 802.1AB-2016 clauses 8.5.5 to 8.5.9 and 8.6.
 * What cannot be read is passed over and counted; it never costs what can be. Pure.
 */
import {
  type Capabilities,
  type ManagementAddress,
  readCapabilities,
  readManagementAddress,
} from "./lldp_management.ts";
import {
  type LinkAggregation,
  type MacPhy,
  ORGANISATION,
  readLinkAggregation,
  readMacPhy,
  readMaxFrameBytes,
  readPortVlanId,
  readVlanName,
  type VlanName,
} from "./lldp_organisation.ts";
import { hexOf, wireText } from "./lldp_text.ts";
import { TLV, type Tlv } from "./lldp_tlv.ts";

export const MAX_MANAGEMENT_ADDRESSES = 16;
export const MAX_VLAN_NAMES = 128;
/** Clauses 8.5.5.2, 8.5.6.2 and 8.5.7.2. */
const MAX_TEXT_BYTES = 255;
/** OUI and subtype. */
const ORGANISATION_BYTES = 4;

/** TLVs that were not taken. `malformed`: a length or value is wrong. `repeated`: the first one counts. `overLimit`: more than we keep. */
export type PassedOver = Readonly<Record<"unknown" | "malformed" | "repeated" | "overLimit", number>>;

/** Texts are inert (`wireText`). A member that was not sent is absent. */
export type OptionalTlvs = {
  readonly portDescription?: string;
  readonly systemName?: string;
  readonly systemDescription?: string;
  readonly capabilities?: Capabilities;
  /** At most {@link MAX_MANAGEMENT_ADDRESSES}. */
  readonly managementAddresses: readonly ManagementAddress[];
  readonly dot1: {
    /** 0: the switch does not know, or has none. */
    readonly portVlanId?: number;
    /** At most {@link MAX_VLAN_NAMES}. */
    readonly vlanNames: readonly VlanName[];
    readonly linkAggregation?: LinkAggregation;
  };
  readonly dot3: {
    readonly macPhy?: MacPhy;
    readonly linkAggregation?: LinkAggregation;
    readonly maxFrameBytes?: number;
  };
};

type Outcome = "taken" | keyof PassedOver;
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export function readOptionalTlvs(tlvs: readonly Tlv[]): {
  readonly taken: OptionalTlvs;
  readonly passedOver: PassedOver;
} {
  const gathered = new Gathered();
  const passedOver = { unknown: 0, malformed: 0, repeated: 0, overLimit: 0 };
  for (const tlv of tlvs) {
    const outcome = gathered.take(tlv);
    if (outcome !== "taken") passedOver[outcome]++;
  }
  return { taken: gathered.all(), passedOver };
}

class Gathered {
  readonly #own: Mutable<Omit<OptionalTlvs, "managementAddresses" | "dot1" | "dot3">> = {};
  readonly #dot1: Mutable<Omit<OptionalTlvs["dot1"], "vlanNames">> = {};
  readonly #dot3: Mutable<OptionalTlvs["dot3"]> = {};
  readonly #addresses: ManagementAddress[] = [];
  readonly #vlanNames: VlanName[] = [];

  take({ type, value }: Tlv): Outcome {
    switch (type) {
      case TLV.portDescription:
        return once(this.#own, "portDescription", readText(value));
      case TLV.systemName:
        return once(this.#own, "systemName", readText(value));
      case TLV.systemDescription:
        return once(this.#own, "systemDescription", readText(value));
      case TLV.systemCapabilities:
        return once(this.#own, "capabilities", readCapabilities(value));
      case TLV.managementAddress:
        return upTo(MAX_MANAGEMENT_ADDRESSES, this.#addresses, readManagementAddress(value));
      case TLV.organisation:
        return value.length < ORGANISATION_BYTES
          ? "malformed"
          : this.#takeOrganisation(
              hexOf(value.subarray(0, ORGANISATION_BYTES)),
              value.subarray(ORGANISATION_BYTES),
            );
      default:
        return "unknown";
    }
  }

  #takeOrganisation(kind: string, value: Uint8Array): Outcome {
    switch (kind) {
      case ORGANISATION.portVlanId:
        return once(this.#dot1, "portVlanId", readPortVlanId(value));
      case ORGANISATION.vlanName:
        return upTo(MAX_VLAN_NAMES, this.#vlanNames, readVlanName(value));
      case ORGANISATION.linkAggregation:
        return once(this.#dot1, "linkAggregation", readLinkAggregation(value));
      case ORGANISATION.macPhy:
        return once(this.#dot3, "macPhy", readMacPhy(value));
      case ORGANISATION.oldLinkAggregation:
        return once(this.#dot3, "linkAggregation", readLinkAggregation(value));
      case ORGANISATION.maxFrameSize:
        return once(this.#dot3, "maxFrameBytes", readMaxFrameBytes(value));
      default:
        return "unknown";
    }
  }

  all(): OptionalTlvs {
    const dot1 = { ...this.#dot1, vlanNames: this.#vlanNames };
    return { ...this.#own, managementAddresses: this.#addresses, dot1, dot3: this.#dot3 };
  }
}

const readText = (value: Uint8Array): string | undefined =>
  value.length <= MAX_TEXT_BYTES ? wireText(value) : undefined;

function once<T, Key extends keyof T>(into: T, key: Key, read: T[Key] | undefined): Outcome {
  if (read === undefined) return "malformed";
  if (into[key] !== undefined) return "repeated";
  into[key] = read;
  return "taken";
}

function upTo<T>(limit: number, into: T[], read: T | undefined): Outcome {
  if (read === undefined) return "malformed";
  if (into.length >= limit) return "overLimit";
  into.push(read);
  return "taken";
}
