import { expect, test } from "vitest";
import { Leases } from "#src/app/leases.ts";
import type { Node } from "#src/nodes/node.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

const [MAC1, MAC2] = ["52:54:00:00:00:01", "52:54:00:00:00:02"] as Mac[] as [Mac, Mac];
const [AT1, AT2] = ["10.0.0.1", "10.0.0.2"] as Ipv4[] as [Ipv4, Ipv4];
const node: Node = { name: "n", macs: [MAC1, MAC2], status: "registered", kernelArguments: [] };

test("an address that is only hearsay is good enough to look at, not to log in at", () => {
  const leases = new Leases({ byName: () => node });
  const heard = { addressOf: (mac: Mac) => (mac === MAC1 ? AT1 : undefined), holds: () => true };
  leases.use({ ...heard, proves: () => false });
  expect(leases.ofNode("n")).toBe(AT1);
  expect(leases.provenOfNode("n")).toBeUndefined();
  const addressOf = (mac: Mac): Ipv4 | undefined => (mac === MAC2 ? AT2 : undefined);
  const proves = (mac: Mac, address: Ipv4): boolean => addressOf(mac) === address;
  leases.use({ addressOf, holds: proves, proves });
  expect(leases.provenOfNode("n")).toEqual({ mac: MAC2, address: AT2 });
});
