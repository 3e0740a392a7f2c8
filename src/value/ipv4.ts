/** An IPv4 address in dotted decimal without leading zeros. */
export type Ipv4 = string & { readonly __brand: "Ipv4" };

/** An address range written as network and prefix length, for example `10.77.0.0/24`. */
export type Subnet = { readonly network: Ipv4; readonly prefixBits: number };

/** Code of `0`; that of the dot is less. */
const ZERO = 0x30;
const OCTET = /^(?:0|[1-9][0-9]{0,2})$/;

/** @returns the address, or `undefined` when `text` is not dotted decimal (leading zeros are refused: some read them as octal). */
export function parseIpv4(text: string): Ipv4 | undefined {
  const octets = text.split(".");
  if (octets.length !== 4) return undefined;
  return octets.every((octet) => OCTET.test(octet) && Number(octet) <= 255) ? (text as Ipv4) : undefined;
}

/** The address as an unsigned number, for ranges and masks. */
export function ipv4ToNumber(address: Ipv4): number {
  // Digit by digit and not with split(): every packet comes by here several times.
  let sum = 0;
  let octet = 0;
  for (let at = 0; at < address.length; at++) {
    const digit = address.charCodeAt(at) - ZERO;
    if (digit >= 0) {
      octet = octet * 10 + digit;
    } else {
      sum = sum * 256 + octet;
      octet = 0;
    }
  }
  return sum * 256 + octet;
}

/** @throws RangeError when `value` does not fit in 32 bits. */
export function ipv4FromNumber(value: number): Ipv4 {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
    throw new RangeError(`Cannot make an IPv4 address of ${value}: needs 0 to 4294967295`);
  }
  return `${value >>> 24}.${(value >>> 16) & 0xff}.${(value >>> 8) & 0xff}.${value & 0xff}` as Ipv4;
}

/** The address in four bytes of a packet. @throws RangeError when `bytes` are not four. */
export function ipv4FromBytes(bytes: Uint8Array): Ipv4 {
  if (bytes.length !== 4)
    throw new RangeError(`Cannot read an IPv4 address from ${bytes.length} bytes: needs 4`);
  return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}` as Ipv4;
}

/** The four bytes that go on the wire. */
export function ipv4Bytes(address: Ipv4): Uint8Array {
  const value = ipv4ToNumber(address);
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** Netmask of a prefix length, for example 24 gives 255.255.255.0. */
export const netmask = (prefixBits: number): Ipv4 => ipv4FromNumber(2 ** 32 - 2 ** (32 - prefixBits));

/** The subnet that `address` lies in, given its prefix length. */
export function subnetOf(address: Ipv4, prefixBits: number): Subnet {
  const size = 2 ** (32 - prefixBits);
  return { network: ipv4FromNumber(Math.floor(ipv4ToNumber(address) / size) * size), prefixBits };
}

export function inSubnet(address: Ipv4, { network, prefixBits }: Subnet): boolean {
  const size = 2 ** (32 - prefixBits);
  return Math.floor(ipv4ToNumber(address) / size) * size === ipv4ToNumber(network);
}

/** The last address of the subnet, which reaches all of it. */
export const broadcastAddress = ({ network, prefixBits }: Subnet): Ipv4 =>
  ipv4FromNumber(ipv4ToNumber(network) + 2 ** (32 - prefixBits) - 1);
