/** What the operator wants served: interfaces, and the subnets that are reached by them. */
import { type Ipv4, parseIpv4, type Subnet, subnetOf } from "#src/value/ipv4.ts";
import { type AddressRange, integer, optionalRange } from "./field.ts";

/** `proxy`: another DHCP server gives the addresses, this one says what to boot. `off`: nothing at all. */
export type InterfaceMode = "authoritative" | "proxy" | "off";
export type InterfaceChoice = { readonly name: string; readonly mode: InterfaceMode };

/** What is not said is `undefined`, and has its default. */
export type SubnetChoice = {
  readonly subnet: Subnet;
  /** Where its clients are, or where the relays of its clients reach us. */
  readonly interface: string;
  readonly pool: AddressRange | undefined;
  /** For registered nodes alone. */
  readonly knownPool: AddressRange | undefined;
  readonly router: Ipv4 | undefined;
  readonly leaseSec: number | undefined;
  /** As people write them, `ntp-servers=10.77.0.5`. */
  readonly options: readonly string[];
};

export type NetworkChoice = {
  readonly interfaces: readonly InterfaceChoice[];
  readonly subnets: readonly SubnetChoice[];
};

export type ReadValue<T> = (text: string) => { readonly value: T } | { readonly wanted: string };

const MODES: readonly string[] = ["authoritative", "proxy", "off"] satisfies readonly InterfaceMode[];

const isMode = (text: string): text is InterfaceMode => MODES.includes(text);

export const readMode: ReadValue<InterfaceMode> = (text) =>
  isMode(text) ? { value: text } : { wanted: "authoritative, proxy or off" };

export const readName: ReadValue<string> = (text) =>
  /^[^\s/=,]{1,15}$/.test(text) ? { value: text } : { wanted: "the name of an interface, for example eth1" };

export const readAddress: ReadValue<Ipv4> = (text) => {
  const value = parseIpv4(text);
  return value ? { value } : { wanted: "an IPv4 address, for example 10.77.0.254" };
};

export const readSubnet: ReadValue<Subnet> = (text) => {
  const [, network = "", bits = ""] = /^([0-9.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const address = parseIpv4(network);
  const prefixBits = Number(bits);
  const subnet = address && prefixBits >= 1 && prefixBits <= 30 ? subnetOf(address, prefixBits) : undefined;
  // 10.77.0.5/24 is an address and not a network: one of the two is a slip.
  return subnet?.network === address && subnet
    ? { value: subnet }
    : { wanted: "NETWORK/BITS, for example 10.77.0.0/24" };
};

const range = optionalRange({ doc: "", placeholder: "" });
export const readRange: ReadValue<AddressRange | undefined> = range.read;

export const LEASE_TIME = { fallback: 86_400, min: 120, max: 604_800 };
export const readLeaseSec: ReadValue<number> = integer({ doc: "", placeholder: "", ...LEASE_TIME }).read;

/** `eth1,eth2=proxy`: what `--interface eth1 --interface eth2=proxy` comes to. */
export function readInterfaces(
  text: string,
): { readonly value: readonly InterfaceChoice[] } | { readonly wanted: string } {
  const wanted = "NAME or NAME=MODE, where MODE is authoritative, proxy or off, and each NAME once";
  const value: InterfaceChoice[] = [];
  for (const part of text.split(",")) {
    const [name = "", mode = "authoritative", ...rest] = part.split("=");
    if (rest.length > 0 || !("value" in readName(name)) || !isMode(mode)) return { wanted };
    if (value.some((other) => other.name === name)) return { wanted };
    value.push({ name, mode });
  }
  return { value };
}
