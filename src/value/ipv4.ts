/** An IPv4 address in dotted decimal without leading zeros. */
export type Ipv4 = string & { readonly __brand: "Ipv4" };

/** An address range written as network and prefix length, for example `10.77.0.0/24`. */
export type Subnet = { readonly network: Ipv4; readonly prefixBits: number };

const OCTET = /^(?:0|[1-9][0-9]{0,2})$/;

/** @returns the address, or `undefined` when `text` is not dotted decimal (leading zeros are refused: some read them as octal). */
export function parseIpv4(text: string): Ipv4 | undefined {
  const octets = text.split(".");
  if (octets.length !== 4) return undefined;
  return octets.every((octet) => OCTET.test(octet) && Number(octet) <= 255) ? (text as Ipv4) : undefined;
}

/** The address as an unsigned number, for ranges and masks. */
export const ipv4ToNumber = (address: Ipv4): number =>
  address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);

/** @throws RangeError when `value` does not fit in 32 bits. */
export function ipv4FromNumber(value: number): Ipv4 {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
    throw new RangeError(`Cannot make an IPv4 address of ${value}: needs 0 to 4294967295`);
  }
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".") as Ipv4;
}

/** The address in four bytes of a packet. @throws RangeError when `bytes` are not four. */
export function ipv4FromBytes(bytes: Uint8Array): Ipv4 {
  if (bytes.length !== 4)
    throw new RangeError(`Cannot read an IPv4 address from ${bytes.length} bytes: needs 4`);
  return bytes.join(".") as Ipv4;
}

/** The four bytes that go on the wire. */
export const ipv4Bytes = (address: Ipv4): Uint8Array => Uint8Array.from(address.split("."), Number);

/** Netmask of a prefix length, for example 24 gives 255.255.255.0. */
export const netmask = (prefixBits: number): Ipv4 => ipv4FromNumber(2 ** 32 - 2 ** (32 - prefixBits));

/** The subnet that `address` lies in, given its prefix length. */
export function subnetOf(address: Ipv4, prefixBits: number): Subnet {
  const size = 2 ** (32 - prefixBits);
  return { network: ipv4FromNumber(Math.floor(ipv4ToNumber(address) / size) * size), prefixBits };
}

export const inSubnet = (address: Ipv4, { network, prefixBits }: Subnet): boolean =>
  subnetOf(address, prefixBits).network === network;

/** The last address of the subnet, which reaches all of it. */
export const broadcastAddress = ({ network, prefixBits }: Subnet): Ipv4 =>
  ipv4FromNumber(ipv4ToNumber(network) + 2 ** (32 - prefixBits) - 1);
