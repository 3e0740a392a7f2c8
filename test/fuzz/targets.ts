/** Every decoder of bytes that strangers send, with what must hold of whatever it is given. */
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { FrameSplitter, parseFrame } from "#src/agent/frame.ts";
import { CONTROL, decodeAgentMessage } from "#src/agent/messages.ts";
import { DATA, decodeDataMessage, encodeDataMessage } from "#src/broadcast/data_frame.ts";
import { readFacts } from "#src/dhcp/facts.ts";
import { OPTION, readSuboption } from "#src/dhcp/option.ts";
import { readForeignServer } from "#src/dhcp/other_server_probe.ts";
import { type DhcpPacket, decodeDhcp, encodeDhcp } from "#src/dhcp/packet.ts";
import { encodeReply, replyDestination } from "#src/dhcp/replies.ts";
import { readRange } from "#src/http/boot_reply.ts";
import { decodeManifest, encodeManifest } from "#src/images/manifest.ts";
import { decodeArp, encodeArp } from "#src/net/arp.ts";
import { offerTftpOptions } from "#src/tftp/offer.ts";
import { decodeTftp, encodeTftp } from "#src/tftp/packet.ts";
import { parseIpv4 } from "#src/value/ipv4.ts";
import { parseMac } from "#src/value/mac.ts";
import { parseNodeSet } from "#src/value/node_set.ts";
import { ip } from "#test/dhcp/packets.ts";
import {
  type CapturedDatagram,
  capturedDatagrams,
  datagramsOf,
  recordedPackets,
} from "#test/net/recordings.ts";
import { BOOT_TARGETS } from "./boot_targets.ts";
import { FABRIC_TARGETS } from "./fabric_targets.ts";
import { IMAGE_TARGETS } from "./image_targets.ts";
import { must } from "./must.ts";
import { SNMP_TARGETS } from "./snmp_targets.ts";

export type Target = {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  /** @throws when something does not hold; nothing else may throw */
  readonly decode: (bytes: Buffer) => void;
};

/** What our own clients sent in the lab: udhcpc as several kinds of firmware, curl and our agent's loader by TFTP. */
const OWN_CAPTURE = "test/captures/lab_clients.pcap";
const captured: readonly CapturedDatagram[] = [...datagramsOf(OWN_CAPTURE), ...capturedDatagrams()];
const DHCP_PORTS: ReadonlySet<number> = new Set([67, 68, 4011]);

const payloads = (wanted: (datagram: CapturedDatagram) => boolean): readonly Uint8Array[] =>
  captured.filter(wanted).map(({ payload }) => payload);

/** The last column of a table of vectors: hex, or text. */
function vectors(name: string): readonly (readonly string[])[] {
  return readFileSync(`test/vectors/${name}.tsv`, "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split("\t"));
}
const hex = (text: string): Buffer => Buffer.from(text === "-" ? "" : text, "hex");
const lastColumn = (name: string): readonly Buffer[] => vectors(name).map((row) => hex(row.at(-1) ?? ""));
/** Type, then payload: the type is mutated too. */
const typed = (name: string): readonly Buffer[] =>
  vectors(name).map(([, type = "", , , payload = ""]) => {
    const isHex = name === "data" || payload.startsWith("hex:");
    const bytes = isHex ? hex(payload.replace("hex:", "")) : Buffer.from(payload);
    return Buffer.concat([Uint8Array.of(Number(type)), bytes]);
  });

function decodeAndAnswerDhcp(bytes: Buffer): void {
  readForeignServer(bytes, ip("10.77.0.1"));
  const packet = decodeDhcp(bytes);
  if (!packet.ok) return;
  const again = decodeDhcp(encodeDhcp(packet.value));
  must(isDeepStrictEqual(again, packet), "what was encoded decodes to something else");
  for (const code of [OPTION.relayInformation, OPTION.vendorSpecific])
    for (const part of [1, 2, 5, 9]) readSuboption(packet.value.options.get(code), part);
  answerDhcp(packet.value);
}

const PLAN = {
  message: "ack",
  address: ip("10.77.0.9"),
  leaseSec: 3600,
  settings: {
    server: ip("10.77.0.1"),
    subnet: { network: ip("10.77.0.0"), prefixBits: 24 },
    router: ip("10.77.0.254"),
  },
  boot: { kind: "loader", file: "loaders/snponly.efi" },
  hostName: "node1",
} as const;

function answerDhcp(packet: DhcpPacket): void {
  const facts = readFacts(packet);
  if (!facts.ok) return;
  replyDestination(facts.value, PLAN);
  const reply = decodeDhcp(encodeReply(packet, facts.value, PLAN));
  must(reply.ok, "our reply does not decode");
  must(Buffer.from(reply.value.chaddr).equals(packet.chaddr), "our reply is for somebody else");
}

function decodeTftpRequest(bytes: Buffer): void {
  const packet = decodeTftp(bytes);
  if (!packet.ok) return;
  const again = decodeTftp(encodeTftp(packet.value));
  must(isDeepStrictEqual(again, packet), "what was encoded decodes to something else");
  if (packet.value.kind !== "read") return;
  const offer = offerTftpOptions(packet.value.options, { fileBytes: 1 << 20 });
  must(offer.blockSizeBytes >= 8 && offer.blockSizeBytes <= 1468, `block of ${offer.blockSizeBytes} bytes`);
}

/** In one piece and cut in two, a stream gives the same frames. */
function splitFrames(bytes: Buffer): void {
  parseFrame(bytes);
  const whole = new FrameSplitter().push(Buffer.from(bytes));
  const splitter = new FrameSplitter();
  const cut = bytes.length >> 1;
  const first = splitter.push(Buffer.from(bytes.subarray(0, cut)));
  const second = splitter.push(Buffer.from(bytes.subarray(cut)));
  must(whole.ok === (first.ok && second.ok), "a stream is refused in one piece and not in two");
  if (!whole.ok || !first.ok || !second.ok) return;
  must(
    whole.frames.length === first.frames.length + second.frames.length,
    "frames are lost where it was cut",
  );
}

function decodeData(bytes: Buffer): void {
  const message = decodeDataMessage(bytes[0] ?? 0, bytes.subarray(1));
  if (!message.ok || message.value.kind === "unknown") return;
  const frame = parseFrame(encodeDataMessage(message.value));
  must(frame.status === "OK", "what was encoded is no frame");
  must(frame.type === bytes[0] && bytes.subarray(1).equals(frame.payload), "it encodes to something else");
}

function decodeImageManifest(bytes: Buffer): void {
  const manifest = decodeManifest(bytes);
  if (manifest.ok) must(encodeManifest(manifest.value).equals(bytes), "it encodes to something else");
}

function readTexts(bytes: Buffer): void {
  const text = bytes.toString("latin1");
  for (const sizeBytes of [0, 1, 1000]) {
    const range = readRange(text, sizeBytes);
    if (typeof range === "string") continue;
    must(
      range.start >= 0 && range.start < range.end && range.end <= sizeBytes,
      `range ${JSON.stringify(range)}`,
    );
  }
  const mac = parseMac(text);
  must(mac === undefined || parseMac(mac) === mac, "a MAC that is not canonical");
  const address = parseIpv4(text);
  must(address === undefined || parseIpv4(address) === address, "an address that is not canonical");
  parseNodeSet(text);
}

function decodeAddressQuestion(bytes: Buffer): void {
  const packet = decodeArp(bytes);
  if (packet.ok) must(encodeArp(packet.value).equals(bytes.subarray(0, 28)), "it encodes to something else");
}

/** The other types of the table are read by agents. */
const READ_FROM_AGENTS: ReadonlySet<number> = new Set([
  ...[CONTROL.hello, CONTROL.heartbeat, CONTROL.stdout, CONTROL.exited, CONTROL.listening],
  ...[CONTROL.received, CONTROL.badChunk, CONTROL.leaving],
]);

/** A flood of one packet is one seed. */
const distinct = (all: readonly Uint8Array[]): readonly Uint8Array[] => [
  ...new Map(all.map((one) => [Buffer.from(one).toString("latin1"), one])).values(),
];

export const TARGETS: readonly Target[] = [
  {
    name: "dhcp",
    seeds: distinct([
      ...payloads(({ fromPort, toPort }) => DHCP_PORTS.has(fromPort) || DHCP_PORTS.has(toPort)),
      ...recordedPackets().map(({ bytes }) => bytes),
    ]),
    decode: decodeAndAnswerDhcp,
  },
  {
    name: "tftp",
    seeds: distinct(payloads(({ fromPort, toPort }) => !DHCP_PORTS.has(fromPort) && !DHCP_PORTS.has(toPort))),
    decode: decodeTftpRequest,
  },
  { name: "agent frames", seeds: lastColumn("frame"), decode: splitFrames },
  {
    name: "agent messages",
    seeds: [
      ...typed("control").filter(([type = 0]) => READ_FROM_AGENTS.has(type)),
      Buffer.from([CONTROL.stdout, 2, 0x64, 0x31, 0x0a]),
    ],
    decode: (bytes) => void decodeAgentMessage(bytes[0] ?? 0, bytes.subarray(1)),
  },
  { name: "data frames", seeds: [...typed("data"), Buffer.from([DATA.idle])], decode: decodeData },
  { name: "manifest", seeds: lastColumn("manifest"), decode: decodeImageManifest },
  ...IMAGE_TARGETS,
  {
    name: "text",
    seeds: ["bytes=0-99", "bytes=-5", "bytes=7-", "52:54:00:77:00:01", "10.77.0.1", "n[01-10/2]!n3,b&c"].map(
      (text) => Buffer.from(text),
    ),
    decode: readTexts,
  },
  {
    name: "arp",
    seeds: [Buffer.from("000108000604000252540000000100000000ffffffffffff0a4d0007", "hex")],
    decode: decodeAddressQuestion,
  },
  ...BOOT_TARGETS,
  ...FABRIC_TARGETS,
  ...SNMP_TARGETS,
];
