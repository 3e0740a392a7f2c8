/**
 * The thread that holds the database: SQL in, rows out, one after the other. A sync that the disk holds up
 * holds up nobody but those who wait for the rows.
 *
 * Imports `node:` modules only, so that the single binary can carry it as one small script.
 */
import { closeSync, openSync } from "node:fs";
import { backup, DatabaseSync, type SQLInputValue } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";

export type SqliteWorkerData = { readonly path: string };
export type SqliteJob =
  | {
      readonly kind: "query";
      readonly id: number;
      readonly text: string;
      readonly parameters: readonly SQLInputValue[];
    }
  /** Into a new file, while others go on to read and write. */
  | { readonly kind: "copy"; readonly id: number; readonly path: string }
  | { readonly kind: "close"; readonly id: number };
/** `written`: of a statement that gives no rows. */
export type SqliteRows = {
  readonly rows: readonly unknown[];
  readonly written?: { readonly changes: number | bigint; readonly insertId: number | bigint };
};
/** `errcode`: the extended result code of sqlite3.h, when SQLite itself refused. */
export type SqliteFailure = { readonly message: string; readonly errcode: number | undefined };
/** To the job with the same number; 0 is the opening. */
export type SqliteAnswer = { readonly id: number } & (
  | { readonly ok: true; readonly value: SqliteRows }
  | { readonly ok: false; readonly failure: SqliteFailure }
);

const NOTHING: SqliteRows = { rows: [] };
/** Pages that are copied before the next statement has its turn: a quarter of a MiB. */
const COPY_PAGES = 64;
let database: DatabaseSync | undefined;

answer(0, () => {
  database = open((workerData as SqliteWorkerData).path);
  return NOTHING;
});
parentPort?.on("message", (job: SqliteJob) => {
  if (job.kind === "copy") void copy(job);
  else answer(job.id, () => (job.kind === "close" ? close() : query(job)));
});

function answer(id: number, work: () => SqliteRows): void {
  try {
    tell({ id, ok: true, value: work() });
  } catch (fault) {
    tell(refusal(id, fault));
  }
}

function tell(told: SqliteAnswer): void {
  parentPort?.postMessage(told);
}

function refusal(id: number, fault: unknown): SqliteAnswer {
  const { message, errcode } = fault as Error & { errcode?: number };
  return { id, ok: false, failure: { message, errcode } };
}

/**
 * A copy cannot begin within a transaction: Node then rejects with "not an error" and has written nothing. Our
 * transactions are short.
 */
async function tryToCopy(path: string): Promise<boolean> {
  if (!database) throw new Error("the database is not open");
  if (database.isTransaction) return false;
  try {
    await backup(database, path, { rate: COPY_PAGES });
    return true;
  } catch (fault) {
    if ((fault as { readonly errcode?: number }).errcode !== 0) throw fault;
    return false;
  }
}

async function copy({ id, path }: Extract<SqliteJob, { kind: "copy" }>): Promise<void> {
  try {
    closeSync(openSync(path, "ax", 0o600));
    while (!(await tryToCopy(path))) await setImmediate();
    tell({ id, ok: true, value: NOTHING });
  } catch (fault) {
    tell(refusal(id, fault));
  }
}

function open(path: string): DatabaseSync {
  // Made by us first, so that it and the log beside it are readable by the service only.
  closeSync(openSync(path, "a", 0o600));
  const opened = new DatabaseSync(path, { timeout: 0 });
  opened.exec(
    "pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;",
  );
  // Takes the lock now instead of at the first write.
  opened.exec("begin immediate; commit;");
  return opened;
}

function query({ text, parameters }: Extract<SqliteJob, { kind: "query" }>): SqliteRows {
  if (!database) throw new Error("the database is not open");
  // SQLite has rolled back by itself when the disk is full; a second time would hide the reason.
  if (text === "rollback" && !database.isTransaction) return NOTHING;
  const statement = database.prepare(text);
  if (statement.columns().length > 0) return { rows: statement.all(...parameters) };
  const { changes, lastInsertRowid } = statement.run(...parameters);
  return { rows: [], written: { changes, insertId: lastInsertRowid } };
}

function close(): SqliteRows {
  database?.close();
  database = undefined;
  return NOTHING;
}
