/**
 * The thread that holds the database: SQL in, rows out, one after the other. A sync that the disk holds up
 * holds up nobody but those who wait for the rows.
 *
 * Imports `node:` modules only, so that the single binary can carry it as one small script.
 */
import { closeSync, openSync } from "node:fs";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

export type SqliteWorkerData = { readonly path: string };
export type SqliteJob =
  | {
      readonly kind: "query";
      readonly id: number;
      readonly text: string;
      readonly parameters: readonly SQLInputValue[];
    }
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
let database: DatabaseSync | undefined;

answer(0, () => {
  database = open((workerData as SqliteWorkerData).path);
  return NOTHING;
});
parentPort?.on("message", (job: SqliteJob) => {
  answer(job.id, () => (job.kind === "close" ? close() : query(job)));
});

function answer(id: number, work: () => SqliteRows): void {
  let told: SqliteAnswer;
  try {
    told = { id, ok: true, value: work() };
  } catch (fault) {
    const { message, errcode } = fault as Error & { errcode?: number };
    told = { id, ok: false, failure: { message, errcode } };
  }
  parentPort?.postMessage(told);
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
