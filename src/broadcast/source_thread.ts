/**
 * The source in a thread of its own, so that gigabytes to nodes hold up no DHCP answer. Same questions as
 * {@link BroadcastSource}, asked by message; the main thread sees neither a socket nor a chunk.
 */
import { getAsset, isSea } from "node:sea";
import { setTimeout as pause } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { RecordEvent } from "#src/events/event.ts";
import { StartError } from "#src/value/start_error.ts";
import type { BroadcastOffer, OfferedImage, SourceControl } from "./source.ts";
import type {
  SourceAnswers,
  SourceReport,
  SourceTask,
  SourceTaskMessage,
  SourceWorkerData,
} from "./source_messages.ts";

/** Where `make build` puts the bundled thread inside the single binary. */
export const SOURCE_ASSET = "broadcast/source_worker.js";

/** A young generation of the usual size would be most of the thread's memory; what it moves is not on its heap. */
const HEAP_LIMITS = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 512 } as const;
const RESTART_MS = 500;

export type SourceThreadOptions = {
  /** `DATA/images`. */
  readonly directory: string;
  readonly record: RecordEvent;
  /** The thread has ended by itself, most likely for lack of memory. Another takes its place. */
  readonly onFault: (fault: unknown) => void;
  /** For tests that end the thread. */
  readonly startWorker?: ((data: SourceWorkerData) => Worker) | undefined;
};

type Asked = {
  readonly resolve: (answer: SourceAnswers[keyof SourceAnswers]) => void;
  readonly reject: (fault: Error) => void;
};

/** @see listen */
export class SourceThread implements SourceControl, AsyncDisposable {
  readonly #options: SourceThreadOptions;
  #worker: Worker;
  /** Settles when a thread that took the place of another serves what that one did. */
  #up: Promise<void> = Promise.resolve();
  readonly #asked = new Map<number, Asked>();
  #lastNumber = 0;
  /** For a thread that takes the place of one that ended. */
  readonly #endpoints: { readonly address: string; readonly port: number }[] = [];
  readonly #offers = new Map<string, BroadcastOffer>();
  /** What threads that ended had sent, by broadcast; without what left in their last moments. */
  readonly #sentBefore = new Map<string, number>();
  readonly #lastSent = new Map<string, number>();
  #stopped = false;

  private constructor(options: SourceThreadOptions) {
    this.#options = options;
    this.#worker = this.#start();
  }

  /** Starts the thread, and serves at `address`. @throws {StartError} the address cannot be bound */
  static async listen(
    options: SourceThreadOptions & { readonly address: string; readonly port: number },
  ): Promise<SourceThread> {
    const thread = new SourceThread(options);
    try {
      await thread.listenAt(options.address, options.port);
    } catch (fault) {
      await thread[Symbol.asyncDispose]();
      throw fault;
    }
    return thread;
  }

  /** Serves at one more of our addresses. @returns the port. @throws {StartError} it cannot be bound */
  async listenAt(address: string, port: number): Promise<number> {
    const bound = await this.#ask({ kind: "listen", address, port });
    this.#endpoints.push({ address, port: bound });
    return bound;
  }

  async open(offer: BroadcastOffer): Promise<OfferedImage> {
    const image = await this.#ask({ kind: "open", offer });
    this.#offers.set(nameOf(offer.broadcast), offer);
    return image;
  }

  close(broadcast: Uint8Array): void {
    const name = nameOf(broadcast);
    for (const kept of [this.#offers, this.#sentBefore, this.#lastSent]) kept.delete(name);
    // A thread that ended has closed it already.
    this.#ask({ kind: "close", broadcast }).catch(() => undefined);
  }

  async sentBytes(broadcast: Uint8Array): Promise<number> {
    const name = nameOf(broadcast);
    const since = await this.#ask({ kind: "sentBytes", broadcast });
    const total = (this.#sentBefore.get(name) ?? 0) + since;
    if (this.#offers.has(name)) this.#lastSent.set(name, total);
    return total;
  }

  /** Lets go of the chunks in memory. */
  async release(): Promise<void> {
    await this.#ask({ kind: "release" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.#askNow({ kind: "stop" }).catch(() => undefined);
    await this.#worker.terminate();
  }

  #start(): Worker {
    const { directory, onFault, startWorker = startSourceWorker } = this.#options;
    const worker = startWorker({ directory });
    worker.on("message", (report: SourceReport) => this.#hear(report));
    worker.on("error", onFault);
    worker.on("exit", () => {
      this.#rejectAll(new Error("The thread that feeds nodes has ended"));
      if (!this.#stopped) this.#up = this.#restart();
    });
    return worker;
  }

  #hear(report: SourceReport): void {
    if (report.kind === "event") {
      this.#options.record(report.event);
      return;
    }
    const asked = this.#asked.get(report.number);
    this.#asked.delete(report.number);
    if (report.kind === "done") asked?.resolve(report.answer);
    else asked?.reject(report.isStartError ? new StartError(report.problem) : new Error(report.problem));
  }

  async #ask<Task extends SourceTask>(task: Task): Promise<SourceAnswers[Task["kind"]]> {
    await this.#up;
    return await this.#askNow(task);
  }

  #askNow<Task extends SourceTask>(task: Task): Promise<SourceAnswers[Task["kind"]]> {
    const { promise, resolve, reject } = Promise.withResolvers<SourceAnswers[Task["kind"]]>();
    const number = ++this.#lastNumber;
    this.#asked.set(number, { resolve: resolve as Asked["resolve"], reject });
    this.#worker.postMessage({ ...task, number } satisfies SourceTaskMessage);
    return promise;
  }

  /** Nodes ask again by themselves; what was open is open again before they do. */
  async #restart(): Promise<void> {
    for (const [name, bytes] of this.#lastSent) this.#sentBefore.set(name, bytes);
    await pause(RESTART_MS);
    if (this.#stopped) return;
    this.#worker = this.#start();
    try {
      for (const endpoint of this.#endpoints) await this.#askNow({ kind: "listen", ...endpoint });
      for (const offer of this.#offers.values()) await this.#askNow({ kind: "open", offer });
    } catch (fault) {
      this.#options.onFault(fault);
      // Its end brings the next try.
      await this.#worker.terminate();
    }
  }

  #rejectAll(fault: Error): void {
    for (const { reject } of this.#asked.values()) reject(fault);
    this.#asked.clear();
  }
}

const nameOf = (broadcast: Uint8Array): string => Buffer.from(broadcast).toString("hex");

function startSourceWorker(workerData: SourceWorkerData): Worker {
  const options = { execArgv: [], resourceLimits: HEAP_LIMITS, workerData };
  return isSea()
    ? new Worker(getAsset(SOURCE_ASSET, "utf8"), { ...options, eval: true })
    : new Worker(new URL("./source_worker.ts", import.meta.url), options);
}
