/**
 * Whom a scan asks: from its seeds on, every address at which a switch that was read says that another one is, if it may
 * be asked. Each address once; a switch with several addresses once.
 *
 * Pure: sockets and time are in `crawl_run.ts`.
 */
import { type Ipv4, inSubnet } from "#src/value/ipv4.ts";
import { CrawlMachines } from "./crawl_machines.ts";
import type { Endpoint, GapReason, SilentSwitch, SwitchReading } from "./reading.ts";
import type { ScanNote, ScanPrefix, TakenCredentials } from "./scan_types.ts";
import type { SnmpCredentials } from "./snmp_credentials.ts";

export type CrawlOptions = {
  readonly seeds: readonly Ipv4[];
  readonly prefixes: readonly ScanPrefix[];
  /** Addresses that are asked at most. */
  readonly switches: number;
  readonly taken?: readonly TakenCredentials[] | undefined;
  /** Never asked, unless they are seeds. */
  readonly endpoints?: readonly Endpoint[] | undefined;
};

export type CrawlTask = {
  readonly address: Ipv4;
  readonly port?: number | undefined;
  readonly credentials: readonly SnmpCredentials[];
  /** Where each of them stands in the list of its prefix. */
  readonly places: readonly number[];
};

/** Enough to show what is wrong. */
const MAX_NOTES = 200;

/** @returns the prefix that says how `address` is asked; the longest one wins */
export const prefixOf = (address: Ipv4, prefixes: readonly ScanPrefix[]): ScanPrefix | undefined =>
  prefixes
    .filter(({ prefix }) => inSubnet(address, prefix))
    .toSorted((left, right) => right.prefix.prefixBits - left.prefix.prefixBits)[0];

export class Crawl {
  readonly #options: CrawlOptions;
  readonly #machines: CrawlMachines;
  readonly #known = new Set<Ipv4>();
  readonly #waiting: Ipv4[] = [];
  readonly #identities = new Set<string>();
  readonly #readings = new Map<Ipv4, SwitchReading>();
  readonly #silent: SilentSwitch[] = [];
  readonly #taken = new Map<Ipv4, number>();
  readonly #notes: ScanNote[] = [];
  #asked = 0;

  constructor(options: CrawlOptions) {
    this.#options = options;
    this.#machines = new CrawlMachines(options.endpoints ?? []);
    for (const { address, credentials } of options.taken ?? []) this.#taken.set(address, credentials);
    for (const seed of options.seeds) this.#add(seed, seed);
  }

  /** Whom to ask next; `undefined` when there is nobody, for now. */
  next(): CrawlTask | undefined {
    if (this.#asked >= this.#options.switches) return undefined;
    let address = this.#waiting.shift();
    // Meanwhile a switch may have said that this is one of its own.
    while (address !== undefined && this.#isOwn(address)) address = this.#waiting.shift();
    const allowed = address === undefined ? undefined : prefixOf(address, this.#options.prefixes);
    if (address === undefined || !allowed) return undefined;
    this.#asked++;
    const places = this.#placesOf(address, allowed.credentials.length);
    const credentials = places.flatMap((place) => allowed.credentials[place] ?? []);
    return { address, port: allowed.port, credentials, places };
  }

  /** Whether nobody has this identity yet; from now on somebody has. */
  claim(identity: string): boolean {
    if (this.#identities.has(identity)) return false;
    this.#identities.add(identity);
    return true;
  }

  /** @returns the address of the reading whose place this one takes; `"again"` when a better one is there; else nothing */
  take(address: Ipv4, reading: SwitchReading, place: number): Ipv4 | "again" | undefined {
    this.#taken.set(address, place);
    for (const gap of reading.gaps) if (isCut(gap.reason)) this.#note({ kind: "tableCut", address, gap });
    for (const neighbour of reading.neighbours)
      if (neighbour.isBridge !== false && !this.#machines.isOne(neighbour))
        for (const named of neighbour.addresses) this.#add(named, address);
    const same = [...this.#readings].find(([, other]) => isSame(other, reading));
    if (same && same[1].gaps.length <= reading.gaps.length) return "again";
    if (same) this.#readings.delete(same[0]);
    this.#readings.set(address, reading);
    return same?.[0];
  }

  takeSilence(address: Ipv4, reason: GapReason): void {
    this.#silent.push({ address, reason });
  }

  /** `ended`: why before everybody was asked. */
  finish(ended?: "deadline" | "aborted"): CrawlEnd {
    const left = this.#waiting.filter((address) => !this.#isOwn(address)).length;
    if (ended === "aborted") this.#notes.push({ kind: "aborted", left });
    else if (ended === "deadline") this.#notes.push({ kind: "limit", limit: "deadline", left });
    else if (left > 0) this.#notes.push({ kind: "limit", limit: "switches", left });
    return {
      // One that is silent at one of its addresses is not, when it answers at another.
      silent: this.#silent.filter(({ address }) => !this.#isOwn(address)),
      taken: [...this.#taken].map(([address, credentials]) => ({ address, credentials })),
      notes: this.#notes,
    };
  }

  #add(address: Ipv4, namedBy: Ipv4): void {
    if (this.#known.has(address)) return;
    this.#known.add(address);
    if (prefixOf(address, this.#options.prefixes)) this.#waiting.push(address);
    else this.#note({ kind: "outside", address, namedBy });
  }

  #note(note: ScanNote): void {
    if (this.#notes.length < MAX_NOTES) this.#notes.push(note);
  }

  #isOwn(address: Ipv4): boolean {
    for (const { ownAddresses } of this.#readings.values()) if (ownAddresses.includes(address)) return true;
    return false;
  }

  /** What it took the last time comes first. */
  #placesOf(address: Ipv4, count: number): readonly number[] {
    const places = Array.from({ length: count }, (_, place) => place);
    const last = this.#taken.get(address);
    return last === undefined ? places : places.toSorted((a, b) => Number(b === last) - Number(a === last));
  }
}

export type CrawlEnd = {
  readonly silent: readonly SilentSwitch[];
  readonly taken: readonly TakenCredentials[];
  readonly notes: readonly ScanNote[];
};

const isCut = (reason: GapReason): boolean =>
  reason === "loop" || reason === "rowLimit" || reason === "malformed";

/** Where the identity came too late or not at all: all MACs the same, and the name. */
function isSame(left: SwitchReading, right: SwitchReading): boolean {
  if (left.ownMacs.length === 0 || left.ownMacs.length !== right.ownMacs.length) return false;
  const macs = new Set(left.ownMacs);
  return left.system.name === right.system.name && right.ownMacs.every((mac) => macs.has(mac));
}
