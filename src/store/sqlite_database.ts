/**
 * SQLite as Kysely wants it, over `node:sqlite` on a thread of its own.
 *
 * The database belongs to one process (exclusive lock): nobody can make the
 * appliance wait for a lock, and a second appliance on one folder is refused.
 */
import { Kysely } from "kysely";
import { StartError } from "#src/value/start_error.ts";
import { StorageError } from "#src/value/storage_error.ts";
import type { Schema } from "./schema.ts";
import { dialectOver } from "./sqlite_driver.ts";
import { SqliteThread } from "./sqlite_thread.ts";

/** `BGDB`: so that somebody else's database is not taken for ours. */
export const APPLICATION_ID = 0x42474442;

/** Result codes of sqlite3.h that a user can do something about. */
const SQLITE = { busy: 5, full: 13, notADatabase: 26 } as const;

export type OpenDatabase = {
  readonly db: Kysely<Schema>;
  /** Copies it, as it is at one moment, into a file that is not there yet. */
  readonly copyTo: (path: string) => Promise<void>;
  /** Finishes what was asked, and lets go of the file. */
  readonly close: () => Promise<void>;
};

/** @throws {StartError} it cannot be opened, is in use, or is no database */
export async function openDatabase(path: string): Promise<OpenDatabase> {
  try {
    const thread = await SqliteThread.open(path);
    const db = new Kysely<Schema>({ dialect: dialectOver(thread) });
    return { db, copyTo: (copy) => thread.copyTo(copy), close: () => thread.close() };
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
  const { code } = Object(fault) as { code?: unknown };
  const isNoSpace = code === "ENOSPC" || code === "EDQUOT";
  if (codeOf(fault) === undefined && !isNoSpace) return fault;
  if (codeOf(fault) === SQLITE.full || isNoSpace) {
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
