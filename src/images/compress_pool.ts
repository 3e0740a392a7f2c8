/**
 * Compresses pieces of a raw stream on all cores. One pool lives as long as one import: idle threads cost memory.
 */
import { availableParallelism } from "node:os";
import { getAsset, isSea } from "node:sea";
import { Worker } from "node:worker_threads";
import type { CompressJob, CompressResult } from "./compress_worker.ts";

/** Where `make build` puts the bundled worker inside the single binary. */
export const WORKER_ASSET = "images/compress_worker.js";

const LEVEL = 3;

/** A 4 MiB buffer with its fill, on its way to a worker. */
export type RawPiece = { readonly buffer: ArrayBuffer; readonly bytes: number };
export type StoredPiece = {
  /** The piece's buffer, free again. */
  readonly buffer: ArrayBuffer;
  readonly stored: Uint8Array;
  readonly digest: string;
};

type Waiting = { readonly resolve: (piece: StoredPiece) => void; readonly reject: (error: Error) => void };

export class CompressPool {
  readonly #workers: readonly Worker[];
  readonly #idle: Worker[];
  readonly #queue: { readonly piece: RawPiece; readonly waiting: Waiting }[] = [];
  readonly #running = new Map<Worker, Waiting>();
  #closed = false;

  constructor(threads: number = availableParallelism()) {
    this.#workers = Array.from({ length: threads }, () => this.#start());
    this.#idle = [...this.#workers];
  }

  get threads(): number {
    return this.#workers.length;
  }

  /** Rejects when the pool is closed meanwhile. */
  compress(piece: RawPiece): Promise<StoredPiece> {
    const { promise, resolve, reject } = Promise.withResolvers<StoredPiece>();
    this.#queue.push({ piece, waiting: { resolve, reject } });
    this.#next();
    return promise;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#fail(new Error("The compression was stopped"));
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #start(): Worker {
    const worker = isSea()
      ? new Worker(getAsset(WORKER_ASSET, "utf8"), { eval: true, execArgv: [] })
      : // The flags of this process (`--eval` for instance) are not the worker's.
        new Worker(new URL("./compress_worker.ts", import.meta.url), { execArgv: [] });
    worker.on("message", (result: CompressResult) => {
      const waiting = this.#running.get(worker);
      this.#running.delete(worker);
      this.#idle.push(worker);
      waiting?.resolve({ buffer: result.raw, stored: result.stored, digest: result.digest });
      this.#next();
    });
    // Out of memory is the one way a worker ends; whoever waits for a piece must hear of it.
    worker.on("error", (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    return worker;
  }

  #next(): void {
    if (this.#closed || this.#queue.length === 0) return;
    const worker = this.#idle.pop();
    const job = worker && this.#queue.shift();
    if (!job) return;
    this.#running.set(worker, job.waiting);
    const message: CompressJob = { raw: job.piece.buffer, rawBytes: job.piece.bytes, level: LEVEL };
    worker.postMessage(message, [job.piece.buffer]);
  }

  #fail(error: Error): void {
    for (const waiting of this.#running.values()) waiting.reject(error);
    for (const job of this.#queue.splice(0)) job.waiting.reject(error);
    this.#running.clear();
  }
}
