/** One scan of the fabric: what is asked of it, and what comes out. Plain data. Pure. */
import type { Ipv4, Subnet } from "#src/value/ipv4.ts";
import type { Endpoint, ReadingGap, SilentSwitch, SwitchReading } from "./reading.ts";
import type { SnmpCredentials } from "./snmp_credentials.ts";

/** Switches in here may be asked, with these credentials in this order. The longest prefix wins. */
export type ScanPrefix = {
  readonly prefix: Subnet;
  readonly credentials: readonly SnmpCredentials[];
  /** 161 when absent. */
  readonly port?: number | undefined;
};

export type ScanLimits = {
  /** Addresses asked in one scan. */
  readonly switches: number;
  /** Switches read at the same time. */
  readonly concurrency: number;
  /** Requests on their way at the same time, of all switches together. */
  readonly requestsInFlight: number;
  /** From the first request to a switch to the last reply; what it has said until then counts. */
  readonly switchDeadlineMs: number;
  readonly scanDeadlineMs: number;
};

export const SCAN_LIMITS: ScanLimits = {
  switches: 500,
  concurrency: 16,
  requestsInFlight: 100,
  switchDeadlineMs: 10_000,
  scanDeadlineMs: 300_000,
};

/** Which credentials a switch took: the place in the list of its prefix. Asked first the next time. */
export type TakenCredentials = { readonly address: Ipv4; readonly credentials: number };

export type ScanOptions = {
  /** Where it begins: given by people, or management addresses heard in LLDP frames. Those outside of all prefixes are not asked. */
  readonly seeds: readonly Ipv4[];
  readonly prefixes: readonly ScanPrefix[];
  /** Ends the scan with what it has. */
  readonly signal: AbortSignal;
  readonly limits?: Partial<ScanLimits> | undefined;
  /** From an earlier scan. */
  readonly taken?: readonly TakenCredentials[] | undefined;
  /** Never asked, whatever they say that they are, unless they are seeds. */
  readonly endpoints?: readonly Endpoint[] | undefined;
};

/**
 * What people should know of a scan.
 *
 * - `tableCut`: a switch that repeats itself, never ends or says nonsense
 * - `outside`: somebody names a switch at an address that may not be asked
 * - `limit`: there was more to ask than was allowed (`switches`), or time ran out (`deadline`)
 * - `aborted`: whoever asked for the scan has ended it
 * - `threadEnded`: the thread that reads switches ran out of memory; what it had read until then is here
 */
export type ScanNote =
  | { readonly kind: "tableCut"; readonly address: Ipv4; readonly gap: ReadingGap }
  | { readonly kind: "outside"; readonly address: Ipv4; readonly namedBy: Ipv4 }
  | { readonly kind: "limit"; readonly limit: "switches" | "deadline"; readonly left: number }
  | { readonly kind: "aborted"; readonly left: number }
  | { readonly kind: "threadEnded" };

export type ScanResult = {
  /** One a switch, whatever number of addresses it has. */
  readonly readings: readonly SwitchReading[];
  /** Asked, and gave nothing. */
  readonly silent: readonly SilentSwitch[];
  readonly taken: readonly TakenCredentials[];
  readonly notes: readonly ScanNote[];
};
