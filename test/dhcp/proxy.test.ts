import { describe, expect, test } from "vitest";
import { OPTION, text } from "#src/dhcp/option.ts";
import { OverheardAddresses } from "#src/dhcp/overheard.ts";
import { type DhcpPacket, decodeDhcp } from "#src/dhcp/packet.ts";
import { claimedAddress, type ProxyRequest, proxyReply } from "#src/dhcp/proxy.ts";
import type { BootAnswer } from "#src/dhcp/replies.ts";
import { type ClientSays, clientFacts, clientPacket, ip, mac, PXE_BIOS } from "./packets.ts";

const loader: BootAnswer = { kind: "loader", file: "loaders/a.efi" };
const pxe = (arch: number): NonNullable<ClientSays["options"]> => [
  [OPTION.vendorClass, text(`PXEClient:Arch:${String(arch).padStart(5, "0")}:UNDI:003000`)],
  [OPTION.clientArch, Uint8Array.of(0, arch)],
];
const HTTP = [
  [OPTION.vendorClass, text("HTTPClient:Arch:00016:UNDI:003000")],
  [OPTION.clientArch, Uint8Array.of(0, 16)],
] as const;
const IPXE = [...PXE_BIOS, [OPTION.userClass, text("iPXE")]] as const;

function answer(says: ClientSays, port: ProxyRequest["port"] = 67, boot = loader): DhcpPacket | undefined {
  const bytes = proxyReply(
    { packet: clientPacket(says), facts: clientFacts(says), port },
    { server: ip("10.77.0.1"), boot },
  );
  const decoded = bytes && decodeDhcp(bytes);
  if (decoded && !decoded.ok) throw new Error(JSON.stringify(decoded.error));
  return decoded?.value;
}
const textAt = (packet: DhcpPacket | undefined, code: number): string | undefined => {
  const value = packet?.options.get(code);
  return value && Buffer.from(value).toString("latin1");
};

describe("a proxy offer", () => {
  test("to a BIOS ROM names the file and says that there is nothing to discover", () => {
    const offer = answer({ options: PXE_BIOS });
    expect(offer).toMatchObject({ yiaddr: "0.0.0.0", siaddr: "10.77.0.1", file: "loaders/a.efi" });
    expect([...(offer?.options.keys() ?? [])]).toEqual([53, 54, 60, 43, 67]);
    expect(textAt(offer, 60)).toBe("PXEClient");
    expect(textAt(offer, 43)).toBe("\x06\x01\x08\xff");
  });

  test.each([6, 7, 9, 11])("to UEFI of architecture %d is the BINL form: 60, no 43 and no file", (arch) => {
    const offer = answer({ options: pxe(arch) });
    expect(offer).toMatchObject({ yiaddr: "0.0.0.0", siaddr: "10.77.0.1", file: "" });
    expect([...(offer?.options.keys() ?? [])]).toEqual([53, 54, 60]);
  });

  test("to HTTP Boot echoes its class and gives the URL", () => {
    const offer = answer({ options: HTTP }, 67, { kind: "loader", file: "http://10.77.0.1:8080/a.efi" });
    expect([textAt(offer, 60), textAt(offer, 67)]).toEqual(["HTTPClient", "http://10.77.0.1:8080/a.efi\0"]);
  });

  test("to iPXE gives the script at once, in the form that it takes without asking 4011", () => {
    const offer = answer({ options: IPXE }, 67, {
      kind: "script",
      file: "http://10.77.0.1:8080/boot/x.ipxe",
    });
    expect(offer).toMatchObject({ siaddr: "10.77.0.1", file: "http://10.77.0.1:8080/boot/x.ipxe" });
    expect(textAt(offer, 60)).toBe("PXEClient");
  });

  test("echoes the client's UUID, and option 82 behind everything", () => {
    const says = { options: [[82, Uint8Array.of(1, 1, 7)], [97, Uint8Array.of(0, 1)], ...PXE_BIOS] as const };
    expect([...(answer(says)?.options.keys() ?? [])].slice(-2)).toEqual([97, 82]);
  });
});

test("port 4011 answers a REQUEST with an ACK that names the file, and no address", () => {
  const ack = answer({ message: "request", ciaddr: "10.77.0.50", options: pxe(7) }, 4011);
  expect(ack).toMatchObject({
    yiaddr: "0.0.0.0",
    ciaddr: "10.77.0.50",
    siaddr: "10.77.0.1",
    file: "loaders/a.efi",
  });
  expect([textAt(ack, 53), textAt(ack, 60), textAt(ack, 67)]).toEqual([
    "\x05",
    "PXEClient",
    "loaders/a.efi\0",
  ]);
});

test.each([
  { port: 67, arch: 0 },
  { port: 67, arch: 7 },
  { port: 4011, arch: 7 },
] as const)(
  "an INFORM of PXE architecture $arch on port $port gets an ACK with the file, and no address",
  ({ port, arch }) => {
    const ack = answer({ message: "inform", ciaddr: "10.77.0.50", options: pxe(arch) }, port);
    expect(ack).toMatchObject({ yiaddr: "0.0.0.0", ciaddr: "10.77.0.50", file: "loaders/a.efi" });
    expect([textAt(ack, 53), textAt(ack, 60), textAt(ack, 67)]).toEqual([
      "\x05",
      "PXEClient",
      "loaders/a.efi\0",
    ]);
    expect([...(ack?.options.keys() ?? [])]).not.toContain(OPTION.leaseTime);
  },
);

const SILENCE: readonly { when: string; says: ClientSays; port?: ProxyRequest["port"]; boot?: BootAnswer }[] =
  [
    { when: "a machine that does not boot from the network", says: {} },
    {
      when: "a REQUEST for the other server",
      says: { message: "request", server: "10.77.0.9", options: PXE_BIOS },
    },
    {
      when: "a REQUEST that names no server",
      says: { message: "request", requested: "10.77.0.50", options: PXE_BIOS },
    },
    { when: "an INFORM that does not say where to answer", says: { message: "inform", options: PXE_BIOS } },
    {
      when: "an INFORM of a system that does not boot from the network",
      says: { message: "inform", ciaddr: "10.77.0.50" },
    },
    { when: "a DISCOVER on 4011", says: { options: pxe(7) }, port: 4011 },
    {
      when: "firmware that nothing is there for",
      says: { options: pxe(7) },
      boot: { kind: "ignore", because: "x" },
    },
  ];
test.each(SILENCE)("a proxy is silent towards $when", ({ says, port, boot }) => {
  expect(answer(says, port, boot)).toBeUndefined();
});

test.each<readonly [string, ClientSays, string | undefined]>([
  ["SELECTING", { message: "request", server: "10.77.0.9", requested: "10.77.0.50" }, "10.77.0.50"],
  ["INIT-REBOOT", { message: "request", requested: "10.77.0.50" }, "10.77.0.50"],
  ["RENEWING, or on 4011", { message: "request", ciaddr: "10.77.0.50" }, "10.77.0.50"],
  ["INFORM", { message: "inform", ciaddr: "10.77.0.50" }, "10.77.0.50"],
  ["DISCOVER, which only wishes", { requested: "10.77.0.50" }, undefined],
])("the address of a machine in %s", (_, says, expected) => {
  expect(claimedAddress(clientFacts(says))).toBe(expected);
});

test("what was overheard is the last that was said, for a week, of so many machines", () => {
  const heard = new OverheardAddresses();
  const one = mac("52:54:00:00:00:01");
  heard.note(one, ip("10.77.0.50"), 0);
  heard.note(one, ip("10.77.0.51"), 1000);
  expect(heard.of(one, 2000)).toBe("10.77.0.51");
  expect(heard.of(one, 1000 + 7 * 86_400_000)).toBeUndefined();
  for (let index = 0; index < 16_384; index++) heard.note(mac(`other ${index}`), ip("10.77.0.52"), 2000);
  expect(heard.of(one, 2000)).toBeUndefined();
  expect(heard.of(mac("other 0"), 2000)).toBe("10.77.0.52");
});
