import { describe, expect, test } from "vitest";
import { type DhcpFacts, type NetworkBoot, readFacts } from "#src/dhcp/facts.ts";
import { OPTION, text } from "#src/dhcp/option.ts";
import { decodeDhcp } from "#src/dhcp/packet.ts";
import { hasRecordings, recordedPackets } from "#test/net/recordings.ts";
import { type ClientSays, clientFacts, clientPacket, mac, PXE_BIOS } from "./packets.ts";

const CLIENTS: readonly {
  who: string;
  options: ClientSays["options"];
  boot: Partial<NetworkBoot> | undefined;
}[] = [
  { who: "a laptop", options: [[OPTION.vendorClass, text("MSFT 5.0")]], boot: undefined },
  { who: "a BIOS ROM", options: PXE_BIOS, boot: { program: "pxe", archCode: 0 } },
  {
    who: "an iPXE by its option 175 alone",
    options: [[OPTION.ipxe, Uint8Array.of(0xb1, 1, 0)]],
    boot: { program: "ipxe", archCode: undefined },
  },
  {
    who: "an iPXE by its user class",
    options: [...PXE_BIOS, [OPTION.userClass, text("iPXE")]],
    boot: { program: "ipxe", archCode: 0 },
  },
  {
    who: "an iPXE that writes its user class as RFC 3004 wants it",
    options: [...PXE_BIOS, [OPTION.userClass, text("\x04iPXE")]],
    boot: { program: "ipxe" },
  },
  {
    who: "UEFI HTTP Boot",
    options: [
      [OPTION.vendorClass, text("HTTPClient:Arch:00016:UNDI:003000")],
      [OPTION.clientArch, Uint8Array.of(0, 16)],
    ],
    boot: { program: "httpBoot", archCode: 16 },
  },
  {
    who: "firmware that says its architecture only in its vendor class",
    options: [[OPTION.vendorClass, text("PXEClient:Arch:00009:UNDI:003010:PID:NCS-5508")]],
    boot: { program: "pxe", archCode: 9 },
  },
  {
    who: "firmware with a list of architectures",
    options: [
      [OPTION.vendorClass, text("PXEClient")],
      [OPTION.clientArch, Uint8Array.of(0, 7, 0, 16)],
    ],
    boot: { program: "pxe", archCode: 7 },
  },
];

test.each(CLIENTS)("what boots: $who", ({ options, boot }) => {
  const facts = clientFacts(options ? { options } : {});
  if (boot) expect(facts.boot).toMatchObject({ mac: mac("52:54:00:00:00:01"), ...boot });
  else expect(facts.boot).toBeUndefined();
});

const SIZES: readonly { says: string; value: Uint8Array | undefined; maxReplyBytes: number }[] = [
  { says: "nothing", value: undefined, maxReplyBytes: 548 },
  { says: "1472, as EDK2's DISCOVER", value: Uint8Array.of(5, 0xc0), maxReplyBytes: 1444 },
  {
    says: "65280, as EDK2's REQUEST: no more than a frame",
    value: Uint8Array.of(0xff, 0),
    maxReplyBytes: 1472,
  },
  { says: "100: no less than every client must take", value: Uint8Array.of(0, 100), maxReplyBytes: 548 },
  { says: "a value of the wrong length", value: Uint8Array.of(5), maxReplyBytes: 548 },
];

test.each(SIZES)("size of a reply when option 57 says $says", ({ value, maxReplyBytes }) => {
  expect(clientFacts(value ? { options: [[OPTION.maxMessageSize, value]] } : {}).maxReplyBytes).toBe(
    maxReplyBytes,
  );
});

describe("readFacts refuses", () => {
  test.each([
    {
      what: "plain BOOTP without a message type",
      packet: { ...clientPacket({}), options: new Map() },
      field: "option 53",
    },
    {
      what: "a message type nobody has defined",
      packet: { ...clientPacket({}), options: new Map([[53, Uint8Array.of(99)]]) },
      field: "option 53",
    },
    {
      what: "InfiniBand",
      packet: { ...clientPacket({}), htype: 32, chaddr: new Uint8Array(0) },
      field: "htype",
    },
    {
      what: "a hardware address of 8 bytes",
      packet: { ...clientPacket({}), chaddr: new Uint8Array(8) },
      field: "htype",
    },
  ])("$what", ({ packet, field }) => {
    expect(readFacts(packet)).toMatchObject({ ok: false, error: { field } });
  });
});

describe.skipIf(!hasRecordings)("facts of real firmware (skipped where the recordings are absent)", () => {
  const EXPECTED: readonly { from: RegExp; facts: Partial<DhcpFacts>; boot: Partial<NetworkBoot> }[] = [
    {
      from: /^1\. EDK2/,
      facts: { message: "discover", wantsBroadcast: true },
      boot: { program: "pxe", archCode: 7 },
    },
    {
      from: /^9\. iPXE BIOS/,
      facts: { message: "discover", wantsBroadcast: false },
      boot: { program: "ipxe", archCode: 0 },
    },
    {
      from: /^10\. iPXE BIOS/,
      facts: { message: "request", serverId: "10.0.2.2" as never, requestedAddress: "10.0.2.15" as never },
      boot: { program: "ipxe" },
    },
    { from: /^13\. iPXE EFI/, facts: { message: "discover" }, boot: { program: "ipxe", archCode: 7 } },
    { from: /^19\. ASRock/, facts: { maxReplyBytes: 1232 }, boot: { program: "pxe", archCode: 0 } },
    { from: /^21\. Cisco/, facts: { requestedAddress: "11.11.11.48" as never }, boot: { archCode: 9 } },
    {
      from: /^22\. Raspberry/,
      facts: { mac: mac("b8:27:eb:9b:65:d4") },
      boot: { program: "pxe", archCode: 0 },
    },
  ];
  test.each(EXPECTED)("$from", ({ from, facts, boot }) => {
    const recorded = recordedPackets().find((packet) => from.test(packet.from));
    const decoded = decodeDhcp(recorded?.bytes ?? new Uint8Array(0));
    expect(decoded.ok && readFacts(decoded.value)).toMatchObject({ ok: true, value: { ...facts, boot } });
  });
});

test.each([
  ["a UUID", Uint8Array.of(0, ...Array(16).fill(0xab)), "ab".repeat(16)],
  ["zeros", new Uint8Array(17), undefined],
  ["another type", Uint8Array.of(1, ...Array(16).fill(0xab)), undefined],
  ["another length", Uint8Array.of(0, 0xab), undefined],
])("option 97 with %s", (_, value, uuid) => {
  expect(clientFacts({ options: [[97, value]] }).uuid).toBe(uuid);
});
