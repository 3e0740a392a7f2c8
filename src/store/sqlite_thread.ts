/** The side of the event loop of {@link file://./sqlite_worker.ts}: asks, and settles promises when answers come. */
import { getAsset, isSea } from "node:sea";
import type { SQLInputValue } from "node:sqlite";
import { Worker } from "node:worker_threads";
import type {
  SqliteAnswer,
  SqliteFailure,
  SqliteJob,
  SqliteRows,
  SqliteWorkerData,
} from "./sqlite_worker.ts";

/** Where `make build` puts the bundled worker inside the single binary. */
export const WORKER_ASSET = "store/sqlite_worker.js";

type Waiting = { readonly resolve: (rows: SqliteRows) => void; readonly reject: (fault: unknown) => void };

/** What SQLite refused, or the system while the file was opened. */
export class SqliteError extends Error {
  /** The extended result code of sqlite3.h, when SQLite itself refused. */
  readonly errcode: number | undefined;

  constructor({ message, errcode }: SqliteFailure) {
    super(message);
    this.errcode = errcode;
  }
}

const OPENING = 0;

export class SqliteThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = OPENING;
  #closing: Promise<void> | undefined;
  #ended: Error | undefined;

  private constructor(path: string) {
    this.#worker = startWorker({ path });
    this.#worker.on("message", (told: SqliteAnswer) => this.#settle(told));
    this.#worker.on("error", (fault) => this.#end(fault instanceof Error ? fault : new Error(String(fault))));
    this.#worker.on("exit", () => this.#end(new Error("the database was closed")));
  }

  /** Opens the database and takes its lock. @throws {SqliteError} */
  static async open(path: string): Promise<SqliteThread> {
    const thread = new SqliteThread(path);
    try {
      await thread.#answerTo(OPENING);
      return thread;
    } catch (fault) {
      await thread.#worker.terminate();
      throw fault;
    }
  }

  /** Runs one statement; statements run in the order in which they were asked. @throws {SqliteError} */
  query(text: string, parameters: readonly SQLInputValue[] = []): Promise<SqliteRows> {
    if (this.#closing !== undefined) return Promise.reject(new Error("the database was closed"));
    return this.#ask({ kind: "query", id: ++this.#lastId, text, parameters });
  }

  /** Copies the database, as it is at one moment, into a file that is not there yet. Others go on meanwhile. @throws {SqliteError} */
  async copyTo(path: string): Promise<void> {
    if (this.#closing !== undefined) throw new Error("the database was closed");
    await this.#ask({ kind: "copy", id: ++this.#lastId, path });
  }

  /** Finishes what was asked, and lets go of the file. */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    try {
      await this.#ask({ kind: "close", id: ++this.#lastId });
    } catch (fault) {
      // A thread that has ended has let go of the file as well.
      if (!this.#ended) throw fault;
    } finally {
      await this.#worker.terminate();
    }
  }

  #ask(job: SqliteJob): Promise<SqliteRows> {
    if (this.#ended) return Promise.reject(this.#ended);
    const answer = this.#answerTo(job.id);
    this.#worker.postMessage(job);
    return answer;
  }

  #answerTo(id: number): Promise<SqliteRows> {
    const { promise, resolve, reject } = Promise.withResolvers<SqliteRows>();
    this.#waiting.set(id, { resolve, reject });
    // An idle thread does not keep a process alive; one that owes an answer does.
    this.#worker.ref();
    return promise;
  }

  #settle(told: SqliteAnswer): void {
    const waiting = this.#waiting.get(told.id);
    this.#waiting.delete(told.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (told.ok) waiting?.resolve(told.value);
    else waiting?.reject(new SqliteError(told.failure));
  }

  /** Out of memory is the one way it ends before it was closed. */
  #end(fault: Error): void {
    this.#ended ??= fault;
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}

function startWorker(workerData: SqliteWorkerData): Worker {
  const options = { workerData, execArgv: [], stdout: false, stderr: false };
  return isSea()
    ? new Worker(getAsset(WORKER_ASSET, "utf8"), { ...options, eval: true })
    : // The flags of this process (`--eval` for instance) are not the worker's.
      new Worker(new URL("./sqlite_worker.ts", import.meta.url), options);
}
