/** Starts scans of the fabric, each in a thread of its own, one at a time. */
import { getAsset, isSea } from "node:sea";
import { Worker } from "node:worker_threads";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { CrawlOrder, CrawlReport, CrawlWorkerData } from "./crawl_worker.ts";
import type { SwitchReading } from "./reading.ts";
import type { ScanOptions, ScanResult } from "./scan_types.ts";

/** Where `make build` puts the bundled thread inside the single binary. */
export const CRAWL_ASSET = "fabric/crawl_worker.js";

/** From the order to end until the thread is ended; what it had read until then counts. */
const ABORT_MS = 5000;

/** What 16 switches may fill at most, and what is made of it. */
const HEAP_LIMITS = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 512 } as const;

export type ScannerOptions = {
  /** For tests that end the thread. */
  readonly startWorker?: ((data: CrawlWorkerData) => Worker) | undefined;
};

/** One a process: its limit of requests on their way is that of a scan. */
export class FabricScanner {
  readonly #startWorker: (data: CrawlWorkerData) => Worker;
  #last: Promise<unknown> = Promise.resolve();

  constructor({ startWorker = startCrawlWorker }: ScannerOptions = {}) {
    this.#startWorker = startWorker;
  }

  /**
   * Reads the switches that can be reached from the seeds. Waits for the scan before it.
   *
   * @returns what was found, whatever switches do; partial, with a note, when it was aborted or its time was up
   */
  scan(options: ScanOptions): Promise<ScanResult> {
    const scanned = this.#last.then(() => this.#scan(options));
    this.#last = scanned.catch(() => undefined);
    return scanned;
  }

  #scan({ signal, ...data }: ScanOptions): Promise<ScanResult> {
    const worker = this.#startWorker(data);
    const { promise, resolve } = Promise.withResolvers<ScanResult>();
    const readings = new Map<Ipv4 | undefined, SwitchReading>();
    const finish = (end: Omit<ScanResult, "readings">): void =>
      resolve({ readings: [...readings.values()], ...end });
    let ending: NodeJS.Timeout | undefined;
    const abort = (): void => {
      worker.postMessage({ kind: "abort" } satisfies CrawlOrder);
      ending ??= setTimeout(() => void worker.terminate(), ABORT_MS).unref();
    };
    worker.on("message", (report: CrawlReport) => {
      if (report.kind === "done") {
        finish(report.end);
        return;
      }
      if (report.replaces !== undefined) readings.delete(report.replaces);
      readings.set(report.reading.address, report.reading);
    });
    // For want of memory, as a rule; the note that follows says it.
    worker.on("error", () => undefined);
    worker.on("exit", () => {
      clearTimeout(ending);
      signal.removeEventListener("abort", abort);
      finish({ silent: [], taken: [], notes: [{ kind: "threadEnded" }] });
    });
    signal.addEventListener("abort", abort);
    if (signal.aborted) abort();
    return promise;
  }
}

function startCrawlWorker(workerData: CrawlWorkerData): Worker {
  const options = { execArgv: [], resourceLimits: HEAP_LIMITS, workerData };
  return isSea()
    ? new Worker(getAsset(CRAWL_ASSET, "utf8"), { ...options, eval: true })
    : new Worker(new URL("./crawl_worker.ts", import.meta.url), options);
}
