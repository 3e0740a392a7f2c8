import { expect, test } from "vitest";
import { subnetOfClient } from "#src/dhcp/subnets.ts";
import { type ClientSays, clientFacts, ip } from "./packets.ts";

const one = (network: string, isLocal = false) => ({
  subnet: { network: ip(network), prefixBits: 24 },
  isLocal,
});
const subnets = [one("10.77.0.0", true), one("10.88.0.0"), one("10.99.0.0")];

/** Option 82 with sub-option 5, behind a circuit id. */
const linkSelection = (...address: readonly number[]): readonly [number, Uint8Array] => [
  82,
  Uint8Array.of(1, 2, 0xaa, 0xbb, 5, address.length, ...address),
];

const CASES: readonly { when: string; says: ClientSays; expected: string | undefined }[] = [
  { when: "it is on the wire itself", says: {}, expected: "10.77.0.0" },
  { when: "its relay stands in a subnet", says: { giaddr: "10.88.0.2" }, expected: "10.88.0.0" },
  { when: "its relay stands in the local subnet", says: { giaddr: "10.77.0.2" }, expected: "10.77.0.0" },
  { when: "its relay stands where nothing is served", says: { giaddr: "10.66.0.2" }, expected: undefined },
  {
    when: "its relay asks for another subnet than its own (RFC 3527)",
    says: { giaddr: "10.66.0.2", options: [linkSelection(10, 99, 0, 0)] },
    expected: "10.99.0.0",
  },
  {
    when: "its relay asks for one that is not served",
    says: { giaddr: "10.88.0.2", options: [linkSelection(10, 66, 0, 0)] },
    expected: undefined,
  },
  {
    when: "its relay asks by option 118 (RFC 3011)",
    says: { giaddr: "10.66.0.2", options: [[118, Uint8Array.of(10, 88, 0, 0)]] },
    expected: "10.88.0.0",
  },
  {
    when: "option 82 asks for one subnet and 118 for another",
    says: { giaddr: "10.66.0.2", options: [linkSelection(10, 99, 0, 0), [118, Uint8Array.of(10, 88, 0, 0)]] },
    expected: "10.99.0.0",
  },
  {
    when: "a link selection is cut short",
    says: { giaddr: "10.88.0.2", options: [[82, Uint8Array.of(5, 4, 10, 99)]] },
    expected: "10.88.0.0",
  },
  {
    when: "no relay stands behind the link selection",
    says: { options: [linkSelection(10, 99, 0, 0)] },
    expected: "10.77.0.0",
  },
  {
    when: "it renews what it got through a relay",
    says: { message: "request", ciaddr: "10.99.0.7" },
    expected: "10.99.0.0",
  },
  {
    when: "it comes with an address from elsewhere",
    says: { message: "request", ciaddr: "192.168.1.7" },
    expected: "10.77.0.0",
  },
];

test.each(CASES)("the subnet of a client when $when", ({ says, expected }) => {
  expect(subnetOfClient(clientFacts(says), subnets)?.subnet.network).toBe(expected);
});

test("an interface that serves relays only is silent to its own wire", () => {
  expect(subnetOfClient(clientFacts({}), [one("10.88.0.0")])).toBeUndefined();
});
