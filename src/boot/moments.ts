/** Events and observations as moments of a machine's boot. Pure. */
import type { ApplianceEvent } from "#src/events/event.ts";
import type { DhcpProgram, Observation } from "#src/events/observation.ts";
import { type Ipv4, parseIpv4 } from "#src/value/ipv4.ts";
import { type Mac, parseMac } from "#src/value/mac.ts";
import { FETCHES, type Moment, type MomentKind } from "./timeline.ts";

/** Whose moment it is, as far as the event says. */
export type Whose =
  | { readonly mac: Mac }
  | { readonly node: string }
  /** Whoever has this address. */
  | { readonly address: Ipv4 };

export type MomentOf = { readonly whose: Whose; readonly moment: Moment };

/** Strings of the network are cut to this. */
const MAX_WORDS = 300;
/** Old firmware sends `secs` with its bytes swapped: 1024 for 4. */
const SWAPPED_SECS = 256;
const MAX_SECS = 0xffff;

const PROGRAMS: Readonly<Record<DhcpProgram, string>> = {
  pxe: "PXE firmware",
  httpBoot: "HTTP Boot firmware",
  ipxe: "iPXE",
  system: "the system",
};

type About = Omit<Moment, "kind" | "words" | "atMs"> & { readonly atMs: number };

function said(whose: Whose, kind: MomentKind, words: string, about: About): MomentOf {
  return { whose, moment: { kind, words: words.slice(0, MAX_WORDS), ...about } };
}

/** @returns `undefined` for what is no matter of one machine's boot */
export function momentOfEvent(event: ApplianceEvent, atMs: number): MomentOf | undefined {
  return momentOfBoot(event, atMs) ?? momentOfDeployment(event, atMs);
}

function momentOfBoot(event: ApplianceEvent, atMs: number): MomentOf | undefined {
  switch (event.kind) {
    case "loaderOffered":
      return said({ mac: event.mac }, "loaderTold", `told to load ${event.file}`, { atMs });
    case "addressDeclined":
      return said({ mac: event.mac }, "declined", `declines ${event.address}: another machine uses it`, {
        atMs,
      });
    case "addressInUse": {
      const { mac, address, holder, setAside } = event;
      const words = `is offered ${address}, which ${holder} uses`;
      return setAside ? said({ mac }, "declined", words, { atMs }) : undefined;
    }
    case "fileSent": {
      const { tookMs, peer, file, via, bytes } = event;
      const words = `${file} by ${via.toUpperCase()}, ${(bytes / 1e6).toFixed(1)} MB`;
      return said({ address: peer }, fileKind(file), words, { atMs: atMs - tookMs, tookMs });
    }
    case "bootScriptSent": {
      const isLocal = event.profile.startsWith("local disk");
      return said({ mac: event.mac }, isLocal ? "localDisk" : "script", `script: ${event.profile}`, { atMs });
    }
    case "packetRejected": {
      const address = parseIpv4(event.peer);
      if (!address || (event.protocol !== "tftp" && event.protocol !== "http")) return undefined;
      return said({ address }, "fileFailed", `${event.protocol.toUpperCase()}: ${event.problem}`, { atMs });
    }
    case "agentConnected":
      return said(
        { node: event.node },
        "agent",
        event.resumed ? `agent is back from ${event.address}` : `agent calls from ${event.address}`,
        { atMs },
      );
    case "agentLost":
      return said({ node: event.node }, "agentLost", `agent is gone: ${event.because}`, { atMs });
    case "tokenRefused": {
      const mac = parseMac(event.mac);
      return mac && said({ mac }, "tokenRefused", `agent refused: ${event.because}`, { atMs });
    }
    default:
      return undefined;
  }
}

const fileKind = (file: string): MomentKind =>
  /vmlinu[zx]/.test(file) ? "kernel" : /initr(?:d|amfs)/.test(file) ? "initramfs" : "file";

function momentOfDeployment(event: ApplianceEvent, atMs: number): MomentOf | undefined {
  switch (event.kind) {
    case "powerCommanded": {
      const { node, action, ok, detail, tookMs } = event;
      const kind = !ok ? "powerFailed" : action === "off" ? "powerOff" : action === "soft" ? "step" : "power";
      return said({ node }, kind, `power ${action}: ${detail}`, { atMs: atMs - tookMs, tookMs });
    }
    case "stepStarted": {
      const attempt = event.attempt > 1 ? ` (attempt ${event.attempt})` : "";
      return said({ node: event.node }, "step", `${event.step}${attempt}`, { atMs });
    }
    case "stepFinished":
      return said({ node: event.node }, "stepEnded", event.step, { atMs, tookMs: event.tookMs });
    case "stepFailed":
      return said({ node: event.node }, "failed", `${event.step} failed: ${event.why}`, { atMs });
    case "nodeDeployed":
      return said({ node: event.node }, "deployed", `${event.deployment}: deployed`, { atMs });
    case "nodeFailed":
      return said({ node: event.node }, "failed", `${event.deployment}: failed in ${event.step}`, { atMs });
    default:
      return undefined;
  }
}

/** @returns `undefined` for what says nothing new */
export function momentOfObservation(seen: Observation, atMs: number): MomentOf | undefined {
  switch (seen.kind) {
    case "dhcpAsked":
      return asked(seen, atMs);
    case "dhcpAnswered": {
      const { mac, message, program, address, because } = seen;
      const about = { program, atMs };
      // An INFORM asks for options only.
      if (!address) return undefined;
      const words = message === "offer" ? `offered ${address}` : `has address ${address}`;
      if (because === undefined) return said({ mac }, message, words, about);
      return said({ mac }, "noLoader", `nothing to load: ${because}`, about);
    }
    case "dhcpUnanswered": {
      const { mac, program, because, chosen } = seen;
      const about = { program, atMs };
      if (chosen) return said({ mac }, "otherServer", `takes the offer of ${chosen}, not ours`, about);
      return said({ mac }, "unanswered", `gets no address: ${because}`, about);
    }
    case "fileAsked":
      return said(
        { address: seen.peer },
        "fileAsked",
        `${FETCHES}${seen.file} by ${seen.via.toUpperCase()}`,
        { atMs },
      );
    case "kernelUp":
      return said({ node: seen.node }, "kernelUp", "kernel started", { atMs: atMs - seen.uptimeMs });
  }
}

function asked(seen: Extract<Observation, { kind: "dhcpAsked" }>, atMs: number): MomentOf | undefined {
  const { mac, message, program, archCode, xid, uuid } = seen;
  const who = `${PROGRAMS[program]}${archCode === undefined ? "" : ` (architecture ${archCode})`}`;
  const identity = { ...(xid === undefined ? {} : { xid }), ...(uuid === undefined ? {} : { uuid }) };
  const about = { program, atMs, waitedSec: secondsOf(seen.secs), ...identity };
  if (message === "discover") return said({ mac }, "discover", `${who} asks for an address`, about);
  if (message !== "request") return undefined;
  return said({ mac }, "request", `${who} takes ${seen.address ?? "an address"}`, about);
}

const secondsOf = (secs: number): number => {
  const isSwapped = secs >= SWAPPED_SECS && secs % SWAPPED_SECS === 0;
  return isSwapped ? secs / SWAPPED_SECS : Math.min(secs, MAX_SECS);
};
