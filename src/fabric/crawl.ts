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

/** New addresses that one switch may name; none has so many neighbours that are switches. */
const MAX_NAMED = 1024;

const longestFirst = (prefixes: readonly ScanPrefix[]): readonly ScanPrefix[] =>
  prefixes.toSorted((left, right) => right.prefix.prefixBits - left.prefix.prefixBits);

/** @returns the prefix that says how `address` is asked; the longest one wins */
export const prefixOf = (address: Ipv4, prefixes: readonly ScanPrefix[]): ScanPrefix | undefined =>
  longestFirst(prefixes).find(({ prefix }) => inSubnet(address, prefix));

export class Crawl {
  readonly #options: CrawlOptions;
  readonly #machines: CrawlMachines;
  readonly #prefixes: readonly ScanPrefix[];
  readonly #known = new Set<Ipv4>();
  /** Of all that was read. */
  readonly #own = new Set<Ipv4>();
  readonly #waiting: Ipv4[] = [];
  /** So many of those had their turn. */
  #passed = 0;
  /** Named by one that names too many. */
  #dropped = 0;
  readonly #identities = new Set<string>();
  readonly #readings = new Map<string, Read>();
  readonly #silent: SilentSwitch[] = [];
  readonly #taken = new Map<Ipv4, number>();
  readonly #notes: ScanNote[] = [];
  #asked = 0;

  constructor(options: CrawlOptions) {
    this.#options = options;
    this.#prefixes = longestFirst(options.prefixes);
    this.#machines = new CrawlMachines(options.endpoints ?? []);
    for (const { address, credentials } of options.taken ?? []) this.#taken.set(address, credentials);
    for (const seed of options.seeds) this.#add(seed, seed);
  }

  /** Whom to ask next; `undefined` when there is nobody, for now. */
  next(): CrawlTask | undefined {
    if (this.#asked >= this.#options.switches) return undefined;
    let address = this.#waiting[this.#passed++];
    // Meanwhile a switch may have said that this is one of its own.
    while (address !== undefined && this.#own.has(address)) address = this.#waiting[this.#passed++];
    if (address === undefined) this.#passed = this.#waiting.length;
    const allowed = address === undefined ? undefined : this.#prefixOf(address);
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
    for (const own of reading.ownAddresses) this.#own.add(own);
    this.#addNeighbours(address, reading);
    // Where the identity came too late or not at all.
    const key = keyOf(reading) ?? address;
    const same = this.#readings.get(key);
    if (same && same.gaps <= reading.gaps.length) return "again";
    this.#readings.set(key, { address, gaps: reading.gaps.length });
    return same?.address;
  }

  #addNeighbours(address: Ipv4, { neighbours }: SwitchReading): void {
    const enough = this.#known.size + MAX_NAMED;
    for (const neighbour of neighbours) {
      if (neighbour.isBridge === false || this.#machines.isOne(neighbour)) continue;
      for (const named of neighbour.addresses)
        if (this.#known.size < enough) this.#add(named, address);
        else if (this.#isNews(named)) this.#dropped++;
    }
  }

  takeSilence(address: Ipv4, reason: GapReason): void {
    this.#silent.push({ address, reason });
  }

  /** `ended`: why before everybody was asked. */
  finish(ended?: "deadline" | "aborted"): CrawlEnd {
    const waiting = this.#waiting.slice(this.#passed).filter((address) => !this.#own.has(address));
    const left = waiting.length + this.#dropped;
    if (ended === "aborted") this.#notes.push({ kind: "aborted", left });
    else if (ended === "deadline") this.#notes.push({ kind: "limit", limit: "deadline", left });
    else if (left > 0) this.#notes.push({ kind: "limit", limit: "switches", left });
    return {
      // One that is silent at one of its addresses is not, when it answers at another.
      silent: this.#silent.filter(({ address }) => !this.#own.has(address)),
      taken: [...this.#taken].map(([address, credentials]) => ({ address, credentials })),
      notes: this.#notes,
    };
  }

  #add(address: Ipv4, namedBy: Ipv4): void {
    if (this.#known.has(address)) return;
    this.#known.add(address);
    if (this.#prefixOf(address)) this.#waiting.push(address);
    else this.#note({ kind: "outside", address, namedBy });
  }

  #isNews(address: Ipv4): boolean {
    return !this.#known.has(address) && !this.#own.has(address) && this.#prefixOf(address) !== undefined;
  }

  #note(note: ScanNote): void {
    if (this.#notes.length < MAX_NOTES) this.#notes.push(note);
  }

  #prefixOf(address: Ipv4): ScanPrefix | undefined {
    return this.#prefixes.find(({ prefix }) => inSubnet(address, prefix));
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

/** What the best reading of a switch is judged by. */
type Read = { readonly address: Ipv4; readonly gaps: number };

/** Two readings are of one switch when its name and all MAC addresses are the same; without any, nobody knows. */
const keyOf = ({ ownMacs, system }: SwitchReading): string | undefined =>
  ownMacs.length === 0 ? undefined : [system.name, ...ownMacs.toSorted()].join("\n");
