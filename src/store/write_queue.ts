import { type Kysely, sql, type Transaction } from "kysely";
import { StorageError } from "#src/value/storage_error.ts";
import type { Schema } from "./schema.ts";
import type { ReachWrite, WriteName } from "./write_names.ts";

/** What one write does. May run twice, so it touches nothing but the transaction. */
export type Work<T> = (transaction: Transaction<Schema>) => Promise<T>;

/** Writes that come within this time share one fsync. */
const COLLECT_MS = 3;
/** Keeps one transaction short: who reads waits for as long. */
const MAX_BATCH = 500;

type Waiting = {
  readonly name: WriteName;
  readonly work: Work<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (fault: unknown) => void;
};

/**
 * The only way to write to the database. Writes are collected for a few
 * milliseconds and committed together, in the order they came, so that
 * hundreds of leases cost one fsync; each promise settles after the COMMIT
 * that holds it. A write that fails does not take its neighbours along.
 */
export class WriteQueue {
  readonly #db: Kysely<Schema>;
  readonly #asError: (fault: unknown) => unknown;
  readonly #reach: ReachWrite;
  #waiting: Waiting[] = [];
  #behind: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #closed = false;

  /** @param reach for tests that kill the process at a write */
  constructor(db: Kysely<Schema>, asError: (fault: unknown) => unknown, reach: ReachWrite = () => {}) {
    this.#db = db;
    this.#asError = asError;
    this.#reach = reach;
  }

  /** @throws {StorageError} nothing of `work` was stored; or what `work` threw */
  write<T>(name: WriteName, work: Work<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new StorageError("failed", "Cannot write: the store is closed"));
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.push({ name, work, resolve, reject });
    this.#timer ??= setTimeout(() => void this.#flush(), COLLECT_MS);
    return promise as Promise<T>;
  }

  /**
   * For what nobody waits for: goes behind all other writes, and is not synced. It survives the process at
   * once, and a loss of power after the next write of the other kind.
   *
   * @throws what {@link write} throws
   */
  writeBehind<T>(name: WriteName, work: Work<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new StorageError("failed", "Cannot write: the store is closed"));
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#behind.push({ name, work, resolve, reject });
    this.#timer ??= setTimeout(() => void this.#flush(), COLLECT_MS);
    return promise as Promise<T>;
  }

  /** Refuses new writes and resolves when the others are settled. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#flush();
  }

  #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running = this.#running.then(() => this.#writeAll());
    return this.#running;
  }

  async #writeAll(): Promise<void> {
    for (;;) {
      await this.#writeWaiting();
      const behind = this.#behind.shift();
      if (!behind) return;
      await this.#writeUnsynced(behind);
    }
  }

  async #writeUnsynced(one: Waiting): Promise<void> {
    await sql`pragma synchronous = normal`.execute(this.#db);
    const outcome = await this.#commit([one]);
    await sql`pragma synchronous = full`.execute(this.#db);
    if (!outcome.ok) this.#refuse([one], outcome.fault);
  }

  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, MAX_BATCH);
      const outcome = await this.#commit(batch);
      if (outcome.ok) continue;
      if (batch.length === 1) this.#refuse(batch, outcome.fault);
      else await this.#commitOneByOne(batch);
    }
  }

  /** One of them cannot be written: each alone shows which. */
  async #commitOneByOne(batch: readonly Waiting[]): Promise<void> {
    for (const one of batch) {
      const outcome = await this.#commit([one]);
      if (!outcome.ok) this.#refuse([one], outcome.fault);
    }
  }

  async #commit(batch: readonly Waiting[]): Promise<{ ok: true } | { ok: false; fault: unknown }> {
    const results: unknown[] = [];
    try {
      await this.#db.transaction().execute(async (transaction) => {
        for (const { work } of batch) results.push(await work(transaction));
        for (const { name } of batch) this.#reach(name, "before");
      });
    } catch (fault) {
      return { ok: false, fault };
    }
    for (const { name } of batch) this.#reach(name, "after");
    for (const [index, { resolve }] of batch.entries()) resolve(results[index]);
    return { ok: true };
  }

  #refuse(batch: readonly Waiting[], fault: unknown): void {
    for (const { reject } of batch) reject(this.#asError(fault));
  }
}
