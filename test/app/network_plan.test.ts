import { describe, expect, test } from "vitest";
import { placesOf, planNetworks, planPool, serverFor, whyNotAddress } from "#src/app/network_plan.ts";
import { requirePrivileges } from "#src/app/privilege.ts";
import type { NetworkChoice, SubnetChoice } from "#src/config/network.ts";
import type { NetworkInterface } from "#src/net/interface.ts";
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
  const said = whyNotAddress([own("10.77.0.1", 24)], address as Ipv4);
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

const CARDS: Readonly<Record<string, string>> = { eth1: "10.77.0.1", eth2: "10.88.0.1", eth3: "10.77.0.2" };
const card = (name: string): NetworkInterface => ({
  ...{ ...own(CARDS[name] ?? "", 24), name, index: 1, mac: "52:54:00:00:00:01" as NetworkInterface["mac"] },
  ...{ prefixBits: 24, mtuBytes: 1500, hasLink: true },
});
const subnet = (network: string, part: Partial<SubnetChoice> = {}): SubnetChoice => ({
  ...{ subnet: { network: network as Ipv4, prefixBits: 24 }, interface: "eth1", options: [] },
  ...{ pool: undefined, knownPool: undefined, router: undefined, leaseSec: undefined },
  ...part,
});
const plan = (choice: Partial<NetworkChoice>, pool?: { first: Ipv4; last: Ipv4 }) =>
  planNetworks({ interfaces: [{ name: "eth1", mode: "authoritative" }], subnets: [], ...choice }, card, {
    pool,
    leaseSec: 3600,
    readOptions: (texts) => texts.map((_, code) => ({ code, value: new Uint8Array() })),
  });
const pool = (first: string, last: string) => ({ first: first as Ipv4, last: last as Ipv4 });

describe("planNetworks", () => {
  test("each interface serves its own subnet, --pool goes where it lies, and `off` is left alone", () => {
    const interfaces = [
      { name: "eth1", mode: "authoritative" },
      { name: "eth2", mode: "authoritative" },
      { name: "eth3", mode: "off" },
    ] as const;
    const networks = plan({ interfaces }, pool("10.88.0.5", "10.88.0.9"));
    expect(networks.map(({ own, subnets }) => [own.name, subnets.map((one) => one.pool.first)])).toEqual([
      ["eth1", ["10.77.0.128"]],
      ["eth2", ["10.88.0.5"]],
    ]);
  });

  test("a proxy has no subnets of its own", () => {
    expect(plan({ interfaces: [{ name: "eth2", mode: "proxy" }] })).toMatchObject([
      { mode: "proxy", subnets: [] },
    ]);
  });

  test("a subnet behind a relay is reached by the interface's address", () => {
    const networks = plan({ subnets: [subnet("10.77.0.0"), subnet("10.99.0.0", { leaseSec: 60 })] });
    expect(networks[0]?.subnets).toMatchObject([
      { isLocal: true, server: "10.77.0.1", leaseSec: 3600 },
      { isLocal: false, server: "10.77.0.1", leaseSec: 60, pool: { first: "10.99.0.128" } },
    ]);
    expect(serverFor(placesOf(networks), "10.99.0.200" as Ipv4)).toBe("10.77.0.1");
    expect(whyNotAddress(placesOf(networks), "10.99.0.200" as Ipv4)).toBeUndefined();
    expect(whyNotAddress(placesOf(networks), "10.66.0.200" as Ipv4)).toBe(
      "it is in none of the networks that are served (10.77.0.0/24, 10.99.0.0/24)",
    );
  });
});

describe("planNetworks refuses", () => {
  test.each<readonly [string, Partial<NetworkChoice>, RegExp]>([
    [
      "an interface that is not served",
      { subnets: [subnet("10.77.0.0", { interface: "eth2" })] },
      /"eth2" is not among/,
    ],
    ["nothing served", { interfaces: [{ name: "eth1", mode: "off" }] }, /every interface is "off"/],
    [
      "another width than the interface's",
      { subnets: [{ ...subnet("10.77.0.0"), subnet: { network: "10.77.0.0" as Ipv4, prefixBits: 25 } }] },
      /write the subnet as the interface has it/,
    ],
    [
      "pools that overlap",
      {
        subnets: [
          subnet("10.77.0.0", {
            pool: pool("10.77.0.5", "10.77.0.9"),
            knownPool: pool("10.77.0.9", "10.77.0.20"),
          }),
        ],
      },
      /overlaps with the pool/,
    ],
    [
      "a pool elsewhere",
      { subnets: [subnet("10.77.0.0", { knownPool: pool("10.78.0.5", "10.78.0.9") })] },
      /not inside 10.77.0.0\/24/,
    ],
    [
      "a router elsewhere",
      { subnets: [subnet("10.77.0.0", { router: "10.78.0.1" as Ipv4 })] },
      /not in that subnet/,
    ],
    [
      "the same subnet twice",
      {
        interfaces: [
          { name: "eth1", mode: "authoritative" },
          { name: "eth3", mode: "proxy" },
        ],
      },
      /they overlap/,
    ],
  ])("%s", (_, choice, message) => {
    expect(() => plan(choice)).toThrow(message);
  });
});
