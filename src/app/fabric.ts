/**
 * What is known of the wiring: scans when asked for, on schedule and before a deployment, one at a time; graphs made
 * anew when LLDP is heard; the last one is kept over restarts.
 *
 * Nobody waits for a scan who does not say for how long.
 */
import type { FabricChoice } from "#src/config/fabric.ts";
import type { RecordEvent } from "#src/events/event.ts";
import type { CablingFinding, ExpectedCabling } from "#src/fabric/cabling_types.ts";
import { checkCabling } from "#src/fabric/check.ts";
import { APPLIANCE, type FabricOutcome, type Witnesses } from "#src/fabric/fabric_messages.ts";
import type { FabricThread } from "#src/fabric/fabric_thread.ts";
import type { Fabric } from "#src/fabric/graph.ts";
import { newsOf } from "#src/fabric/scan_news.ts";
import type { FabricStore, KnownFabric, ScanRecord, ScanTrigger } from "#src/fabric/scan_record.ts";
import { type Ipv4, inSubnet } from "#src/value/ipv4.ts";
import { hasReadSwitches, nextKnown, type RunningScan, worthKeeping } from "./fabric_known.ts";

export type FabricServiceOptions = {
  readonly choice: FabricChoice;
  readonly thread: Pick<FabricThread, "scan" | "merge" | "mergeNews" | "abort" | "hasReadings" | "rest">;
  readonly store: FabricStore;
  readonly record: RecordEvent;
  readonly witnesses: () => Witnesses;
  /** There is another graph than before, or one from before the start. */
  readonly onGraph: (fabric: Fabric) => void;
  /** Wall clock, and one that nobody sets. */
  readonly wallMs: () => number;
  readonly nowMs: () => number;
  readonly onFault: (fault: unknown) => void;
};

/** Frames of a rack that is switched on come within a moment. */
const SETTLE_MS = 2000;
/** After the start: the appliance hears a switch within 30 s, and people want to see something before. */
const FIRST_SCAN_MS = 5000;
const HOUR_MS = 3_600_000;

type Begun = RunningScan & { readonly ended: Promise<KnownFabric> };
/** A scan that waits for the one that runs; one is enough for all who asked meanwhile. */
type Behind = { readonly seeds: Set<Ipv4>; isCancelled: boolean; readonly ended: Promise<KnownFabric> };

export class FabricService implements Disposable {
  readonly #options: FabricServiceOptions;
  #known: KnownFabric | undefined;
  /** Of its graph, when that was made since the start. */
  #digest: string | undefined;
  /** Of the graph that the store has. */
  #savedDigest: string | undefined;
  #running: Begun | undefined;
  #behind: Behind | undefined;
  #scannedAtMs: number | undefined;
  /** Of the scan before the last. */
  #scannedBefore: Fabric | undefined;
  #failure: { readonly atMs: number; readonly problem: string } | undefined;
  #settle: NodeJS.Timeout | undefined;
  #isMerging = false;
  #heardMeanwhile = false;
  #next: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: FabricServiceOptions) {
    this.#options = options;
    this.#known = options.store.latest();
    if (this.#known) options.onGraph(this.#known.fabric);
    this.#scheduleIn(FIRST_SCAN_MS, "start");
  }

  /** Nobody was asked and nothing was heard yet: undefined. */
  known(): KnownFabric | undefined {
    return this.#known;
  }

  /**
   * What is wrong with the cabling.
   *
   * @param expected how it should be; without it only what needs no file
   * @returns nothing known: undefined
   */
  check(expected: ExpectedCabling | undefined, unexpected: boolean): readonly CablingFinding[] | undefined {
    if (!this.#known) return undefined;
    const before = this.#scannedBefore;
    return checkCabling(this.#known.fabric, expected, { unexpected, appliance: APPLIANCE, before });
  }

  running(): RunningScan | undefined {
    return this.#running && { trigger: this.#running.trigger, startedAtMs: this.#running.startedAtMs };
  }

  /** Why the last scan failed, when it did. */
  failure(): { readonly atMs: number; readonly problem: string } | undefined {
    return this.#failure;
  }

  /** A whole sentence when a scan from there could do nothing. */
  whyNotScan(seeds: readonly Ipv4[]): string | undefined {
    const { prefixes } = this.#options.choice;
    const outside = seeds.find((seed) => !prefixes.some(({ prefix }) => inSubnet(seed, prefix)));
    return outside === undefined
      ? undefined
      : `Cannot ask ${outside}: it is in none of the prefixes of switches that the settings name`;
  }

  /** The newest first. */
  history(count: number): Promise<readonly ScanRecord[]> {
    return this.#options.store.records(count);
  }

  /**
   * Scans now. While one runs: who asks for it gets another one behind that, for a cable may just have been moved;
   * nobody else does.
   *
   * @param seeds beside those of the settings
   * @throws Error it was cancelled, or could not be carried out
   */
  scan(trigger: ScanTrigger, seeds: readonly Ipv4[] = []): Promise<KnownFabric> {
    if (this.#running)
      return trigger === "asked" ? this.#scanBehind(this.#running, seeds) : this.#running.ended;
    const startedAtMs = this.#options.wallMs();
    const ended = this.#scan({ trigger, startedAtMs }, seeds).finally(() => {
      this.#running = undefined;
      this.#scheduleIn((this.#options.choice.scanIntervalSec ?? 0) * 1000, "schedule");
    });
    this.#running = { trigger, startedAtMs, ended };
    return ended;
  }

  #scanBehind({ ended }: Begun, seeds: readonly Ipv4[]): Promise<KnownFabric> {
    this.#behind ??= this.#behindOf(ended);
    for (const seed of seeds) this.#behind.seeds.add(seed);
    return this.#behind.ended;
  }

  #behindOf(ended: Promise<KnownFabric>): Behind {
    const next = (): Promise<KnownFabric> => this.#scanNext(behind);
    const behind: Behind = { seeds: new Set(), isCancelled: false, ended: ended.then(next, next) };
    return behind;
  }

  #scanNext(behind: Behind): Promise<KnownFabric> {
    if (behind.isCancelled || this.#stopped) return Promise.reject(new Error("it was cancelled"));
    this.#behind = undefined;
    return this.scan("asked", [...behind.seeds]);
  }

  /** Also the one that waits behind it; who asks from now on gets another. @returns whether one ran */
  cancel(): boolean {
    if (!this.#running) return false;
    if (this.#behind) this.#behind.isCancelled = true;
    this.#behind = undefined;
    this.#options.thread.abort();
    return true;
  }

  /**
   * Sees to it that what is known is not older than an hour.
   *
   * @param waitMs what a scan may take of the caller's time; it goes on when that is over
   */
  async refresh(waitMs: number): Promise<void> {
    const { choice, nowMs } = this.#options;
    const ageMs = nowMs() - (this.#scannedAtMs ?? Number.NEGATIVE_INFINITY);
    if (choice.prefixes.length === 0 || ageMs < HOUR_MS) return;
    const { promise: waited, resolve } = Promise.withResolvers<void>();
    const limit = setTimeout(resolve, waitMs);
    // Whoever started it hears of its failure.
    const scanned = this.scan("deployment").then(
      () => undefined,
      () => undefined,
    );
    await Promise.race([scanned, waited]);
    clearTimeout(limit);
  }

  /** Somebody has heard other LLDP than before, or nodes have come or gone. */
  heard(): void {
    if (this.#stopped) return;
    // A graph may take longer than frames to come: one is made at a time, however many are heard.
    if (this.#isMerging) this.#heardMeanwhile = true;
    else this.#settle ??= setTimeout(() => void this.#merge(), SETTLE_MS).unref();
  }

  [Symbol.dispose](): void {
    this.#stopped = true;
    clearTimeout(this.#settle);
    clearTimeout(this.#next);
    this.#options.thread.abort();
  }

  #scheduleIn(delayMs: number, trigger: ScanTrigger): void {
    const { prefixes, scanIntervalSec } = this.#options.choice;
    clearTimeout(this.#next);
    if (this.#stopped || prefixes.length === 0) return;
    if (scanIntervalSec === undefined && trigger === "schedule") return;
    this.#next = setTimeout(() => void this.scan(trigger).catch(() => undefined), delayMs).unref();
  }

  async #scan(run: RunningScan, seeds: readonly Ipv4[]): Promise<KnownFabric> {
    const { choice, thread, witnesses, record, nowMs } = this.#options;
    try {
      const { machines, endpoints } = witnesses();
      await thread.scan({
        appliance: machines.find(({ name }) => name === APPLIANCE),
        endpoints,
        seeds: [...seeds, ...choice.seeds],
        prefixes: choice.prefixes,
        taken: this.#known?.taken,
      });
      // Out of memory in this very moment: another thread would make a graph of nothing.
      if (!thread.hasReadings) throw new Error("its thread has ended");
      // Nodes may have come since it began.
      const outcome = await thread.merge(witnesses());
      this.#scannedAtMs = nowMs();
      this.#failure = undefined;
      return this.#take(outcome, run);
    } catch (fault) {
      const problem = (fault as Error).message;
      this.#failure = { atMs: this.#options.wallMs(), problem };
      if (!this.#stopped) record({ kind: "fabricScanFailed", problem });
      throw fault;
    }
  }

  async #merge(): Promise<void> {
    this.#settle = undefined;
    if (this.#running) return this.heard();
    if (!this.#mayMerge()) return;
    this.#isMerging = true;
    try {
      await this.#mergeHeard();
    } catch (fault) {
      if (!this.#stopped) this.#options.onFault(fault);
    }
    this.#isMerging = false;
    if (this.#heardMeanwhile) this.heard();
    this.#heardMeanwhile = false;
  }

  /** Until a scan has ended after a start, the thread knows no switch that was read: a graph that has some says more. */
  #mayMerge(): boolean {
    const { choice, thread } = this.#options;
    if (choice.prefixes.length === 0 || thread.hasReadings) return true;
    return this.#failure !== undefined && !hasReadSwitches(this.#known?.fabric);
  }

  async #mergeHeard(): Promise<void> {
    const { choice, thread, witnesses, wallMs } = this.#options;
    const startedAtMs = wallMs();
    const outcome = await thread.mergeNews(witnesses(), this.#digest);
    if (outcome && !this.#stopped) this.#take(outcome, { trigger: "heard", startedAtMs });
    // It has nothing to remember where no switch is ever read.
    if (choice.prefixes.length === 0) await thread.rest();
  }

  #take(outcome: FabricOutcome, run: RunningScan): KnownFabric {
    const { choice, record, wallMs, onGraph } = this.#options;
    const before = this.#known;
    const kept = choice.prefixes.length > 0 ? worthKeeping(before, outcome) : outcome;
    const known = nextKnown(before, kept, { ...run, endedAtMs: wallMs() });
    this.#known = known;
    if (known.fabric !== before?.fabric) {
      if (run.trigger !== "heard") this.#scannedBefore = before?.fabric;
      this.#digest = outcome.digest;
      onGraph(known.fabric);
    }
    for (const event of newsOf(before, run.trigger, known)) record(event);
    if (known.record !== before?.record || known.fabric !== before.fabric) void this.#save(known);
    return known;
  }

  /** A graph that is as it was is not written each hour anew: the record says that it was scanned. */
  async #save(known: KnownFabric): Promise<void> {
    const { store, record } = this.#options;
    const digest = this.#digest;
    try {
      if (digest !== undefined && digest === this.#savedDigest) await store.saveRecord(known.record);
      else {
        await store.save(known);
        this.#savedDigest = digest;
      }
    } catch (fault) {
      const problem = `Cannot keep what is known of the fabric: ${(fault as Error).message}`;
      record({ kind: "storeFailed", problem });
    }
  }
}
