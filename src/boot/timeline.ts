/**
 * The boots of one machine as lists of what happened. Pure: moments in, boots out.
 *
 * Machines say when they begin anew only in passing: a power command, or firmware that asks for an
 * address although the boot before was further. Both bound a boot here.
 */
import type { DhcpProgram } from "#src/events/observation.ts";

export type MomentKind =
  | "power"
  | "powerOff"
  | "powerFailed"
  | "discover"
  | "offer"
  | "request"
  | "ack"
  | "unanswered"
  | "otherServer"
  | "declined"
  | "noLoader"
  | "loaderTold"
  | "fileAsked"
  | "file"
  | "fileFailed"
  | "script"
  | "localDisk"
  | "kernel"
  | "initramfs"
  | "kernelUp"
  | "agent"
  | "agentLost"
  | "tokenRefused"
  | "step"
  | "stepEnded"
  | "deployed"
  | "failed";

export type Moment = {
  readonly kind: MomentKind;
  /** When it happened; when it began, if it took time. */
  readonly atMs: number;
  /** What happened, for a person. May hold text from the network. */
  readonly words: string;
  readonly program?: DhcpProgram;
  readonly tookMs?: number;
  /** How long the client says it has been asking. */
  readonly waitedSec?: number;
  /** Of its DHCP exchange. */
  readonly xid?: number;
  /** Of the machine, as its program spells it. */
  readonly uuid?: string;
};

/** A moment that may have happened several times in a row. */
export type BootEntry = Moment & { readonly times: number; readonly lastAtMs: number };

export type Boot = {
  readonly startedAtMs: number;
  /** By time. */
  readonly entries: readonly BootEntry[];
  /** Entries that there was no room for. */
  readonly leftOut: number;
  readonly endedAtMs?: number;
  /** `machine`: it began anew by itself. */
  readonly endedBy?: "power" | "machine";
};

export const MAX_BOOTS = 8;
export const MAX_ENTRIES = 80;
/** Of these the first are kept: how it began says more than the middle. */
const KEEP_FIRST = 40;
/** Firmware that is heard after such a pause was started anew. EDK2 itself waits 112 s between two rounds. */
const NEW_BOOT_PAUSE_MS = 300_000;
/** A system that asks for an address later than that only renews it. */
const SYSTEM_PAUSE_MS = 900_000;

const DHCP: ReadonlySet<MomentKind> = new Set([
  ...(["discover", "offer", "request", "ack", "unanswered", "otherServer"] as const),
  ...(["noLoader", "loaderTold"] as const),
]);
const POWER: ReadonlySet<MomentKind> = new Set(["power", "powerOff", "powerFailed"]);
const STEPS: ReadonlySet<MomentKind> = new Set(["step", "stepEnded", "deployed", "failed"]);
/** Says nothing about a start when nothing is known of the boot. */
const ONLY_WITHIN: ReadonlySet<MomentKind> = new Set([
  "powerOff",
  "agentLost",
  "stepEnded",
  "deployed",
  "failed",
]);

/** @returns the boots with `moment` in its place: oldest first, at most `MAX_BOOTS`. */
export function withMoment(boots: readonly Boot[], moment: Moment): readonly Boot[] {
  const boot = boots.at(-1);
  const place = placeOf(boot, moment);
  if (place === "nowhere") return boots;
  if (place === "here" && boot) return [...boots.slice(0, -1), withEntry(boot, moment)];
  const endedBy: Boot["endedBy"] = moment.kind === "power" || moment.kind === "step" ? "power" : "machine";
  const before = boot && boot.endedAtMs === undefined ? { ...boot, endedAtMs: moment.atMs, endedBy } : boot;
  const begun = withEntry({ startedAtMs: moment.atMs, entries: [], leftOut: 0 }, moment);
  return [...boots.slice(0, -1), ...(before ? [before] : []), begun].slice(-MAX_BOOTS);
}

type Place = "here" | "new" | "nowhere";

function placeOf(boot: Boot | undefined, moment: Moment): Place {
  const { kind, program } = moment;
  if (!boot) return ONLY_WITHIN.has(kind) || program === "system" ? "nowhere" : "new";
  if (program === "system") return placeOfSystem(boot, moment);
  if (kind === "agentLost") return boot.entries.some((entry) => entry.kind === "agent") ? "here" : "nowhere";
  return begins(boot, moment) ? "new" : "here";
}

function begins(boot: Boot, moment: Moment): boolean {
  switch (moment.kind) {
    case "power":
      return beginsByPower(boot, moment);
    case "step":
      return moment.words.startsWith("power-into-ramdisk") && heardOf(boot);
    case "discover":
    case "request":
      return beginsByFirmware(boot, moment);
    default:
      return false;
  }
}

/** It is reported when it is done, so the machine may have been heard meanwhile. */
function beginsByPower(boot: Boot, { atMs }: Moment): boolean {
  if (boot.endedAtMs !== undefined) return true;
  const first = boot.entries.find((entry) => isFromMachine(entry.kind));
  return first !== undefined && first.atMs < atMs;
}

function beginsByFirmware(boot: Boot, moment: Moment): boolean {
  const { atMs, program } = moment;
  if (boot.endedAtMs !== undefined) return true;
  if (!heardOf(boot)) return false;
  if (isOtherMachine(boot, moment)) return true;
  if (atMs - lastHeardMs(boot) > NEW_BOOT_PAUSE_MS) return true;
  const further: readonly MomentKind[] = ["script", "localDisk", "kernel", "initramfs", "kernelUp", "agent"];
  // An iPXE that was just loaded asks too; firmware that has its loader asks no more.
  if (program !== "ipxe" && boot.entries.some(({ kind }) => kind === "file")) return true;
  return boot.entries.some((entry) => further.includes(entry.kind) || entry.program === "system");
}

/** Its card is in another machine now. Firmware and iPXE may spell one UUID in two ways, so each is compared with itself. */
function isOtherMachine({ entries }: Boot, { program, uuid }: Moment): boolean {
  const before = entries.findLast((entry) => entry.program === program && entry.uuid !== undefined);
  return uuid !== undefined && before !== undefined && before.uuid !== uuid;
}

/** A system that runs renews its address for ever: only its first one is part of a boot. */
function placeOfSystem(boot: Boot, moment: Moment): Place {
  const { atMs } = moment;
  const ofSystem = boot.entries.filter(({ program }) => program === "system");
  if (startsAfterAgent(boot, moment)) return "new";
  if (boot.endedAtMs !== undefined || ofSystem.some((entry) => entry.kind === "ack")) return "nowhere";
  if (atMs - Math.min(lastHeardMs(boot), ofSystem[0]?.atMs ?? atMs) > SYSTEM_PAUSE_MS) return "nowhere";
  return boot.entries.some(({ kind: seen }) => seen === "agent" || seen === "agentLost") ? "nowhere" : "here";
}

/**
 * After its agent was there a machine asks for an address as if it had none: its disk boots without asking
 * us first. While the agent is not known to be gone yet, another exchange than the ramdisk's says so.
 */
function startsAfterAgent({ entries, endedAtMs }: Boot, { kind, xid }: Moment): boolean {
  if (kind !== "discover" || endedAtMs !== undefined) return false;
  const last = entries.findLast((entry) => entry.kind === "agent" || entry.kind === "agentLost");
  if (last?.kind !== "agent") return last?.kind === "agentLost";
  return xid !== undefined && !entries.some((entry) => entry.program === "system" && entry.xid === xid);
}

const isFromMachine = (kind: MomentKind): boolean => !POWER.has(kind) && !STEPS.has(kind);
const heardOf = (boot: Boot): boolean => boot.entries.some(({ kind }) => isFromMachine(kind));

/** When the machine, or whoever switched it, was last heard of. */
export const lastHeardMs = ({ entries, startedAtMs }: Boot): number =>
  entries.reduce(
    (latest, { kind, lastAtMs, tookMs = 0 }) =>
      STEPS.has(kind) ? latest : Math.max(latest, lastAtMs + tookMs),
    startedAtMs,
  );

function withEntry(boot: Boot, moment: Moment): Boot {
  const over =
    moment.kind === "powerOff" && heardOf(boot) ? { endedAtMs: moment.atMs, endedBy: "power" as const } : {};
  const entries = [...boot.entries];
  place(entries, moment);
  const tooMany = entries.length > MAX_ENTRIES;
  if (tooMany) entries.splice(KEEP_FIRST, 1);
  const startedAtMs = entries[0]?.atMs ?? moment.atMs;
  return { ...boot, ...over, startedAtMs, entries, leftOut: boot.leftOut + (tooMany ? 1 : 0) };
}

function place(entries: BootEntry[], told: Moment): void {
  const moment = told.kind === "kernelUp" ? notBeforeItsFiles(entries, told) : told;
  const begun = beginningOf(entries, moment);
  const same = begun < 0 ? repeated(entries, moment) : begun;
  const entry = entries[same];
  if (entry && begun >= 0) {
    const { kind, words } = moment.kind === "stepEnded" ? entry : moment;
    // Firmware that asks for the size first has not asked twice.
    entries[same] = { ...entry, kind, words, tookMs: moment.tookMs ?? 0, times: 1, lastAtMs: entry.atMs };
  } else if (entry) {
    entries[same] = { ...entry, times: entry.times + 1, lastAtMs: Math.max(entry.lastAtMs, moment.atMs) };
  } else {
    const after = entries.findLastIndex(({ atMs }) => atMs <= moment.atMs);
    entries.splice(after + 1, 0, { ...moment, times: 1, lastAtMs: moment.atMs });
  }
}

/** The clock of a machine, or of an emulated one, may run fast. */
function notBeforeItsFiles(entries: readonly BootEntry[], moment: Moment): Moment {
  const last = entries.findLast(({ kind }) => kind === "initramfs") ?? entries[0];
  const fetchedMs = last ? last.atMs + (last.tookMs ?? 0) : moment.atMs;
  return { ...moment, atMs: Math.max(moment.atMs, fetchedMs) };
}

const FILES: ReadonlySet<MomentKind> = new Set(["file", "kernel", "initramfs"]);
/** A transfer that began: the words of its end go on from these. */
export const FETCHES = "fetches ";

/** The entry that says that what ended now has begun; -1 when there is none. */
function beginningOf(entries: readonly BootEntry[], { kind, words }: Moment): number {
  if (kind !== "stepEnded" && !FILES.has(kind)) return -1;
  return entries.findLastIndex((entry) =>
    kind === "stepEnded"
      ? entry.kind === "step" && entry.tookMs === undefined && entry.words.split(" ")[0] === words
      : entry.kind === "fileAsked" && words.startsWith(entry.words.slice(FETCHES.length)),
  );
}

/** The entry that says the same, with nothing but DHCP since: questions and answers repeat in turn. */
function repeated(entries: readonly BootEntry[], { kind, program, words }: Moment): number {
  for (let index = entries.length - 1; index >= 0; index--) {
    const entry = entries[index];
    if (entry?.kind === kind && entry.program === program && entry.words === words) return index;
    if (!entry || !DHCP.has(entry.kind)) return -1;
  }
  return -1;
}
