import { expect, test } from "vitest";
import { type AddressClass, addressClass } from "#src/net/address_class.ts";

const ROWS: readonly (readonly [string, AddressClass | undefined])[] = [
  ["8.8.8.8", "public"],
  ["2a00:1450:4001::200e", "public"],
  ["172.15.255.255", "public"],
  ["172.32.0.0", "public"],
  ["::ffff:8.8.8.8", "public"],
  ["10.77.0.1", "private"],
  ["172.31.255.255", "private"],
  ["192.168.1.1", "private"],
  ["100.64.0.1", "private"],
  ["fd12:3456::1", "private"],
  ["::ffff:10.0.0.1", "private"],
  ["127.0.0.1", "loopback"],
  ["127.255.255.254", "loopback"],
  ["::1", "loopback"],
  ["::ffff:127.0.0.1", "loopback"],
  ["::ffff:7f00:1", "loopback"],
  ["169.254.1.1", "linkLocal"],
  ["fe80::1", "linkLocal"],
  ["fe80::1%eth0", "linkLocal"],
  ["169.254.169.254", "metadata"],
  ["::ffff:169.254.169.254", "metadata"],
  ["fd00:ec2::254", "metadata"],
  ["100.100.100.200", "metadata"],
  ["0.0.0.0", "special"],
  ["0.1.2.3", "special"],
  ["::", "special"],
  ["224.0.0.1", "special"],
  ["255.255.255.255", "special"],
  ["240.0.0.1", "special"],
  ["ff02::1", "special"],
  // IPv4 in the clothes of IPv6: who translates decides where it goes.
  ["::7f00:1", "special"],
  ["64:ff9b::7f00:1", "special"],
  ["2002:7f00:1::", "special"],
  ["2001:0:7f00:1::", "special"],
  ["203.0.113.9", "special"],
  ["localhost", undefined],
  ["127.1", undefined],
  ["", undefined],
];

test.each(ROWS)("%s is %s", (address, expected) => {
  expect(addressClass(address)).toBe(expected);
});
