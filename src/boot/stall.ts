/**
 * Why a boot does not go on, in words: a table from what was seen, and what was not, to the likely
 * cause and what to do about it. Pure.
 *
 * Sources: Ironic's troubleshooting of spanning tree, ipxe #1337, xcat-core #1638, EDK2's PxeBcDhcp4.c.
 */
import type { DhcpProgram } from "#src/events/observation.ts";
import { type Boot, type BootEntry, lastHeardMs, type MomentKind } from "./timeline.ts";

export type StallCause =
  | "agentGone"
  | "agentRefused"
  | "agentSilent"
  | "ramdiskNoAddress"
  | "kernelSilent"
  | "initramfsMissing"
  | "kernelMissing"
  | "scriptNotFetched"
  | "loaderSilent"
  | "transferStuck"
  | "loaderNotFetched"
  | "noLoader"
  | "otherServer"
  | "offerNotTaken"
  | "notAnswered"
  | "noAddress"
  | "powerFailed"
  | "notHeard";

export type Stall = {
  readonly cause: StallCause;
  /** Since when nothing new came. */
  readonly sinceMs: number;
  /** What was seen, and the likely cause. */
  readonly words: string;
  readonly advice: string;
};

/** It went on, but only after a wait that somebody can spare it. */
export type Delay = { readonly waitedSec: number; readonly words: string; readonly advice: string };

type Facts = {
  readonly boot: Boot;
  /** The last entry of this kind. */
  readonly last: (...kinds: MomentKind[]) => BootEntry | undefined;
  /** The program that spoke DHCP last, and its entries. */
  readonly program: DhcpProgram | undefined;
  readonly said: (kind: MomentKind) => BootEntry | undefined;
  readonly heardMs: number;
};

type Rule = {
  readonly cause: StallCause;
  /** So long it may take on an ordinary machine. */
  readonly waitSec: number;
  readonly when: (facts: Facts) => boolean;
  /** Since when it waits, if not since anything was heard: questions that repeat are no progress. */
  readonly since?: (facts: Facts) => number | undefined;
  readonly words: string | ((facts: Facts) => string);
  readonly advice: string;
};

const SPANNING_TREE =
  "switch on portfast (edge port) at the node's switch port, so that spanning tree does not block it for 30 s after the link came up";

/** The first that fits says how far the boot is; later rows are of earlier stages. */
const RULES: readonly Rule[] = [
  {
    cause: "agentGone",
    waitSec: 30,
    when: ({ last }) => last("agent", "agentLost")?.kind === "agentLost",
    words: ({ last }) =>
      `the ${last("agentLost")?.words}: the machine crashed, was switched off or lost its link`,
    advice: "look at its screen and at its power state; a dead link shows at the switch port",
  },
  {
    cause: "agentRefused",
    waitSec: 5,
    when: ({ last }) => last("agent", "tokenRefused")?.kind === "tokenRefused",
    words: ({ last }) => `the ramdisk runs, but its ${last("tokenRefused")?.words}`,
    advice: "start the node again; it gets a new token with its script",
  },
  {
    cause: "agentSilent",
    waitSec: 60,
    when: ({ program, said, last }) => program === "system" && has(said("ack")) && has(last("kernel")),
    words:
      "the ramdisk has its address, but its agent does not call: TCP port 7800 is blocked, or another machine has the same address",
    advice: "let TCP port 7800 of the appliance through; what the agent says is on the machine's screen",
  },
  {
    cause: "ramdiskNoAddress",
    waitSec: 60,
    when: ({ program, last }) => program === "system" && has(last("kernel")),
    since: ({ boot }) => boot.entries.find(({ program }) => program === "system")?.atMs,
    words:
      "the ramdisk asks for an address and does not take one: its replies do not arrive, or its link goes up and down",
    advice: `look at the machine's screen and at errors of its switch port; ${SPANNING_TREE}`,
  },
  {
    cause: "kernelSilent",
    waitSec: 90,
    when: ({ last }) => has(last("kernel")) && has(last("initramfs")),
    words:
      "kernel and initramfs were fetched, and nothing came after: the ramdisk has no driver (or firmware file) for this network card, the machine has too little memory, the kernel stopped, or the port is blocked since the driver took the link down",
    advice: `look at the machine's screen; it needs 1 GB of memory; ${SPANNING_TREE}`,
  },
  {
    cause: "initramfsMissing",
    waitSec: 60,
    when: ({ last }) => has(last("kernel")),
    words:
      "the kernel was fetched, the initramfs was not, or not whole: HTTP is slow or breaks off, or the machine has too little memory",
    advice: "look at the machine's screen for the error of iPXE, and at errors of its switch port",
  },
  {
    cause: "kernelMissing",
    waitSec: 60,
    when: ({ last }) => has(last("script")),
    words:
      "the script was fetched, the kernel was not, or not whole: HTTP is blocked for large answers, or very slow (MTU, a bad cable)",
    advice: "let TCP port 8080 of the appliance through; check that the path takes packets of 1500 bytes",
  },
  {
    cause: "scriptNotFetched",
    waitSec: 30,
    when: ({ program, said, last }) => program === "ipxe" && has(said("ack")) && !has(last("localDisk")),
    words:
      "iPXE has its address and does not fetch its script: TCP port 8080 is blocked, or another DHCP server told it another script",
    advice: "let TCP port 8080 of the appliance through; look for options 66 and 67 in other DHCP servers",
  },
  {
    cause: "loaderSilent",
    waitSec: 30,
    when: ({ program, last }) => program !== "ipxe" && has(last("file")) && !has(last("localDisk")),
    words:
      "the loader was fetched, and no request came after: it does not drive this network card, or does not start on this firmware (Secure Boot)",
    advice:
      "try another loader for this node, and look at its screen; newer firmware of the card often helps",
  },
  {
    cause: "transferStuck",
    waitSec: 30,
    when: ({ program, last }) => program !== "ipxe" && has(last("fileAsked", "fileFailed")),
    words: ({ last }) =>
      `the loader was asked for, but the transfer does not end (${last("fileAsked", "fileFailed")?.words}): a firewall lets only the first packet through, or the path drops large packets`,
    advice:
      "let UDP from and to any port of the appliance through (TFTP answers from a new port); check the MTU of the path",
  },
  {
    cause: "noLoader",
    waitSec: 5,
    when: ({ said }) => has(said("noLoader")),
    since: ({ said }) => said("noLoader")?.atMs,
    words: ({ said }) => `the firmware was told no loader; ${said("noLoader")?.words}`,
    advice: "switch the firmware to UEFI x64 or BIOS network boot",
  },
  {
    cause: "loaderNotFetched",
    waitSec: 30,
    when: ({ program, said }) => program !== "ipxe" && program !== "system" && has(said("ack")),
    since: ({ said }) => said("ack")?.atMs,
    words:
      "a loader was offered and is not fetched: TFTP (UDP port 69) is blocked by a firewall, or the firmware follows what another DHCP server said",
    advice:
      "let UDP port 69 of the appliance through; look for options 43, 60, 66 and 67 in other DHCP servers",
  },
  {
    cause: "otherServer",
    waitSec: 10,
    when: ({ said }) => has(said("otherServer")),
    since: ({ said }) => said("otherServer")?.atMs,
    words: ({ said }) => `another DHCP server was faster: the machine ${said("otherServer")?.words}`,
    advice: "switch that server off for this network, or run this appliance beside it as proxy",
  },
  {
    cause: "offerNotTaken",
    waitSec: 20,
    when: ({ said }) => has(said("offer")),
    since: ({ said }) => said("offer")?.atMs,
    words: ({ said }) =>
      `asks again after our offer (${said("offer")?.times} times) and does not take it: the reply does not arrive (relay, VLAN, a filter at the switch), or another server's is preferred`,
    advice:
      "check that DHCP answers of the appliance pass the switch (DHCP snooping: trust its port) and come back through the relay",
  },
  {
    cause: "notAnswered",
    waitSec: 10,
    when: ({ said }) => has(said("unanswered")),
    since: ({ said }) => said("unanswered")?.atMs,
    words: ({ said }) => `asks for an address; ${said("unanswered")?.words}`,
    advice: "make the pool larger, or register the machine; serve the network of its relay",
  },
  {
    cause: "noAddress",
    waitSec: 20,
    when: ({ said }) => has(said("discover")),
    since: ({ said }) => said("discover")?.atMs,
    words: ({ said }) =>
      `asks for an address (${said("discover")?.times} times) and takes none: where this appliance leaves addresses to another DHCP server, that one does not answer`,
    advice: "look whether the other DHCP server runs and has addresses left for this network",
  },
  {
    cause: "powerFailed",
    waitSec: 0,
    when: ({ boot }) =>
      boot.entries.findLast(({ kind }) => POWER.has(kind))?.kind === "powerFailed" && !heard(boot),
    words: ({ last }) => `the power control failed: ${last("powerFailed")?.words}`,
    advice:
      "repair the power control of the node: the manual's page of messages says what each refusal means",
  },
  {
    cause: "notHeard",
    waitSec: 60,
    when: ({ boot, last }) => has(last("power")) && !heard(boot),
    words:
      "was switched on and has not asked for an address: still in its self-test (large servers take up to ten minutes), it does not boot from the network (boot order), it boots from another card, its cable or VLAN is wrong, or spanning tree blocks its port",
    advice: `put network boot first in its firmware, compare the MAC of the card, look at the link of its switch port; ${SPANNING_TREE}`,
  },
];

/** For the manual, which explains each. */
export const STALL_CAUSES: readonly StallCause[] = RULES.map(({ cause }) => cause);

const POWER: ReadonlySet<MomentKind> = new Set(["power", "powerFailed"]);
const NOT_HEARD: ReadonlySet<MomentKind> = new Set([
  ...(["power", "powerOff", "powerFailed", "step", "stepEnded", "failed", "deployed"] as const),
]);
const heard = ({ entries }: Boot): boolean => entries.some(({ kind }) => !NOT_HEARD.has(kind));
const has = (entry: BootEntry | undefined): boolean => entry !== undefined;

/**
 * Where the boot stands still, if it does.
 *
 * A boot that somebody ended by the power switch is judged by the time that it had; one that the machine
 * itself gave up stood still, however short it was.
 */
export function stallOf(boot: Boot, nowMs: number): Stall | undefined {
  if (isDone(boot)) return undefined;
  const facts = factsOf(boot);
  const rule = RULES.find(({ when }) => when(facts));
  if (!rule) return undefined;
  const sinceMs = rule.since?.(facts) ?? facts.heardMs;
  const waitedMs = (boot.endedAtMs ?? nowMs) - sinceMs;
  if (boot.endedBy !== "machine" && waitedMs < rule.waitSec * 1000) return undefined;
  const words = typeof rule.words === "string" ? rule.words : rule.words(facts);
  return { cause: rule.cause, sinceMs, words, advice: rule.advice };
}

/** It went where it was to go: its disk, its deployment, or the agent that waits for orders. */
function isDone({ entries, endedBy }: Boot): boolean {
  if (
    entries.some(
      ({ kind, words }) => kind === "deployed" || (kind === "step" && words.startsWith("leave-ramdisk")),
    )
  )
    return true;
  const last = entries.findLast(({ kind }) =>
    ["agent", "agentLost", "tokenRefused", "localDisk", "script"].includes(kind),
  );
  if (last?.kind === "localDisk") return true;
  return last?.kind === "agent" || (last?.kind === "agentLost" && endedBy === "power");
}

function factsOf(boot: Boot): Facts {
  const program = boot.entries.findLast(({ kind }) => kind === "discover" || kind === "request")?.program;
  const last = (...kinds: MomentKind[]): BootEntry | undefined =>
    boot.entries.findLast(({ kind }) => kinds.includes(kind));
  const said = (kind: MomentKind): BootEntry | undefined =>
    boot.entries.findLast((entry) => entry.kind === kind && entry.program === program);
  return { boot, last, program, said, heardMs: lastHeardMs(boot) };
}

/** So long a card may take to bring up its link. */
const LINK_SEC = 12;

/** Where the machine asked for long before it was heard: per program, as each may take the link down. */
export function delaysOf({ entries, startedAtMs }: Boot): readonly Delay[] {
  const firsts = new Map<DhcpProgram, BootEntry>();
  for (const entry of entries)
    if (entry.kind === "discover" && entry.program && !firsts.has(entry.program))
      firsts.set(entry.program, entry);
  return [...firsts].flatMap(([program, { atMs, waitedSec = 0 }]) => {
    if (waitedSec < LINK_SEC) return [];
    const who = { pxe: "firmware", httpBoot: "firmware", ipxe: "iPXE", system: "system" }[program];
    const heardSec = (atMs - startedAtMs) / 1000;
    const upSec = heardSec - waitedSec;
    const words = `the ${who} had its link up and asked from about ${upSec.toFixed(1)} s on, but was first heard at ${heardSec.toFixed(1)} s, ${waitedSec} s later: the switch port was blocked by spanning tree (or this appliance did not serve yet)`;
    return [{ waitedSec, words, advice: SPANNING_TREE }];
  });
}
