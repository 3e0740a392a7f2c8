/**
 * What kind of address one is, before something is sent to it on somebody's word.
 *
 * IANA special-purpose registries (RFC 6890 and its updates), and the addresses where clouds answer with the
 * credentials of the machine that asks.
 */
import { BlockList, isIP } from "node:net";

export type AddressClass =
  | "public"
  /** RFC 1918, RFC 6598, RFC 2544, unique local: provisioning networks are here. */
  | "private"
  | "loopback"
  | "linkLocal"
  /** Cloud metadata services: they give out credentials. */
  | "metadata"
  /** Multicast, broadcast, unspecified, documentation, translation: nothing that one host answers at. */
  | "special";

const RANGES: readonly (readonly [AddressClass, ...(readonly string[])])[] = [
  [
    "metadata",
    ...["169.254.169.254/32", "169.254.170.2/32", "169.254.170.23/32", "100.100.100.200/32"],
    ...["168.63.129.16/32", "192.0.0.192/32", "fd00:ec2::/32", "fd20:ce::254/128"],
  ],
  ["loopback", "127.0.0.0/8", "::1/128"],
  ["linkLocal", "169.254.0.0/16", "fe80::/10"],
  [
    "private",
    ...["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15"],
    ...["fc00::/7", "fec0::/10"],
  ],
  [
    "special",
    ...["0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.51.100.0/24", "203.0.113.0/24"],
    ...["224.0.0.0/3", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32"],
    ...["2002::/16", "3fff::/20", "5f00::/16", "ff00::/8"],
  ],
];

const LISTS: readonly (readonly [AddressClass, BlockList])[] = RANGES.map(([name, ...ranges]) => {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = "", bits = ""] = range.split("/");
    list.addSubnet(network, Number(bits), network.includes(":") ? "ipv6" : "ipv4");
  }
  return [name, list];
});

/** The first that fits counts, so metadata before link-local. @returns `undefined` when `text` is no address */
export function addressClass(text: string): AddressClass | undefined {
  // A zone is no part of the address: fe80::1%eth0.
  const [address = ""] = text.split("%");
  const family = isIP(address);
  if (family === 0) return undefined;
  // BlockList knows IPv4 inside ::ffff:0:0/96 by itself.
  const type = family === 6 ? "ipv6" : "ipv4";
  return LISTS.find(([, list]) => list.check(address, type))?.[0] ?? "public";
}
