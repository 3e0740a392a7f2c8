/** Kysely over a {@link SqliteThread}: one connection, which transactions and queries take in turns. */
import type { SQLInputValue } from "node:sqlite";
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import type { SqliteThread } from "./sqlite_thread.ts";

export const dialectOver = (thread: SqliteThread): Dialect => ({
  createDriver: () => new SqliteDriver(thread),
  createAdapter: () => new SqliteAdapter(),
  createIntrospector: (db) => new SqliteIntrospector(db),
  createQueryCompiler: () => new SqliteQueryCompiler(),
});

class SqliteDriver implements Driver {
  readonly #thread: SqliteThread;
  readonly #connection: Connection;
  /** Settles when the connection is free for who comes next. */
  #free: Promise<void> = Promise.resolve();
  #release: () => void = () => {};

  constructor(thread: SqliteThread) {
    this.#thread = thread;
    this.#connection = new Connection(thread);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#free;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#free = promise;
    await before;
    this.#release = resolve;
    return this.#connection;
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin"));
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("commit"));
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("rollback"));
  }

  async releaseConnection(): Promise<void> {
    this.#release();
  }

  async destroy(): Promise<void> {
    await this.#thread.close();
  }
}

class Connection implements DatabaseConnection {
  readonly #thread: SqliteThread;

  constructor(thread: SqliteThread) {
    this.#thread = thread;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    // Kysely's types do not say what our rows hold; SQLite itself refuses what it cannot bind.
    const { rows, written } = await this.#thread.query(sql, parameters as readonly SQLInputValue[]);
    if (!written) return { rows: rows as R[] };
    return { rows: [], numAffectedRows: BigInt(written.changes), insertId: BigInt(written.insertId) };
  }

  // biome-ignore lint/correctness/useYield: Kysely wants a generator, and nothing here streams
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error("rows are not streamed: they come from another thread at once");
  }
}
