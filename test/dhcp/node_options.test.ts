import { describe, expect, test } from "vitest";
import { nodeOptions } from "#src/dhcp/node_options.ts";
import { describeDhcpOption, parseDhcpOption } from "#src/dhcp/option_spec.ts";
import { decodeDhcp } from "#src/dhcp/packet.ts";
import { encodeReply } from "#src/dhcp/replies.ts";
import { type ClientSays, clientFacts, clientPacket, ip } from "./packets.ts";

const GROUPS = new Map([
  ["rack1", { dhcpOptions: ["ntp-servers=10.0.0.1", "mtu=1400"] }],
  ["fast", { dhcpOptions: ["mtu=9000", "option-224=text:a"] }],
]);

const MERGED: readonly (readonly [
  what: string,
  node: { groups?: string[]; dhcpOptions?: string[] },
  options: readonly string[],
])[] = [
  ["nothing", {}, []],
  ["one group", { groups: ["rack1"] }, ["ntp-servers=10.0.0.1", "mtu=1400"]],
  [
    "the later group counts",
    { groups: ["rack1", "fast"] },
    ["ntp-servers=10.0.0.1", "mtu=9000", "option-224=hex:61"],
  ],
  [
    "in the order of the node",
    { groups: ["fast", "rack1"] },
    ["mtu=1400", "option-224=hex:61", "ntp-servers=10.0.0.1"],
  ],
  [
    "the node over its groups",
    { groups: ["rack1"], dhcpOptions: ["mtu=68"] },
    ["ntp-servers=10.0.0.1", "mtu=68"],
  ],
  ["a group that is gone", { groups: ["gone", "rack1"] }, ["ntp-servers=10.0.0.1", "mtu=1400"]],
];

test.each(MERGED)("options of a node: %s", (_, node, options) => {
  expect(nodeOptions(node, (name) => GROUPS.get(name)).map(describeDhcpOption)).toEqual(options);
});

/** The options of an offer by their codes, in hex. */
function offered(says: ClientSays, ...texts: readonly string[]): ReadonlyMap<number, string> {
  const told = texts.flatMap((text) => {
    const read = parseDhcpOption(text);
    return read.ok ? [read.option] : [];
  });
  const settings = {
    server: ip("10.77.0.1"),
    subnet: { network: ip("10.77.0.0"), prefixBits: 24 },
    router: ip("10.77.0.254"),
  };
  const plan = { message: "offer", address: ip("10.77.0.100"), leaseSec: 60 } as const;
  const decoded = decodeDhcp(
    encodeReply(clientPacket(says), clientFacts(says), {
      ...{ ...plan, settings, boot: undefined, hostName: "node1", options: told },
    }),
  );
  if (!decoded.ok) throw new Error(decoded.error.detail);
  return new Map(
    [...decoded.value.options].map(([code, value]) => [code, Buffer.from(value).toString("hex")]),
  );
}

const asking = (...codes: readonly number[]): ClientSays => ({ options: [[55, Uint8Array.from(codes)]] });

describe("in a reply", () => {
  test("an option goes to who asks for it", () => {
    expect(offered(asking(1, 42), "ntp-servers=10.0.0.1", "mtu=9000").get(42)).toBe("0a000001");
    expect(offered(asking(1, 42), "ntp-servers=10.0.0.1", "mtu=9000").has(26)).toBe(false);
  });

  test("and to who does not say what it wants", () => {
    expect(offered({}, "ntp-servers=10.0.0.1").get(42)).toBe("0a000001");
  });

  test("what every reply has is replaced, asked for or not", () => {
    expect(offered(asking(42)).get(3)).toBe("0a4d00fe");
    expect(offered(asking(42), "router=10.77.0.9").get(3)).toBe("0a4d0009");
    expect(offered(asking(12), "host-name=other").get(12)).toBe(Buffer.from("other").toString("hex"));
  });

  test("it is left out of a reply that the client could not take, and the lease stays", () => {
    const long = `domain-name=${"a".repeat(250)}`;
    const options = offered(asking(15, 17), long, `root-path=${"b".repeat(250)}`);
    expect(options.has(17)).toBe(false);
    expect(options.get(51)).toBe("0000003c");
  });

  test("82 stays the last", () => {
    const says: ClientSays = { options: [[82, Uint8Array.of(1, 1, 7)]] };
    expect([...offered(says, "ntp-servers=10.0.0.1").keys()].at(-1)).toBe(82);
  });
});
