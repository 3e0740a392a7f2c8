/**
 * The reply to a client: its fields, its options, and where it goes.
 *
 * RFC 2131 section 4.3.1 (table 3) and 4.1 (where), RFC 3046 section 2.2 (82), RFC 5107 (54),
 * UEFI 2.10 section 24.7 (60 and 67 for HTTP Boot). Pure.
 */
import { broadcastAddress, type Ipv4, netmask } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { type DhcpFacts, MESSAGE_TYPE } from "./facts.ts";
import { addressBytes, OPTION, type Option, text, textZ, u8, u32 } from "./option.ts";
import { BROADCAST_FLAG, type DhcpPacket, encodeDhcp, NO_ADDRESS, optionBytes } from "./packet.ts";
import type { ServedSubnet } from "./subnets.ts";

/** What a machine that boots from the network is to load. Decided elsewhere. */
export type BootAnswer =
  | { readonly kind: "ignore"; readonly because: string }
  /** `file`: a name for TFTP, or a URL. */
  | { readonly kind: "loader" | "script"; readonly file: string }
  /** Asking for `file` tells the machine's screen why there is nothing for it. */
  | { readonly kind: "notice"; readonly file: string; readonly because: string };

export type ReplyPlan = {
  readonly message: "offer" | "ack" | "nak";
  /** `undefined`: the client keeps what it has (INFORM), or gets nothing (NAK). */
  readonly address: Ipv4 | undefined;
  readonly leaseSec: number;
  readonly settings: Pick<ServedSubnet, "server" | "subnet" | "router">;
  /** Of the subnet and of the node, the latter behind: the last of a code holds. */
  readonly options?: readonly Option[];
  readonly boot: BootAnswer | undefined;
  readonly hostName: string | undefined;
  /** Why not, for a NAK. */
  readonly because?: string;
};

export type Destination =
  /** To the relay's server port: it hands the reply on. */
  | { readonly kind: "relay"; readonly address: Ipv4 }
  | { readonly kind: "address"; readonly address: Ipv4 }
  /** To a machine that does not answer ARP for its address yet. */
  | { readonly kind: "hardware"; readonly address: Ipv4; readonly mac: Mac }
  | { readonly kind: "broadcast" };

type ReplyOption = Option & { readonly mayDrop?: boolean };

/** RFC 2131 section 4.1, paragraphs 4 to 6, in their order. */
export function replyDestination(facts: DhcpFacts, { message, address }: ReplyPlan): Destination {
  if (facts.giaddr) return { kind: "relay", address: facts.giaddr };
  if (message === "nak") return { kind: "broadcast" };
  if (facts.ciaddr) return { kind: "address", address: facts.ciaddr };
  if (facts.wantsBroadcast || !address) return { kind: "broadcast" };
  return { kind: "hardware", address, mac: facts.mac };
}

/** The bytes of the reply to `request`. */
export function encodeReply(request: DhcpPacket, facts: DhcpFacts, plan: ReplyPlan): Uint8Array {
  const isNak = plan.message === "nak";
  const bootFile = isNak ? undefined : bootFileOf(plan.boot);
  // RFC 2131 section 4.3.2: the relay must broadcast a NAK, for the client's address is wrong.
  const flags = isNak && facts.giaddr ? BROADCAST_FLAG : request.flags & BROADCAST_FLAG;
  return encodeDhcp({
    op: "reply",
    htype: request.htype,
    hops: 0,
    xid: request.xid,
    secs: 0,
    flags,
    ciaddr: plan.message === "ack" ? request.ciaddr : NO_ADDRESS,
    yiaddr: (isNak ? undefined : plan.address) ?? NO_ADDRESS,
    siaddr: bootFile ? plan.settings.server : NO_ADDRESS,
    giaddr: request.giaddr,
    chaddr: request.chaddr,
    sname: "",
    file: bootFile && bootFile.length < 128 ? bootFile : "",
    options: fitting(
      isNak ? nakOptions(request, facts, plan) : grantOptions(request, facts, plan),
      facts.maxReplyBytes,
    ),
  });
}

const bootFileOf = (boot: BootAnswer | undefined): string | undefined =>
  boot && boot.kind !== "ignore" ? boot.file : undefined;

/** Option 54: us, or what the relay wants its clients to write to (RFC 5107). */
const serverId = ({ serverOverride }: DhcpFacts, { settings }: ReplyPlan): ReplyOption => ({
  code: OPTION.serverId,
  value: addressBytes(serverOverride ?? settings.server),
});

function nakOptions(request: DhcpPacket, facts: DhcpFacts, plan: ReplyPlan): readonly ReplyOption[] {
  return [
    { code: OPTION.messageType, value: u8(MESSAGE_TYPE.nak) },
    serverId(facts, plan),
    { code: OPTION.message, value: text(plan.because ?? ""), mayDrop: true },
    ...echoed(request),
  ];
}

function grantOptions(request: DhcpPacket, facts: DhcpFacts, plan: ReplyPlan): readonly ReplyOption[] {
  const { settings, message, address } = plan;
  const gives = (code: number, value: Uint8Array | undefined): readonly ReplyOption[] =>
    value ? [{ code, value }] : [];
  const own = [
    { code: OPTION.messageType, value: u8(MESSAGE_TYPE[message]) },
    serverId(facts, plan),
    // RFC 2131 section 4.3.5: no lease times for an INFORM.
    ...(address ? leaseTimes(plan.leaseSec) : []),
    { code: OPTION.subnetMask, value: addressBytes(netmask(settings.subnet.prefixBits)) },
    ...gives(OPTION.router, settings.router && addressBytes(settings.router)),
    ...bootOptions(facts, plan),
    ...askedFor(request, plan),
  ];
  return [...withConfigured(own, request, plan.options ?? []), ...echoed(request)];
}

function askedFor(request: DhcpPacket, { settings, hostName }: ReplyPlan): readonly ReplyOption[] {
  const asked = new Set(request.options.get(OPTION.parameterList));
  return [
    ...(asked.has(OPTION.broadcastAddress)
      ? [
          {
            code: OPTION.broadcastAddress,
            value: addressBytes(broadcastAddress(settings.subnet)),
            mayDrop: true,
          },
        ]
      : []),
    ...(asked.has(OPTION.hostName) && hostName
      ? [{ code: OPTION.hostName, value: text(hostName), mayDrop: true }]
      : []),
  ];
}

/** What no configuration may say for us: the protocol's own, and what goes back as it came. */
const OURS: ReadonlySet<number> = new Set([
  ...[OPTION.pad, OPTION.requestedAddress, OPTION.leaseTime, OPTION.overload, OPTION.messageType, OPTION.end],
  ...[OPTION.serverId, OPTION.parameterList, OPTION.maxMessageSize, OPTION.clientId],
  ...[OPTION.relayInformation, OPTION.clientUuid],
]);

/**
 * Adds what the operator configured. It goes to who asks for it (option 55), or who asks for nothing by
 * number: firmware takes 312 bytes of options. Its word holds against ours, but not on what to boot.
 */
function withConfigured(
  own: readonly ReplyOption[],
  request: DhcpPacket,
  configured: readonly Option[],
): readonly ReplyOption[] {
  if (configured.length === 0) return own;
  const asked = request.options.get(OPTION.parameterList);
  const boots = new Set(own.map(({ code }) => code).filter((code) => BOOT_OPTIONS.has(code)));
  const wanted = new Map(
    configured
      .filter(
        ({ code }) =>
          !OURS.has(code) && !boots.has(code) && (!asked || asked.includes(code) || code === OPTION.router),
      )
      .map(({ code, value }) => [code, { code, value, mayDrop: code !== OPTION.router }]),
  );
  return [...own.filter(({ code }) => !wanted.has(code)), ...wanted.values()];
}

/** Decided by the boot table where it decides. */
const BOOT_OPTIONS: ReadonlySet<number> = new Set([
  ...[OPTION.vendorSpecific, OPTION.vendorClass, OPTION.tftpServerName, OPTION.bootFileName, OPTION.ipxe],
]);

/** T1 and T2 at the fractions of RFC 2131 section 4.4.5. */
const leaseTimes = (leaseSec: number): readonly ReplyOption[] => [
  { code: OPTION.leaseTime, value: u32(leaseSec) },
  { code: OPTION.renewalTime, value: u32(Math.floor(leaseSec / 2)), mayDrop: true },
  { code: OPTION.rebindingTime, value: u32(Math.floor((leaseSec * 7) / 8)), mayDrop: true },
];

/** iPXE: option 175 holds options of its own; 176 there says that no ProxyDHCP will come, which saves a wait of 1 to 3 s. */
const NO_PROXY_DHCP = Uint8Array.of(176, 1, 1);

/**
 * 60 is echoed to HTTP Boot, which drops offers without it. A PXE client must *not* get
 * 60 without a valid 43: EDK2 takes that for the BINL form and asks port 4011 (PxeBcDhcp4.c).
 * With neither, it loads the file named in the offer, and so does every BIOS ROM.
 */
function bootOptions(facts: DhcpFacts, { boot, settings }: ReplyPlan): readonly ReplyOption[] {
  const file = bootFileOf(boot);
  if (!facts.boot || !file) return [];
  return [
    ...(facts.boot.program === "httpBoot" ? [{ code: OPTION.vendorClass, value: text("HTTPClient") }] : []),
    ...(facts.boot.program === "ipxe" ? [{ code: OPTION.ipxe, value: NO_PROXY_DHCP }] : []),
    { code: OPTION.tftpServerName, value: text(settings.server), mayDrop: true },
    { code: OPTION.bootFileName, value: textZ(file) },
  ];
}

/** What came goes back: 97 (RFC 4578 section 2.3, PXE ROMs compare it) and, at the very end, 82 (RFC 3046 section 2.2). */
export function echoed(request: DhcpPacket): readonly ReplyOption[] {
  return [OPTION.clientUuid, OPTION.relayInformation].flatMap((code) => {
    const value = request.options.get(code);
    return value ? [{ code, value }] : [];
  });
}

const FRAME_BYTES = 240;
const END_BYTES = 1;

/** Leaves out what may be left out, last first, until the reply is as small as the client takes it (option 57). */
function fitting(options: readonly ReplyOption[], maxBytes: number): ReadonlyMap<number, Uint8Array> {
  const sizeOf = (list: readonly ReplyOption[]): number =>
    list.reduce((sum, { value }) => sum + optionBytes(value), FRAME_BYTES + END_BYTES);
  let kept = options;
  while (sizeOf(kept) > maxBytes) {
    const victim = kept.findLast(({ mayDrop }) => mayDrop);
    if (!victim) break;
    kept = kept.filter((option) => option !== victim);
  }
  return new Map(kept.map(({ code, value }) => [code, value]));
}
