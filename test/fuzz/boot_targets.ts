/** What the boot services decide about packets and paths of strangers, with what must hold of each decision. */
import { grubConfigMac } from "#src/boot/grub_config.ts";
import { readNoticeName } from "#src/boot/notice.ts";
import { renderScript, renderWhy } from "#src/boot/script.ts";
import { type DhcpFacts, readFacts } from "#src/dhcp/facts.ts";
import { LeaseTable } from "#src/dhcp/leases.ts";
import { decideDhcp } from "#src/dhcp/offer.ts";
import { OPTION } from "#src/dhcp/option.ts";
import { type DhcpPacket, decodeDhcp, encodeDhcp, NO_ADDRESS } from "#src/dhcp/packet.ts";
import { BINL_PORT, claimedAddress, proxyReply } from "#src/dhcp/proxy.ts";
import { encodeReply, replyDestination } from "#src/dhcp/replies.ts";
import { subnetOfClient } from "#src/dhcp/subnets.ts";
import { readBootPath } from "#src/http/boot_paths.ts";
import { Refusals } from "#src/http/refusals.ts";
import { parseIpv4 } from "#src/value/ipv4.ts";
import { parseMac } from "#src/value/mac.ts";
import { type ClientSays, clientPacket, ip, mac, override, PXE_BIOS } from "#test/dhcp/packets.ts";
import { must } from "./must.ts";
import type { Target } from "./targets.ts";

const config = { serverAddress: ip("10.77.0.1"), httpPort: 8080 };
const HARMLESS = linesOf(renderScript({ kind: "refusal", because: "x" }, config));
const PUBLISHED = /^[\x20-\x7e\n]*$/;

function linesOf(script: string): readonly string[] {
  return script.split("\n").map((line) => line.split(" ")[0] ?? "");
}

/** A script that quotes a stranger has the same lines as one that quotes nobody. */
function mustBeInert(script: string, lines: readonly string[]): void {
  must(PUBLISHED.test(script), "a script with other characters");
  must(linesOf(script).join(" ") === lines.join(" "), "a script with other commands");
}

function readPath(bytes: Buffer): void {
  const text = bytes.toString("latin1");
  const path = readBootPath(text);
  if (path.kind === "script") must(parseMac(path.mac) === path.mac, "a MAC that is not canonical");
  for (const name of [grubConfigMac(text), readNoticeName(text)?.mac])
    must(name === undefined || parseMac(name) === name, "a MAC that is not canonical");
  if (path.kind !== "missing") return;
  must(path.shown.length <= 256, "more than is shown");
  mustBeInert(renderScript({ kind: "refusal", because: path.shown }, config), HARMLESS);
  const refusals = new Refusals();
  refusals.note(ip("10.77.0.9"), path.shown);
  mustBeInert(renderWhy(refusals.take(ip("10.77.0.9"))), ["#!ipxe", "echo", ""]);
}

function requestOf(bytes: Buffer): { packet: DhcpPacket; facts: DhcpFacts } | undefined {
  const packet = decodeDhcp(bytes);
  const facts = packet.ok && packet.value.op === "request" ? readFacts(packet.value) : undefined;
  return packet.ok && facts?.ok ? { packet: packet.value, facts: facts.value } : undefined;
}

/** One on our wire, one behind a relay. */
const SUBNETS = ["10.77.0", "10.88.0"].map((net, index) => ({
  subnet: { network: ip(`${net}.0`), prefixBits: 24 },
  ...{ server: ip("10.77.0.1"), router: undefined, isLocal: index === 0 },
  pool: { first: ip(`${net}.100`), last: ip(`${net}.103`) },
}));

function decideRelayed(bytes: Buffer): void {
  const request = requestOf(bytes);
  if (!request) return;
  const { packet, facts } = request;
  const settings = subnetOfClient(facts, SUBNETS);
  if (!facts.giaddr)
    must(!facts.serverOverride && !facts.linkSelection, "a machine on our wire acts as a relay");
  if (!settings) return;
  const decision = decideDhcp(facts, {
    ...{ server: settings.server, subnet: settings.subnet, nowMs: 0, isKnown: false, reserved: undefined },
    ...{
      table: new LeaseTable(settings, [settings.server]),
      isReservedForOther: () => false,
      expectedNodes: 0,
    },
  });
  if (decision.kind !== "offer" && decision.kind !== "ack" && decision.kind !== "nak") return;
  const address = decision.kind === "nak" ? undefined : decision.address;
  const plan = {
    message: decision.kind,
    address,
    leaseSec: 60,
    settings,
    boot: undefined,
    hostName: undefined,
  };
  const to = replyDestination(facts, plan);
  if (facts.giaddr)
    must(to.kind === "relay" && to.address === facts.giaddr, "a reply that is not the relay's");
  mustBeRelayed(decodeDhcp(encodeReply(packet, facts, plan)), { packet, facts });
}

function mustBeRelayed(
  reply: ReturnType<typeof decodeDhcp>,
  { packet, facts }: { readonly packet: DhcpPacket; readonly facts: DhcpFacts },
): void {
  must(reply.ok, "our reply does not decode");
  const { options, giaddr } = reply.value;
  must(giaddr === packet.giaddr, "another relay's");
  const serverId = parseIpv4(options.get(OPTION.serverId)?.join(".") ?? "");
  must(serverId === (facts.serverOverride ?? "10.77.0.1"), `option 54 is ${serverId}`);
  const asked = packet.options.get(OPTION.relayInformation);
  if (!asked) return;
  must([...options.keys()].at(-1) === OPTION.relayInformation, "option 82 is not the last");
  must(Buffer.from(options.get(OPTION.relayInformation) ?? []).equals(asked), "option 82 came back changed");
}

function decideProxy(bytes: Buffer): void {
  const request = requestOf(bytes);
  if (!request) return;
  claimedAddress(request.facts);
  for (const port of [67, BINL_PORT] as const)
    for (const boot of [
      { kind: "loader", file: "loaders/a.efi" },
      { kind: "ignore", because: "x" },
    ] as const) {
      const bytes = proxyReply({ ...request, port }, { server: ip("10.77.0.1"), boot });
      if (!bytes) continue;
      const reply = decodeDhcp(bytes);
      must(reply.ok, "our reply does not decode");
      must(
        request.facts.boot !== undefined && boot.kind === "loader",
        "somebody is told to boot who does not",
      );
      must(reply.value.yiaddr === NO_ADDRESS, "a proxy gives an address");
      must(!reply.value.options.has(OPTION.leaseTime), "a proxy gives a lease");
      must(reply.value.xid === request.packet.xid, "an answer to another question");
      const isOthers = request.facts.message === "request" && port === 67;
      must(!isOthers, "a proxy answers what was asked of another server");
    }
}

const says = (list: readonly ClientSays[]): readonly Buffer[] =>
  list.map((one) => encodeDhcp(clientPacket(one)));
const relay = { giaddr: "10.88.0.1" };
const linkSelection = [[OPTION.relayInformation, Uint8Array.of(1, 1, 7, 5, 4, 10, 88, 0, 0)]] as const;
const UEFI = [
  [OPTION.vendorClass, Buffer.from("PXEClient:Arch:00007:UNDI:003000")],
  [OPTION.clientArch, Uint8Array.of(0, 7)],
] as const;
const HTTP = [[OPTION.vendorClass, Buffer.from("HTTPClient:Arch:00016:UNDI:003000")]] as const;
const MAC = mac("52:54:00:00:00:01").replaceAll(":", "-");

export const BOOT_TARGETS: readonly Target[] = [
  {
    name: "boot paths",
    seeds: [
      ...[`/boot/${MAC}.ipxe`, "/boot/525400000001.ipxe", "/autoexec.ipxe", "/loaders/arm64/autoexec.ipxe"],
      ...["/boot/why.ipxe", `/no-loader-starts/${MAC}`, `no-loader-starts/${MAC}.ipxe`, "/ramdisk/vmlinuz"],
      ...[
        "grub/node-52:54:00:77:00:01.cfg",
        `/x.ipxe?a=${"$"}{net0/mac}&&reboot||shell`,
        "/../../etc/passwd",
      ],
    ].map((text) => Buffer.from(text)),
    decode: readPath,
  },
  {
    name: "relayed",
    seeds: says([
      ...[
        relay,
        { ...relay, options: override("10.88.0.1") },
        { giaddr: "10.77.0.2", options: linkSelection },
      ],
      {
        ...relay,
        message: "request",
        server: "10.88.0.1",
        requested: "10.88.0.100",
        options: override("10.88.0.1"),
      },
      { ...relay, message: "request", requested: "10.99.0.1", options: PXE_BIOS },
      { message: "request", ciaddr: "10.88.0.101" },
    ]),
    decode: decideRelayed,
  },
  {
    name: "proxy",
    seeds: says([
      ...[
        { options: PXE_BIOS },
        { options: UEFI },
        { options: HTTP },
        { options: [...PXE_BIOS, [77, Buffer.from("iPXE")] as const] },
      ],
      { message: "request", ciaddr: "10.77.0.50", options: UEFI },
      { message: "inform", ciaddr: "10.77.0.50", options: UEFI },
      { message: "request", server: "10.77.0.9", requested: "10.77.0.50", options: PXE_BIOS },
    ]),
    decode: decideProxy,
  },
];
