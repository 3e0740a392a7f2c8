import { describe, expect, test } from "vitest";
import { planPool, whyNotAddress } from "#src/app/network_plan.ts";
import { requirePrivileges } from "#src/app/privilege.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { subnetOf } from "#src/value/ipv4.ts";

const own = (address: string, prefixBits: number) => ({
  name: "eth1",
  address: address as Ipv4,
  subnet: subnetOf(address as Ipv4, prefixBits),
});

describe("planPool", () => {
  test.each([
    ["10.77.0.1", 24, "10.77.0.128", "10.77.0.254"],
    ["10.77.0.1", 29, "10.77.0.4", "10.77.0.6"],
    ["10.0.0.1", 16, "10.0.239.255", "10.0.255.254"],
  ])("without a word, %s/%d gives the upper half of its network", (address, bits, first, last) => {
    expect(planPool(own(address, bits), undefined)).toEqual({ first, last });
  });

  test("what was asked for is taken when it lies inside", () => {
    const asked = { first: "10.77.0.50" as Ipv4, last: "10.77.0.60" as Ipv4 };
    expect(planPool(own("10.77.0.1", 24), asked)).toEqual(asked);
  });

  test("a range outside of the network is refused by name", () => {
    const asked = { first: "10.78.0.50" as Ipv4, last: "10.78.0.60" as Ipv4 };
    expect(() => planPool(own("10.77.0.1", 24), asked)).toThrow(
      'Cannot give out 10.78.0.50-10.78.0.60: not inside 10.77.0.0/24 of "eth1"; choose another --pool',
    );
  });

  test("a range larger than the server can keep in memory is refused by name", () => {
    const asked = { first: "10.0.0.1" as Ipv4, last: "10.2.0.0" as Ipv4 };
    expect(() => planPool(own("10.0.0.1", 8), asked)).toThrow(
      "Cannot give out 10.0.0.1-10.2.0.0: 131072 addresses, the most are 65536; choose another --pool",
    );
  });

  test("a network without room is refused", () => {
    expect(() => planPool(own("10.77.0.1", 30), undefined)).toThrow("too small");
  });
});

test.each([
  ["10.78.0.5", "it is not in 10.77.0.0/24"],
  ["10.77.0.1", "it is the appliance's own"],
  ["10.77.0.0", "it is the network itself"],
  ["10.77.0.255", "it is the broadcast address"],
  ["10.77.0.5", undefined],
])("whether a node can have %s", (address, why) => {
  const said = whyNotAddress(own("10.77.0.1", 24), address as Ipv4);
  expect(said === undefined ? undefined : said.slice(0, why?.length)).toBe(why);
});

describe("requirePrivileges", () => {
  test("root has them all", () => {
    expect(() => requirePrivileges("CapEff:\t000001ffffffffff\n")).not.toThrow();
  });

  test("a plain user is told which are missing", () => {
    expect(() => requirePrivileges("CapEff:\t0000000000000400\n")).toThrow(
      "Cannot serve: the rights cap_net_admin, cap_net_raw are missing; start as root, or give them to the service",
    );
  });
});
