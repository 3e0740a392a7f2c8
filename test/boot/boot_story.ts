/** What the boot services see of one machine, told in a line each. */
import type { Boot } from "#src/boot/timeline.ts";
import { BootTimelines } from "#src/boot/timelines.ts";
import type { ApplianceEvent } from "#src/events/event.ts";
import type { DhcpProgram, Observation } from "#src/events/observation.ts";
import type { Node } from "#src/nodes/node.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

export const MAC = "52:54:00:77:00:01" as Mac;
export const ADDRESS = "10.77.0.101" as Ipv4;
const NODE: Node = { name: "node1", macs: [MAC], status: "registered", kernelArguments: [] };

export type Told = readonly [atSec: number, what: ApplianceEvent | Observation];

/** What tells one machine, or exchange, from another. */
export type Who = { readonly xid?: number; readonly uuid?: string };

export const discover = (atSec: number, program: DhcpProgram = "pxe", secs = 0, who: Who = {}): Told => [
  atSec,
  {
    ...who,
    ...{ kind: "dhcpAsked", mac: MAC, message: "discover", program, secs, address: undefined },
    archCode: program === "system" ? undefined : 7,
  },
];

const request = (atSec: number, program: DhcpProgram = "pxe"): Told => [
  atSec,
  {
    ...{ kind: "dhcpAsked", mac: MAC, message: "request", program, secs: 0, address: ADDRESS },
    archCode: undefined,
  },
];

const answer = (atSec: number, message: "offer" | "ack", program: DhcpProgram, because?: string): Told => [
  atSec,
  { kind: "dhcpAnswered", mac: MAC, message, program, address: ADDRESS, because },
];

export const offer = (atSec: number, program: DhcpProgram = "pxe"): Told => answer(atSec, "offer", program);
export const withoutLoader = (atSec: number, because: string): Told => answer(atSec, "ack", "pxe", because);

/** All four messages within 30 ms. */
export const dhcp = (atSec: number, program: DhcpProgram = "pxe", secs = 0): Told[] => [
  discover(atSec, program, secs),
  offer(atSec + 0.01, program),
  request(atSec + 0.02, program),
  answer(atSec + 0.03, "ack", program),
];

export const unanswered = (atSec: number, because: string, chosen?: Ipv4): Told => [
  atSec,
  { kind: "dhcpUnanswered", mac: MAC, program: "pxe", because, chosen },
];

export const asksFor = (atSec: number, file: string): Told => [
  atSec,
  { kind: "fileAsked", peer: ADDRESS, file, via: "tftp" },
];

export const sent = (atSec: number, file: string, tookMs = 0): Told => [
  atSec,
  { kind: "fileSent", peer: ADDRESS, file, via: "tftp", bytes: 1_000_000, tookMs },
];

export const script = (atSec: number, profile = "ramdisk (d1)"): Told => [
  atSec,
  { kind: "bootScriptSent", mac: MAC, node: "node1", profile },
];

export const agent = (atSec: number): Told => [
  atSec,
  { kind: "agentConnected", node: "node1", address: ADDRESS, resumed: false },
];

export const agentLost = (atSec: number): Told => [
  atSec,
  { kind: "agentLost", node: "node1", because: "the connection ended" },
];

export const power = (
  atSec: number,
  action: string,
  change: { ok?: boolean; tookMs?: number } = {},
): Told => [
  atSec,
  { kind: "powerCommanded", node: "node1", action, ok: true, detail: "on", tookMs: 0, ...change },
];

export const step = (atSec: number, name: string): Told => [
  atSec,
  { kind: "stepStarted", deployment: "d1", node: "node1", step: name, attempt: 1 },
];

/** From the firmware's first word to its loader, its script and the ramdisk. */
export const toLoader = (atSec: number): Told[] => [
  ...dhcp(atSec),
  sent(atSec + 1, "loaders/snponly.efi", 500),
];
export const toScript = (atSec: number): Told[] => [
  ...toLoader(atSec),
  ...dhcp(atSec + 3, "ipxe"),
  script(atSec + 4),
];
export const toKernel = (atSec: number): Told[] => [
  ...toScript(atSec),
  sent(atSec + 5, "ramdisk/vmlinuz", 800),
  sent(atSec + 8, "ramdisk/initramfs", 2500),
];

const OBSERVATIONS: ReadonlySet<string> = new Set<Observation["kind"]>([
  ...(["dhcpAsked", "dhcpAnswered", "dhcpUnanswered", "fileAsked", "kernelUp"] as const),
]);
const isObservation = (what: ApplianceEvent | Observation): what is Observation =>
  OBSERVATIONS.has(what.kind);

/** Timelines that know one node, `node1`. */
export const timelines = (): BootTimelines =>
  new BootTimelines({
    byMac: (mac) => (mac === MAC ? NODE : undefined),
    byName: (name) => (name === NODE.name ? NODE : undefined),
  });

export function tell(to: BootTimelines, story: readonly Told[]): void {
  for (const [atSec, what] of story)
    if (isObservation(what)) to.observe(what, atSec * 1000);
    else to.hear(what, atSec * 1000);
}

/** The boots that come of a story. */
export function bootsOf(story: readonly Told[]): readonly Boot[] {
  const all = timelines();
  tell(all, story);
  return all.of([MAC]);
}
