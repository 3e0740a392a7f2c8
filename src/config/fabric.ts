/** What the operator wants asked of switches: where to begin, where to go, what to show there. */
import { type Ipv4, parseIpv4, type Subnet, subnetOf } from "#src/value/ipv4.ts";
import { integer } from "./field.ts";
import type { ReadValue } from "./network.ts";

const AUTH_PROTOCOLS = ["md5", "sha", "sha224", "sha256", "sha384", "sha512"] as const;
const PRIV_PROTOCOLS = ["aes", "aes256", "aes256c"] as const;
export type AuthProtocol = (typeof AUTH_PROTOCOLS)[number];
export type PrivProtocol = (typeof PRIV_PROTOCOLS)[number];

/** Communities and keys are secrets: never log them. */
export type SwitchCredentials =
  | { readonly version: "2c"; readonly community: string }
  | ({ readonly version: "3"; readonly user: string; readonly context?: string | undefined } & (
      | { readonly level: "noAuthNoPriv" }
      | { readonly level: "authNoPriv"; readonly authProtocol: AuthProtocol; readonly authKey: string }
      | {
          readonly level: "authPriv";
          readonly authProtocol: AuthProtocol;
          readonly authKey: string;
          readonly privProtocol: PrivProtocol;
          readonly privKey: string;
        }
    ));

/** Switches in here may be asked, with these credentials in this order. */
export type SwitchPrefix = { readonly prefix: Subnet; readonly credentials: readonly SwitchCredentials[] };

export type FabricChoice = {
  /** Switches to begin with, beside those that are heard. */
  readonly seeds: readonly Ipv4[];
  readonly prefixes: readonly SwitchPrefix[];
  /** Between two scans on schedule; undefined: only when asked for. */
  readonly scanIntervalSec: number | undefined;
};

export const SCAN_INTERVAL = { fallback: 3600, min: 60, max: 604_800 } as const;

/** Nobody is asked; what is heard counts. */
export const NO_SWITCHES: FabricChoice = {
  seeds: [],
  prefixes: [],
  scanIntervalSec: SCAN_INTERVAL.fallback,
};

const readSeconds = integer({ doc: "", placeholder: "", ...SCAN_INTERVAL }).read;
export const readScanInterval: ReadValue<number | "off"> = (text) => {
  if (text === "off") return { value: text };
  const read = readSeconds(text);
  return "value" in read ? read : { wanted: `${read.wanted}, or off` };
};

/** Of one kind, as its prefix; a single switch is `ADDRESS/32`. */
export const readSwitchPrefix: ReadValue<Subnet> = (text) => {
  const [, network = "", bits = ""] = /^([0-9.]+)\/(\d{1,2})$/.exec(text) ?? [];
  const address = parseIpv4(network);
  const prefixBits = Number(bits);
  const prefix = address && prefixBits >= 8 && prefixBits <= 32 ? subnetOf(address, prefixBits) : undefined;
  return prefix?.network === address && prefix
    ? { value: prefix }
    : { wanted: "NETWORK/BITS with 8 to 32 bits, for example 10.0.0.0/24" };
};

const oneOf =
  <T extends string>(words: readonly T[]): ReadValue<T> =>
  (text) => {
    const value = words.find((word) => word === text);
    return value === undefined ? { wanted: words.join(", ") } : { value };
  };
export const readAuthProtocol: ReadValue<AuthProtocol> = oneOf(AUTH_PROTOCOLS);
export const readPrivProtocol: ReadValue<PrivProtocol> = oneOf(PRIV_PROTOCOLS);

const isPrintable = (text: string): boolean => /^[\x20-\x7e]+$/.test(text);

/** RFC 3414 section 5: a user's name has at most 32 bytes. */
export const readUser: ReadValue<string> = (text) =>
  isPrintable(text) && text.length <= 32
    ? { value: text }
    : { wanted: "a name of 1 to 32 printable ASCII characters" };

export const readContext: ReadValue<string> = readUser;

/** What is refused is not repeated: it may be a slip in the real one. */
export const readCommunity: ReadValue<string> = (text) =>
  isPrintable(text) && text.length <= 255
    ? { value: text }
    : { wanted: "a community of 1 to 255 printable ASCII characters" };

/** RFC 3414 section 11.2: a password has at least 8 characters. */
export const readKey: ReadValue<string> = (text) =>
  isPrintable(text) && text.length >= 8 && text.length <= 255
    ? { value: text }
    : { wanted: "a password of 8 to 255 printable ASCII characters" };

/**
 * `10.0.0.1/24,10.9.0.7`: what `--switch` comes to. The address is where a scan begins, the network around it is where
 * it may go; without bits that switch alone.
 */
export function readSwitches(
  text: string,
): { readonly value: readonly SwitchStart[] } | { readonly wanted: string } {
  const value: SwitchStart[] = [];
  for (const part of text.split(",")) {
    const [, host = "", bits = "32"] = /^([0-9.]+)(?:\/(\d{1,2}))?$/.exec(part) ?? [];
    const seed = parseIpv4(host);
    const prefixBits = Number(bits);
    const prefix = seed && prefixBits >= 8 && prefixBits <= 32 ? subnetOf(seed, prefixBits) : undefined;
    if (!seed || !prefix)
      return { wanted: "ADDRESS or ADDRESS/BITS with 8 to 32 bits, for example 10.0.0.1/24" };
    value.push({ seed, prefix });
  }
  return { value };
}

export type SwitchStart = { readonly seed: Ipv4; readonly prefix: Subnet };
