import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

export const IMPORT_FORMATS = ["dnsmasq", "isc-dhcpd", "kea", "csv", "yaml"] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/** How to switch a machine, as a file says it: passwords are in files of their own. */
export type ImportedPower =
  | {
      readonly driver: "ipmi";
      readonly address: string;
      readonly port?: number;
      readonly user: string;
      readonly passwordFile?: string;
    }
  | { readonly driver: "command"; readonly command: readonly string[] };

/** One machine of a file. `line` counts from 1. */
export type ImportedNode = {
  readonly line: number;
  readonly name: string;
  /** Never empty. */
  readonly macs: readonly Mac[];
  readonly address?: Ipv4;
  readonly groups?: readonly string[];
  readonly power?: ImportedPower;
  readonly kernelArguments?: readonly string[];
};

/** Something that a person should know. A `problem` keeps its entry out, a `note` does not. */
export type ImportNote = {
  readonly line: number;
  readonly level: "problem" | "note";
  /** What was found. */
  readonly what: string;
  /** What to do, or what was done about it. */
  readonly todo: string;
};

export type ImportResult = { readonly nodes: readonly ImportedNode[]; readonly notes: readonly ImportNote[] };

/** A file that is larger is not a list of machines. */
export const MAX_IMPORT_CHARS: number = 8 * 1024 * 1024;
export const MAX_IMPORT_NODES = 20_000;
/** Nobody reads more. */
export const MAX_IMPORT_NOTES = 1000;
/** Braces, brackets and lists in each other. */
export const MAX_IMPORT_DEPTH = 32;
