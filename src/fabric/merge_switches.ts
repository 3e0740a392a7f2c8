/**
 * One switch out of everything that speaks of it: readings, LLDP and CDP of its neighbours, frames that nodes heard,
 * addresses that gave no answer. The chassis id decides, then own MAC addresses, then addresses, and a name only where
 * nothing stronger is known. Pure.
 */
import type { Ipv4 } from "#src/value/ipv4.ts";
import { type Mac, parseMac } from "#src/value/mac.ts";
import { chassisKey, firstLabel, macOfId, namesDiffer } from "./merge_names.ts";
import { arpOf, macsOf } from "./merge_own_macs.ts";
import type { ReadingGroup } from "./merge_readings.ts";
import type { SilentSwitch, SwitchNeighbour, SwitchReading } from "./reading.ts";

/** A switch in the making. */
export type Draft = {
  readonly group?: ReadingGroup | undefined;
  silent?: SilentSwitch | undefined;
  readonly mentions: SwitchNeighbour[];
  /** Of a switch without reading: what it is known by, the smallest first. */
  readonly keys: Set<string>;
};

type Owned<Key> = Map<Key, Draft | undefined>;

/** Whom a mention is of; made once, asked for each. */
export class SwitchFinder {
  readonly drafts: Draft[] = [];
  readonly #byKey: Owned<string> = new Map();
  readonly #byMac: Owned<Mac> = new Map();
  readonly #byAddress: Owned<Ipv4> = new Map();
  readonly #byName: Owned<string> = new Map();

  constructor(groups: readonly ReadingGroup[], silent: readonly SilentSwitch[]) {
    for (const group of groups) this.#addGroup(group);
    const arp = arpOf(groups.flatMap(({ readings }) => readings));
    for (const one of [...silent].sort((left, right) => (left.address < right.address ? -1 : 1)))
      this.#addSilent(one, arp.get(one.address));
  }

  #addGroup(group: ReadingGroup): void {
    const draft: Draft = { group, mentions: [], keys: new Set() };
    this.drafts.push(draft);
    own(this.#byKey, group.key, draft);
    for (const reading of group.readings) this.#addReading(reading, draft);
  }

  #addReading(reading: SwitchReading, draft: Draft): void {
    const { ownAddresses, address, system } = reading;
    for (const mac of macsOf(reading)) own(this.#byMac, mac, draft);
    const addresses = address ? [...ownAddresses, address] : ownAddresses;
    for (const one of addresses.filter(isOfOne)) own(this.#byAddress, one, draft);
    if (system.name !== "") own(this.#byName, firstLabel(system.name), draft);
  }

  /** One that was read at another address is not silent. */
  #addSilent(silent: SilentSwitch, mac: Mac | undefined): void {
    const known = this.#byAddress.get(silent.address) ?? (mac && this.#byMac.get(mac));
    if (known) return;
    const draft: Draft = { silent, mentions: [], keys: new Set([silent.address]) };
    this.drafts.push(draft);
    own(this.#byAddress, silent.address, draft);
    if (mac) own(this.#byMac, mac, draft);
  }

  /**
   * The switch that was read or asked, or that was spoken of before.
   *
   * @param by who speaks; nobody hears itself under a name or address
   */
  find(mention: SwitchNeighbour, by?: Draft): Draft | undefined {
    const mac = macOfId(mention.chassisId);
    const port = macOfId(mention.portId);
    const key = chassisKey(mention.chassisId, mention.systemName);
    const sure = this.#byKey.get(key) ?? (mac && this.#byMac.get(mac)) ?? (port && this.#byMac.get(port));
    if (sure) return sure;
    const hint =
      this.#atAddress(mention, mac) ?? (mac && !isKnownByName(mention) ? undefined : this.#named(mention));
    return hint === by ? undefined : hint;
  }

  #atAddress(mention: SwitchNeighbour, mac: Mac | undefined): Draft | undefined {
    for (const address of mention.addresses) {
      const draft = this.#byAddress.get(address);
      if (draft && !speaksOfAnother(draft, mention, mac)) return draft;
    }
    return undefined;
  }

  /** The weakest hint: ids of CDP are names. */
  #named(mention: SwitchNeighbour): Draft | undefined {
    const name = mention.systemName || (mention.protocol === "cdp" ? mention.chassisId.text : "");
    return name === "" ? undefined : this.#byName.get(firstLabel(name));
  }

  add(mention: SwitchNeighbour, by?: Draft): Draft {
    const draft = this.find(mention, by) ?? this.#strange();
    draft.mentions.push(mention);
    const key = chassisKey(mention.chassisId, mention.systemName);
    draft.keys.add(key);
    if (!this.#byKey.has(key)) this.#byKey.set(key, draft);
    for (const address of mention.addresses)
      if (isOfOne(address) && !this.#byAddress.has(address)) this.#byAddress.set(address, draft);
    if (mention.systemName !== "" && !draft.group) own(this.#byName, firstLabel(mention.systemName), draft);
    return draft;
  }

  #strange(): Draft {
    const draft: Draft = { mentions: [], keys: new Set() };
    this.drafts.push(draft);
    return draft;
  }
}

/** MikroTik gives the MAC address of each interface for the chassis id: the name is better, unless it is from the factory. */
const isKnownByName = ({ systemName, systemDescription }: SwitchNeighbour): boolean =>
  systemDescription.startsWith("MikroTik") && systemName !== "MikroTik";

/** The address fits, what else is known does not: addresses from the factory are on many switches. */
function speaksOfAnother(draft: Draft, mention: SwitchNeighbour, mac: Mac | undefined): boolean {
  const name = draft.group?.readings[0].system.name ?? draft.mentions[0]?.systemName ?? "";
  if (namesDiffer(name, mention.systemName)) return true;
  const macs = [...draft.keys].filter((key) => parseMac(key));
  return !draft.group && mac !== undefined && macs.length > 0 && !macs.includes(mac);
}

const own = <Key>(owned: Owned<Key>, key: Key, draft: Draft): unknown =>
  owned.set(key, owned.has(key) && owned.get(key) !== draft ? undefined : draft);

/** Neither nothing, nor the machine itself, nor of a group. */
const isOfOne = (address: Ipv4): boolean => !/^(?:0|127|22[4-9]|2[345]\d)\./.test(address);
