import { type Subnet, subnetOf } from "#src/value/ipv4.ts";
import { ip } from "#test/dhcp/packets.ts";

/** `10.0.0.0/8` of a test. */
export function parseSubnet(text: string): Subnet {
  const [network = "", bits = ""] = text.split("/");
  return subnetOf(ip(network), Number(bits));
}
