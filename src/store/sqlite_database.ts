/**
 * SQLite as Kysely wants it, over `node:sqlite`.
 *
 * The database belongs to one process (exclusive lock): nobody can make the
 * appliance wait for a lock, and a second appliance on one folder is refused.
 */
import { closeSync, openSync } from "node:fs";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { Kysely, SqliteDialect } from "kysely";
import { StartError } from "#src/value/start_error.ts";
import { StorageError } from "#src/value/storage_error.ts";
import type { Schema } from "./schema.ts";

/** `BGDB`: so that somebody else's database is not taken for ours. */
export const APPLICATION_ID = 0x42474442;

/** Result codes of sqlite3.h that a user can do something about. */
const SQLITE = { busy: 5, full: 13, notADatabase: 26 } as const;

export type OpenDatabase = { readonly raw: DatabaseSync; readonly db: Kysely<Schema> };

/** @throws {StartError} it cannot be opened, is in use, or is no database */
export function openDatabase(path: string): OpenDatabase {
  try {
    // Made by us first, so that it and the log beside it are readable by the service only.
    closeSync(openSync(path, "a", 0o600));
    const raw = new DatabaseSync(path, { timeout: 0 });
    raw.exec(
      "pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;",
    );
    // Takes the lock now instead of at the first write.
    raw.exec("begin immediate; commit;");
    return { raw, db: new Kysely<Schema>({ dialect: dialectOver(raw) }) };
  } catch (fault) {
    throw new StartError(`Cannot open "${path}": ${whyNotOpened(fault)}`, { cause: fault });
  }
}

function whyNotOpened(fault: unknown): string {
  const code = codeOf(fault);
  if (code === SQLITE.busy) return "another Brigade is using it; stop that one first";
  if (code === SQLITE.notADatabase) return "it is not a Brigade database, or it is damaged";
  if (code === SQLITE.full) return "the disk is full; free some space";
  return textOf(fault);
}

/** What a failed write is to those above: a message with the file in it. What the write itself threw stays as it is. */
export function storageError(path: string, fault: unknown): unknown {
  if (codeOf(fault) === undefined) return fault;
  if (codeOf(fault) === SQLITE.full) {
    const message = `Cannot write "${path}": the disk is full; free some space and try again`;
    return new StorageError("diskFull", message, { cause: fault });
  }
  return new StorageError("failed", `Cannot write "${path}": ${textOf(fault)}`, { cause: fault });
}

/** The primary result code: the low byte of the extended one. */
const codeOf = (fault: unknown): number | undefined => {
  const { errcode } = Object(fault) as { errcode?: unknown };
  return typeof errcode === "number" ? errcode & 0xff : undefined;
};

const textOf = (fault: unknown): string => (fault instanceof Error ? fault.message : String(fault));

function dialectOver(raw: DatabaseSync): SqliteDialect {
  // SQLite has rolled back by itself when the disk is full; a second time would hide the reason.
  const isDone = (text: string): boolean => text === "rollback" && !raw.isTransaction;
  return new SqliteDialect({
    database: {
      close: () => raw.close(),
      prepare: (text) => asKyselyStatement(raw.prepare(isDone(text) ? "select 1" : text)),
    },
  });
}

const asKyselyStatement = (statement: StatementSync) => ({
  reader: statement.columns().length > 0,
  all: (parameters: readonly unknown[]): unknown[] => statement.all(...inputs(parameters)),
  run: (parameters: readonly unknown[]) => statement.run(...inputs(parameters)),
  iterate: (parameters: readonly unknown[]) => statement.iterate(...inputs(parameters)),
});

/** Kysely's types do not say what our rows hold; SQLite itself refuses what it cannot bind. */
const inputs = (parameters: readonly unknown[]): SQLInputValue[] => parameters as SQLInputValue[];
