/**
 * IPMI 2.0 by `ipmitool -I lanplus` (RMCP+, Intelligent Platform Management Interface Specification 2.0, section 13).
 * Sentences and codes are those of ipmitool 1.8.19. Pure.
 */
import type { PowerSettings } from "#src/nodes/node.ts";
import { type Driver, type Invocation, quoteLastLine, type Ran, type Reading, type Verb } from "./driver.ts";
import type { PowerFault } from "./result.ts";

export type IpmiSettings = Extract<PowerSettings, { driver: "ipmi" }>;

/**
 * Tried in this order. 3 is SHA1 with AES and in every IPMI 2.0 BMC; 17 is SHA256 with AES and all that some newer ones take.
 * 0 and the ones without encryption are never used. Asking the BMC which it has (ipmitool without `-C`) costs 10 s on many.
 */
export const CIPHER_SUITES: readonly number[] = [3, 17];

const PRIVILEGES = ["ADMINISTRATOR", "OPERATOR"] as const;

/** Seconds until a packet is sent again, and how often: a silent BMC is given up after about 12 s. */
const RESEND = ["-N", "2", "-R", "2"];

const WORDS: Readonly<Record<Verb, readonly string[]>> = {
  status: ["chassis", "power", "status"],
  on: ["chassis", "power", "on"],
  off: ["chassis", "power", "off"],
  cycle: ["chassis", "power", "cycle"],
  reset: ["chassis", "power", "reset"],
  soft: ["chassis", "power", "soft"],
  pxe: ["chassis", "bootdev", "pxe"],
  disk: ["chassis", "bootdev", "disk"],
  "boot-device": ["chassis", "bootparam", "get", "5"],
};

export type IpmiNode = {
  readonly name: string;
  readonly settings: IpmiSettings;
  /** Boot device commands carry a flag for UEFI: without it some machines fall back to BIOS for this boot. */
  readonly uefi: boolean;
  readonly cipherSuites?: readonly number[] | undefined;
};

export function ipmiDriver({ name, settings, uefi, cipherSuites = CIPHER_SUITES }: IpmiNode): Driver {
  const { address, port, user, password } = settings;
  const sessions = PRIVILEGES.flatMap((privilege) => cipherSuites.map((suite) => ({ suite, privilege })));
  const subject = `BMC ${address} of ${name}`;
  return {
    key: `${address}:${port}`,
    sessions: sessions.length,
    invocation: (verb, session): Invocation => {
      const { suite, privilege } = sessions[session] ?? { suite: 3, privilege: PRIVILEGES[0] };
      const where = ["-I", "lanplus", "-H", address, "-p", String(port), "-U", user, "-L", privilege];
      // -E takes the password from the environment, where the second name wins. -v makes it say why a session failed.
      const how = ["-C", String(suite), ...RESEND, "-E", "-v"];
      const efi = uefi && (verb === "pxe" || verb === "disk") ? ["options=efiboot"] : [];
      const env = { IPMI_PASSWORD: password, IPMITOOL_PASSWORD: password };
      return { program: "ipmitool", args: [...where, ...how, ...WORDS[verb], ...efi], env };
    },
    read: (verb, ran) => readIpmi({ verb, ran, subject, user }),
    unchanged: (wanted) =>
      `${subject} agreed, but the machine is not ${wanted}: look at its console, or reset the BMC`,
  };
}

type Said = { readonly verb: Verb; readonly ran: Ran; readonly subject: string; readonly user: string };

function readIpmi({ verb, ran, subject, user }: Said): Reading {
  switch (ran.kind) {
    case "missing":
      return fault("programMissing", 'Cannot run ipmitool: not found; install the package "ipmitool"');
    case "timeout":
      return fault("timeout", `${subject} did not finish "${verb}" within ${ran.limitMs / 1000} s`);
    case "ended":
      return ran.code === 0 ? readAnswer(verb, ran.stdout, subject) : readRefusal(ran.stderr, subject, user);
  }
}

function readAnswer(verb: Verb, stdout: string, subject: string): Reading {
  if (verb === "boot-device") return { ok: true, bootDevice: bootDeviceIn(stdout) };
  if (verb !== "status") return { ok: true };
  const state = /^Chassis Power is (on|off)\s*$/m.exec(stdout)?.[1];
  return state === "on" || state === "off"
    ? { ok: true, state }
    : fault("unknownAnswer", `${subject} was asked for its power state and said ${quoteLastLine(stdout)}`);
}

function bootDeviceIn(stdout: string): "network" | "disk" | "other" {
  const selector = /Boot Device Selector : (.*)/.exec(stdout)?.[1] ?? "";
  if (selector.includes("PXE")) return "network";
  return /Hard-Drive|No override/i.test(selector) ? "disk" : "other";
}

/** What ipmitool says on stderr when a command failed, most telling first. */
const REFUSALS: readonly (readonly [RegExp, PowerFault, string])[] = [
  [
    /RAKP 2 HMAC is invalid|unauthorized name|invalid integrity check value|password is longer/i,
    "badCredentials",
    'refused user "USER": check user and password',
  ],
  [
    /invalid (?:authentication|integrity|confidentiality) algorithm|no cipher suite match|no matching (?:authentication|integrity) payload/i,
    "sessionRefused",
    "takes none of our cipher suites: allow suite 3 or 17 in its settings",
  ],
  [
    /unauthorized role|invalid role|Set Session Privilege Level to \w+ failed|failed: Insufficient privilege/i,
    "sessionRefused",
    'does not let user "USER" operate the machine: give it the operator level',
  ],
  [/insufficient resources/i, "refused", "has no free session: close others, or wait until they time out"],
  [
    /does not support IPMI v2/i,
    "sessionRefused",
    "speaks only IPMI 1.5, which has no encryption: switch IPMI 2.0 over LAN on",
  ],
  [
    /Address lookup for|Could not open socket/i,
    "unreachable",
    "has an address that cannot be used: check its spelling and the route to it",
  ],
  [
    /Unable to establish|Get Auth Capabilities error|session timeout|no response/i,
    "unreachable",
    "does not answer: check its address, its network cable and that IPMI over LAN is on",
  ],
];

function readRefusal(stderr: string, subject: string, user: string): Reading {
  const known = REFUSALS.find(([pattern]) => pattern.test(stderr));
  if (known) return fault(known[1], `${subject} ${known[2].replace("USER", () => user)}`);
  return fault("refused", `${subject} refused: ipmitool said ${quoteLastLine(stderr)}`);
}

const fault = (kind: PowerFault, problem: string): Reading => ({ ok: false, kind, problem });
