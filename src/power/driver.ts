/**
 * What a kind of power control has to know: which program to run for a verb, and how to read what it said.
 * Drivers are pure; `power.ts` runs, queues, retries and reads back for all of them.
 */
import type { PowerFault, PowerState } from "./result.ts";

/** `pxe` and `disk` set the boot device for the next start; `boot-device` asks which one is set. */
export type Verb = "status" | "on" | "off" | "cycle" | "reset" | "soft" | "pxe" | "disk" | "boot-device";

export type Invocation = {
  readonly program: string;
  readonly args: readonly string[];
  /** Added to the environment. Secrets go here, as everybody on the machine can read arguments. */
  readonly env: Readonly<Record<string, string>>;
};

/** How a program came to its end. Output is cut at `MAX_OUTPUT_BYTES`. */
export type Ran =
  | { readonly kind: "ended"; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: "missing" }
  | { readonly kind: "timeout"; readonly limitMs: number };

/** What a run means. `sessionRefused` is answered with the driver's next session, the faults in `RETRIED` with another try. */
export type Reading =
  | { readonly ok: true; readonly state?: PowerState; readonly bootDevice?: "network" | "disk" | "other" }
  | { readonly ok: false; readonly kind: PowerFault; readonly problem: string };

export type Driver = {
  /** Commands with the same key are never sent at the same time. */
  readonly key: string;
  /** How often the same thing can be said in another way, for example with another cipher suite. At least 1. */
  readonly sessions: number;
  /** @returns `undefined` for a verb that this kind of control does not have. */
  readonly invocation: (verb: Verb, session: number) => Invocation | undefined;
  readonly read: (verb: Verb, ran: Ran) => Reading;
  /** The sentence for a machine that did not do what its control agreed to. */
  readonly unchanged: (wanted: PowerState) => string;
};

const MAX_QUOTE = 160;

/** The last line of a program's output, fit for a sentence: printable characters only, not too long. */
export function quoteLastLine(text: string): string {
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== "");
  const printable = (lines.at(-1) ?? "").trim().replaceAll(/[^\x20-\x7e]/g, "?");
  return printable === "" ? "nothing" : `"${printable.slice(0, MAX_QUOTE)}"`;
}
