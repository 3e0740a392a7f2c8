/**
 * The threads of one import: some compress chunks, one follows the raw stream with its digest. They live as long as
 * the import: idle threads cost memory.
 */
import { availableParallelism } from "node:os";
import { getAsset, isSea } from "node:sea";
import { Worker } from "node:worker_threads";
import type { Compressed, ImportJob, ImportJobResult } from "./import_worker.ts";

/** Where `make build` puts the bundled worker inside the single binary. */
export const WORKER_ASSET = "images/import_worker.js";

/** One thread compresses a third of what unpacking one stream gives; more than these would only hold memory. */
const MAX_COMPRESSORS = 8;

/** A piece of the raw stream: the first `bytes` of shared memory, which nobody changes until both threads are done with it. */
export type RawPiece = { readonly buffer: SharedArrayBuffer; readonly bytes: number };

/** What a chunker asks of its threads. Everything rejects when a thread dies or they are closed meanwhile. */
export interface ImportThreads {
  readonly compressors: number;
  compress(piece: RawPiece): Promise<Compressed>;
  /** The piece comes next in the raw stream, `repeat` times. Resolves when it was read. */
  hash(piece: RawPiece, repeat?: number): Promise<void>;
  /** SHA-256 of all that was given to `hash`, 64 hex digits. */
  rawDigest(): Promise<string>;
}

type Waiting = {
  readonly job: ImportJob;
  readonly resolve: (result: ImportJobResult) => void;
  readonly reject: (error: Error) => void;
};

export class ImportWorkers implements ImportThreads {
  readonly #compressors: readonly WorkerLine[];
  readonly #hasher: WorkerLine;
  readonly #queue: Waiting[] = [];

  constructor(compressors: number = Math.min(availableParallelism(), MAX_COMPRESSORS)) {
    const onError = (error: Error): void => this.#fail(error);
    this.#compressors = Array.from(
      { length: compressors },
      () => new WorkerLine({ queue: this.#queue, onError }),
    );
    this.#hasher = new WorkerLine({ queue: [], onError });
  }

  get compressors(): number {
    return this.#compressors.length;
  }

  async compress({ buffer, bytes }: RawPiece): Promise<Compressed> {
    const { promise, waiting } = waitingFor({ kind: "compress", raw: buffer, rawBytes: bytes });
    this.#queue.push(waiting);
    this.#compressors.find((line) => line.isIdle)?.next();
    return (await promise) as Compressed;
  }

  async hash({ buffer, bytes }: RawPiece, repeat = 1): Promise<void> {
    await this.#hasher.ask({ kind: "hash", raw: buffer, rawBytes: bytes, repeat });
  }

  async rawDigest(): Promise<string> {
    return ((await this.#hasher.ask({ kind: "digest" })) as { readonly digest: string }).digest;
  }

  async close(): Promise<void> {
    const lines = [...this.#compressors, this.#hasher];
    this.#fail(new Error("The import's threads were stopped"));
    await Promise.all(lines.map((line) => line.close()));
  }

  #fail(error: Error): void {
    for (const line of [...this.#compressors, this.#hasher]) line.fail(error);
  }
}

/** One thread and the line of jobs that it takes from, one at a time. Several may take from one line. */
class WorkerLine {
  readonly #worker: Worker;
  readonly #queue: Waiting[];
  #running: Waiting | undefined;
  #failure: Error | undefined;

  constructor(from: { readonly queue: Waiting[]; readonly onError: (error: Error) => void }) {
    this.#queue = from.queue;
    this.#worker = startWorker();
    this.#worker.on("message", (result: ImportJobResult) => {
      const done = this.#running;
      this.#running = undefined;
      done?.resolve(result);
      this.next();
    });
    // Out of memory is the one way a worker ends; whoever waits for a piece must hear of it.
    this.#worker.on("error", (error) =>
      from.onError(error instanceof Error ? error : new Error(String(error))),
    );
  }

  get isIdle(): boolean {
    return this.#running === undefined;
  }

  ask(job: ImportJob): Promise<ImportJobResult> {
    const { promise, waiting } = waitingFor(job);
    this.#queue.push(waiting);
    if (this.isIdle) this.next();
    return promise;
  }

  next(): void {
    if (this.#failure) this.fail(this.#failure);
    this.#running = this.#queue.shift();
    if (this.#running) this.#worker.postMessage(this.#running.job);
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#running?.reject(error);
    this.#running = undefined;
    for (const waiting of this.#queue.splice(0)) waiting.reject(error);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

function waitingFor(job: ImportJob): {
  readonly promise: Promise<ImportJobResult>;
  readonly waiting: Waiting;
} {
  const { promise, resolve, reject } = Promise.withResolvers<ImportJobResult>();
  return { promise, waiting: { job, resolve, reject } };
}

const startWorker = (): Worker =>
  isSea()
    ? new Worker(getAsset(WORKER_ASSET, "utf8"), { eval: true, execArgv: [] })
    : // The flags of this process (`--eval` for instance) are not the worker's.
      new Worker(new URL("./import_worker.ts", import.meta.url), { execArgv: [] });
