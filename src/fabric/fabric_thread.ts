/** The thread that makes graphs, as the rest of the appliance sees it. Starts when it is needed first. */
import { getAsset, isSea } from "node:sea";
import { Worker } from "node:worker_threads";
import type {
  FabricOutcome,
  FabricReport,
  FabricTask,
  FabricTaskMessage,
  Witnesses,
} from "./fabric_messages.ts";

/** Where `make build` puts the bundled thread inside the single binary. */
export const FABRIC_ASSET = "fabric/fabric_worker.js";

/** Readings of the largest fabric that is scanned, and the graph of it. */
const HEAP_LIMITS = { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 512 } as const;

export type FabricThreadOptions = {
  /** For tests that end the thread. */
  readonly startWorker?: (() => Worker) | undefined;
};

type Asked = {
  readonly resolve: (outcome: FabricOutcome | undefined) => void;
  readonly reject: (fault: Error) => void;
};

export class FabricThread implements AsyncDisposable {
  readonly #startWorker: () => Worker;
  readonly #asked = new Map<number, Asked>();
  #worker: Worker | undefined;
  /** The one that ended a scan. */
  #scannedIn: Worker | undefined;
  #lastNumber = 0;
  #stopped = false;

  constructor({ startWorker = startFabricWorker }: FabricThreadOptions = {}) {
    this.#startWorker = startWorker;
  }

  /** Whether it has what switches said in a scan that ended: a thread that ended itself has forgotten. */
  get hasReadings(): boolean {
    return this.#worker !== undefined && this.#worker === this.#scannedIn;
  }

  /**
   * Reads switches, and keeps what they said for graphs to come.
   *
   * @throws Error the scan was cancelled, or the thread has ended, most likely for lack of memory; the next task starts another
   */
  async scan(task: Omit<Extract<FabricTask, { kind: "scan" }>, "kind">): Promise<void> {
    await this.#do({ ...task, kind: "scan" });
    this.#scannedIn = this.#worker;
  }

  /** Makes a graph. @throws Error the thread has ended */
  async merge(witnesses: Witnesses): Promise<FabricOutcome> {
    const outcome = await this.mergeNews(witnesses, undefined);
    if (!outcome) throw new Error("The thread that makes graphs made none");
    return outcome;
  }

  /**
   * Makes a graph.
   *
   * @param known digest of the graph that is known
   * @returns undefined: it is that one
   * @throws Error the thread has ended
   */
  mergeNews(witnesses: Witnesses, known: string | undefined): Promise<FabricOutcome | undefined> {
    return this.#do({ ...witnesses, known, kind: "merge" });
  }

  /** Ends the scan that runs, if any; its promise rejects. */
  abort(): void {
    this.#worker?.postMessage({ kind: "abort" } satisfies FabricTaskMessage);
  }

  /** Gives back its memory; what switches said last is forgotten. */
  async rest(): Promise<void> {
    const worker = this.#worker;
    if (this.#asked.size > 0) return;
    this.#worker = undefined;
    await worker?.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    this.#rejectAll("the appliance ends");
    await this.#worker?.terminate();
  }

  #do(task: FabricTask): Promise<FabricOutcome | undefined> {
    if (this.#stopped) return Promise.reject(new Error("the appliance ends"));
    const { promise, resolve, reject } = Promise.withResolvers<FabricOutcome | undefined>();
    const number = ++this.#lastNumber;
    this.#asked.set(number, { resolve, reject });
    this.#worker ??= this.#start();
    this.#worker.postMessage({ ...task, number } satisfies FabricTaskMessage);
    return promise;
  }

  #start(): Worker {
    const worker = this.#startWorker();
    let why = "its thread has ended";
    worker.unref();
    worker.on("message", (report: FabricReport) => this.#hear(report));
    worker.on("error", (fault) => {
      why = `its thread has ended: ${(fault as Error).message}`;
    });
    worker.on("exit", () => {
      // Another one may work already.
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#rejectAll(why);
    });
    return worker;
  }

  #hear(report: FabricReport): void {
    const asked = this.#asked.get(report.number);
    this.#asked.delete(report.number);
    if (report.kind === "done") asked?.resolve(report.outcome);
    else asked?.reject(new Error(report.problem));
  }

  #rejectAll(why: string): void {
    for (const { reject } of this.#asked.values()) reject(new Error(why));
    this.#asked.clear();
  }
}

function startFabricWorker(): Worker {
  const options = { execArgv: [], resourceLimits: HEAP_LIMITS };
  return isSea()
    ? new Worker(getAsset(FABRIC_ASSET, "utf8"), { ...options, eval: true })
    : new Worker(new URL("./fabric_worker.ts", import.meta.url), options);
}
