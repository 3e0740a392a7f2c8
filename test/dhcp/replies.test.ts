import { describe, expect, test } from "vitest";
import { OPTION, text } from "#src/dhcp/option.ts";
import { type DhcpPacket, decodeDhcp } from "#src/dhcp/packet.ts";
import {
  type BootAnswer,
  type Destination,
  encodeReply,
  type ReplyPlan,
  replyDestination,
} from "#src/dhcp/replies.ts";
import { type ClientSays, clientFacts, clientPacket, ip, mac, override, PXE_BIOS } from "./packets.ts";

const settings = {
  server: ip("10.77.0.1"),
  subnet: { network: ip("10.77.0.0"), prefixBits: 24 },
  router: undefined,
};
const plan = (part: Partial<ReplyPlan> = {}): ReplyPlan => ({
  ...{
    message: "offer",
    address: ip("10.77.0.100"),
    leaseSec: 3600,
    settings,
    boot: undefined,
    hostName: undefined,
  },
  ...part,
});
const loader: BootAnswer = { kind: "loader", file: "loaders/undionly.kpxe" };

function reply(says: ClientSays, part: Partial<ReplyPlan> = {}): DhcpPacket {
  const decoded = decodeDhcp(encodeReply(clientPacket(says), clientFacts(says), plan(part)));
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.error));
  return decoded.value;
}
const hexOf = (packet: DhcpPacket, code: number): string | undefined => {
  const value = packet.options.get(code);
  return value && Buffer.from(value).toString("hex");
};

const DESTINATIONS: readonly {
  when: string;
  says: ClientSays;
  part?: Partial<ReplyPlan>;
  expected: Destination;
}[] = [
  {
    when: "a relay asked",
    says: { giaddr: "10.77.0.2", broadcast: true },
    expected: { kind: "relay", address: ip("10.77.0.2") },
  },
  {
    when: "a relay asked and it is a NAK",
    says: { giaddr: "10.77.0.2" },
    part: { message: "nak" },
    expected: { kind: "relay", address: ip("10.77.0.2") },
  },
  {
    when: "a running machine renews",
    says: { message: "request", ciaddr: "10.77.0.100" },
    part: { message: "ack" },
    expected: { kind: "address", address: ip("10.77.0.100") },
  },
  {
    when: "a running machine is refused: its address is wrong",
    says: { message: "request", ciaddr: "10.77.0.100" },
    part: { message: "nak" },
    expected: { kind: "broadcast" },
  },
  { when: "the client cannot hear unicasts", says: { broadcast: true }, expected: { kind: "broadcast" } },
  {
    when: "the client has no address yet",
    says: {},
    expected: { kind: "hardware", address: ip("10.77.0.100"), mac: mac("52:54:00:00:00:01") },
  },
  {
    when: "INFORM",
    says: { message: "inform", ciaddr: "10.77.0.50" },
    part: { message: "ack", address: undefined },
    expected: { kind: "address", address: ip("10.77.0.50") },
  },
];

test.each(DESTINATIONS)("where the reply goes when $when", ({ says, part, expected }) => {
  expect(replyDestination(clientFacts(says), plan(part))).toEqual(expected);
});

describe("an OFFER", () => {
  test("carries the address, the mask, the times and who offers, and no router and no DNS of its own accord", () => {
    const offer = reply({});
    expect(offer).toMatchObject({
      op: "reply",
      xid: 0x1234_5678,
      yiaddr: "10.77.0.100",
      ciaddr: "0.0.0.0",
      siaddr: "0.0.0.0",
      file: "",
    });
    expect([...offer.options.keys()]).toEqual([53, 54, 51, 58, 59, 1]);
    expect([51, 58, 59, 1, 54].map((code) => hexOf(offer, code))).toEqual([
      "00000e10",
      "00000708",
      "00000c4e",
      "ffffff00",
      "0a4d0001",
    ]);
  });

  test("names the router that the operator named", () => {
    expect(hexOf(reply({}, { settings: { ...settings, router: ip("10.77.0.254") } }), 3)).toBe("0a4d00fe");
  });

  test("gives the host name to who asks for it", () => {
    const asks = { options: [[OPTION.parameterList, Uint8Array.of(12)]] as const };
    expect(hexOf(reply(asks, { hostName: "node1" }), 12)).toBe(Buffer.from("node1").toString("hex"));
    expect(hexOf(reply({}, { hostName: "node1" }), 12)).toBeUndefined();
  });

  test("ends with the relay's option 82 as it came, after the client's UUID", () => {
    const relayed = {
      giaddr: "10.77.0.2",
      options: [
        [82, Uint8Array.of(1, 1, 7)],
        [97, Uint8Array.of(0, 1)],
      ] as const,
    };
    const offer = reply(relayed);
    expect([...offer.options.keys()].slice(-2)).toEqual([97, 82]);
    expect(hexOf(offer, 82)).toBe("010107");
    expect(offer.giaddr).toBe("10.77.0.2");
  });

  test("leaves out what is not needed until it is as small as the client takes it", () => {
    const big = new Uint8Array(230).fill(7);
    const says = {
      giaddr: "10.77.0.2",
      options: [...PXE_BIOS, [82, big], [OPTION.parameterList, Uint8Array.of(12, 28)]] as const,
    };
    const bytes = encodeReply(
      clientPacket(says),
      clientFacts(says),
      plan({ boot: loader, hostName: "n".repeat(60) }),
    );
    expect(bytes.length).toBeLessThanOrEqual(548);
    const offer = decodeDhcp(bytes);
    expect(offer.ok && [...offer.value.options.keys()]).toEqual([53, 54, 51, 58, 59, 1, 66, 67, 28, 82]);
  });
});

describe("configured options", () => {
  const ntp = { code: 42, value: Uint8Array.of(10, 77, 0, 5) };
  const asksFor = (...codes: readonly number[]): ClientSays["options"] => [
    [OPTION.parameterList, Uint8Array.from(codes)],
  ];

  test("go to who asks for them, and to who names none", () => {
    expect(hexOf(reply({ options: asksFor(1, 42) ?? [] }, { options: [ntp] }), 42)).toBe("0a4d0005");
    expect(hexOf(reply({}, { options: [ntp] }), 42)).toBe("0a4d0005");
    expect(hexOf(reply({ options: asksFor(1, 3) ?? [] }, { options: [ntp] }), 42)).toBeUndefined();
  });

  test("of the node hold against those of the subnet, and against ours", () => {
    const other = { code: 42, value: Uint8Array.of(10, 77, 0, 6) };
    const router = { code: 3, value: Uint8Array.of(10, 77, 0, 9) };
    const offer = reply(
      {},
      { options: [ntp, other, router], settings: { ...settings, router: ip("10.77.0.254") } },
    );
    expect([42, 3].map((code) => hexOf(offer, code))).toEqual(["0a4d0006", "0a4d0009"]);
  });

  test("never say what the protocol or the boot table says, nor come behind option 82", () => {
    const lies = [51, 53, 54, 67, 82].map((code) => ({ code, value: Uint8Array.of(9) }));
    const says = { giaddr: "10.77.0.2", options: [...PXE_BIOS, [82, Uint8Array.of(1, 1, 7)]] as const };
    const offer = reply(says, { boot: loader, options: [...lies, ntp] });
    expect([51, 53, 54, 82].map((code) => hexOf(offer, code))).toEqual([
      "00000e10",
      "02",
      "0a4d0001",
      "010107",
    ]);
    expect(hexOf(offer, 67)).toBe(Buffer.from("loaders/undionly.kpxe\0").toString("hex"));
    expect([...offer.options.keys()].at(-1)).toBe(82);
  });
});

describe("what an OFFER says to load", () => {
  test("gives a PXE ROM its file in the header and in 66 and 67, NUL behind, and no 60 or 43 (EDK2 would ask port 4011)", () => {
    const offer = reply({ options: PXE_BIOS }, { boot: loader });
    expect(offer).toMatchObject({ siaddr: "10.77.0.1", file: "loaders/undionly.kpxe" });
    expect(hexOf(offer, 67)).toBe(Buffer.from("loaders/undionly.kpxe\0").toString("hex"));
    expect(hexOf(offer, 66)).toBe(Buffer.from("10.77.0.1").toString("hex"));
    expect([hexOf(offer, 60), hexOf(offer, 43)]).toEqual([undefined, undefined]);
  });

  test("tells iPXE that no ProxyDHCP will come", () => {
    expect(
      hexOf(
        reply(
          { options: [[OPTION.ipxe, Uint8Array.of(1)]] },
          { boot: { kind: "script", file: "http://10.77.0.1:8080/x" } },
        ),
        175,
      ),
    ).toBe("b00101");
  });

  test("says HTTPClient back to HTTP Boot, which drops offers without it", () => {
    const http = [[OPTION.vendorClass, text("HTTPClient:Arch:00016:UNDI:003000")]] as const;
    expect(
      hexOf(reply({ options: http }, { boot: { kind: "loader", file: "http://10.77.0.1:8080/x.efi" } }), 60),
    ).toBe(Buffer.from("HTTPClient").toString("hex"));
  });

  test("gives a machine that does not boot from the network nothing to load", () => {
    expect(reply({}, { boot: loader }).options.has(67)).toBe(false);
  });

  test("gives a machine with no loader its address all the same", () => {
    const offer = reply({ options: PXE_BIOS }, { boot: { kind: "ignore", because: "no loader" } });
    expect(offer.options.has(67)).toBe(false);
    expect(offer.file === "" && offer.siaddr === "0.0.0.0" && offer.yiaddr === "10.77.0.100").toBe(true);
  });
});

describe("a relay that wants to be taken for us", () => {
  const says = { giaddr: "10.77.0.2", options: override("10.88.0.1") } as const;

  test.each(["offer", "ack", "nak"] as const)(
    "is, in an %s, and its option 82 goes back whole and last",
    (message) => {
      const packet = reply(says, { message });
      expect(hexOf(packet, OPTION.serverId)).toBe("0a580001");
      expect([...packet.options.keys()].at(-1)).toBe(OPTION.relayInformation);
      expect(hexOf(packet, OPTION.relayInformation)).toBe("0101070b040a580001");
    },
  );

  test.each([
    ["says it in a sub-option of the wrong length", [[82, Uint8Array.of(11, 3, 10, 88, 0)]]],
    ["says nothing by it", [[82, Uint8Array.of(11, 4, 0, 0, 0, 0)]]],
    ["says it in a sub-option that is cut off", [[82, Uint8Array.of(11, 4, 10, 88, 0)]]],
  ] as const)("is not when it %s", (_, options) => {
    expect(hexOf(reply({ giaddr: "10.77.0.2", options }), OPTION.serverId)).toBe("0a4d0001");
  });

  test("is a relay: a machine on our wire cannot want that", () => {
    expect(hexOf(reply({ options: override("10.88.0.1") }), OPTION.serverId)).toBe("0a4d0001");
  });

  test("gives its clients their files from us all the same", () => {
    const options = [...PXE_BIOS, ...override("10.88.0.1")];
    expect(reply({ giaddr: "10.77.0.2", options }, { boot: loader })).toMatchObject({ siaddr: "10.77.0.1" });
  });
});

test("an ACK to INFORM has no lease times and no address", () => {
  const ack = reply({ message: "inform", ciaddr: "10.77.0.50" }, { message: "ack", address: undefined });
  expect(ack).toMatchObject({ yiaddr: "0.0.0.0", ciaddr: "10.77.0.50" });
  expect([...ack.options.keys()]).toEqual([53, 54, 1]);
});

test("a NAK has no address and no file, says why, and asks the relay to broadcast it", () => {
  const says = { message: "request", giaddr: "10.77.0.2", requested: "10.9.9.9", options: PXE_BIOS } as const;
  const nak = reply(says, { message: "nak", because: "not on this network", boot: loader });
  expect(nak).toMatchObject({ yiaddr: "0.0.0.0", siaddr: "0.0.0.0", file: "", flags: 0x8000 });
  expect([...nak.options.keys()]).toEqual([53, 54, 56]);
});
