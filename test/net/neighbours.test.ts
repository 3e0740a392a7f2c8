import { expect, test } from "vitest";
import { macOfNeighbour } from "#src/net/neighbours.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";

const TABLE = `IP address       HW type     Flags       HW address            Mask     Device
10.77.0.50       0x1         0x2         52:54:00:00:00:01     *        eth1
10.77.0.51       0x1         0x0         00:00:00:00:00:00     *        eth1
10.77.0.50       0x1         0x2         52:54:00:00:00:02     *        eth2
`;

test.each([
  ["10.77.0.50", "eth1", "52:54:00:00:00:01"],
  ["10.77.0.50", "eth2", "52:54:00:00:00:02"],
  ["10.77.0.51", "eth1", undefined],
  ["10.77.0.5", "eth1", undefined],
])("the machine at %s on %s", (address, device, mac) => {
  expect(macOfNeighbour(address as Ipv4, device, TABLE)).toBe(mac);
});
