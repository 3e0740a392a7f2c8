/** A service of the fabric on a clock and a thread that tests turn by hand. */
import { afterEach, beforeEach, vi } from "vitest";
import { FabricService, type FabricServiceOptions } from "#src/app/fabric.ts";
import type { FabricChoice } from "#src/config/fabric.ts";
import type { ApplianceEvent } from "#src/events/event.ts";
import type { FabricOutcome } from "#src/fabric/fabric_messages.ts";
import type { KnownFabric, ScanRecord } from "#src/fabric/scan_record.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { madeFabric } from "#test/fabric/made_fabric.ts";

const CHOICE: FabricChoice = {
  seeds: ["10.0.0.1" as Ipv4],
  prefixes: [{ prefix: { network: "10.0.0.0" as Ipv4, prefixBits: 24 }, credentials: [] }],
  scanIntervalSec: 600,
};
export const outcomeAt = (port: string): FabricOutcome => ({
  fabric: madeFabric({ at: { node1: `leaf1/${port}` } }),
  digest: port,
  ...{ read: 1, silent: [], notes: [], taken: [], gaps: [] },
});
export const NOTHING: FabricOutcome = {
  ...outcomeAt("1"),
  fabric: madeFabric({}),
  digest: "nothing",
  read: 0,
};
/** As the store has it after a restart. */
export const stored = (): KnownFabric =>
  ({ ...outcomeAt("1"), record: { id: 7, silent: [], notes: [], gaps: [] } }) as never;

/** A thread whose scans end when they are told to. */
export class FakeThread {
  hasReadings = false;
  port = "1";
  /** Of a scan that no switch answers. */
  isDeserted = false;
  merges = 0;
  /** Where merges have to wait. */
  gate: Promise<void> | undefined;
  readonly scans: PromiseWithResolvers<void>[] = [];
  readonly tasks: Parameters<FabricServiceOptions["thread"]["scan"]>[0][] = [];

  scan: FabricServiceOptions["thread"]["scan"] = async (task) => {
    const scan = Promise.withResolvers<void>();
    this.scans.push(scan);
    this.tasks.push(task);
    await scan.promise;
    this.hasReadings = true;
  };
  merge = async (): Promise<FabricOutcome> => {
    this.merges++;
    await this.gate;
    return this.isDeserted || !this.hasReadings ? { ...NOTHING } : outcomeAt(this.port);
  };
  mergeNews: FabricServiceOptions["thread"]["mergeNews"] = async (_, known) => {
    const outcome = await this.merge();
    return outcome.digest === known ? undefined : outcome;
  };
  rests = 0;
  rest = async (): Promise<void> => {
    this.rests++;
  };
  abort = (): void => this.scans.at(-1)?.reject(new Error("it was cancelled"));
}

/** With a fresh service for each test of the file. */
export class FabricKit {
  thread = new FakeThread();
  events: ApplianceEvent[] = [];
  saved: KnownFabric[] = [];
  savedRecords: ScanRecord[] = [];
  isDiskFull = false;
  graphs = 0;
  #service: FabricService | undefined;

  constructor() {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
      this.thread = new FakeThread();
      this.events = [];
      this.saved = [];
      this.savedRecords = [];
      this.isDiskFull = false;
      this.graphs = 0;
    });
    afterEach(async () => {
      this.#service?.[Symbol.dispose]();
      await settle();
      vi.useRealTimers();
    });
  }

  start(choice: Partial<FabricChoice> = {}, latest?: KnownFabric): FabricService {
    this.#service?.[Symbol.dispose]();
    this.#service = new FabricService({
      choice: { ...CHOICE, ...choice },
      thread: this.thread,
      store: {
        latest: () => latest,
        records: async () => [],
        save: async (known) => {
          if (this.isDiskFull) throw new Error("no space left");
          this.saved.push(known);
        },
        saveRecord: async (record) => void this.savedRecords.push(record),
      },
      record: (event) => void this.events.push(event),
      witnesses: () => ({
        machines: [],
        endpoints: [{ name: "node1", macs: [], addresses: ["10.0.0.7" as Ipv4] }],
      }),
      onGraph: () => {
        this.graphs++;
      },
      wallMs: Date.now,
      nowMs: () => performance.now(),
      onFault: (fault) => {
        throw fault;
      },
    });
    return this.#service;
  }

  /** The scan that was begun last ends well. */
  async finish(): Promise<void> {
    this.thread.scans.at(-1)?.resolve();
    await settle();
  }
}

export const settle = () => vi.advanceTimersByTimeAsync(0);
