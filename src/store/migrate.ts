import type { DatabaseSync } from "node:sqlite";
import type { Kysely } from "kysely";
import { StartError } from "#src/value/start_error.ts";
import { MIGRATIONS, type Migration } from "./migrations.ts";
import type { Schema } from "./schema.ts";
import { APPLICATION_ID, type OpenDatabase } from "./sqlite_database.ts";

/**
 * Brings a database to the newest schema, each step in a transaction of its own.
 *
 * @throws {StartError} the database is newer than this program, is somebody else's, or a step failed
 */
export async function migrate(
  { raw, db }: OpenDatabase,
  path: string,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  const version = pragma(raw, "user_version");
  if (version > migrations.length) {
    throw new StartError(
      `Cannot use "${path}": a newer Brigade made it (schema ${version}, this program knows ${migrations.length}); install that version or restore a backup`,
    );
  }
  refuseForeign(raw, path, version);
  for (const [index, migration] of migrations.entries()) {
    if (index >= version) await step({ raw, db }, path, { migration, version: index + 1 });
  }
}

/** A file without a version must be empty, one with a version must carry our mark. */
function refuseForeign(raw: DatabaseSync, path: string, version: number): void {
  const isEmpty = raw.prepare("select name from sqlite_schema limit 1").get() === undefined;
  const ours = version === 0 ? isEmpty : pragma(raw, "application_id") === APPLICATION_ID;
  if (!ours) throw new StartError(`Cannot use "${path}": it is a database of another program`);
}

async function step(
  { raw, db }: OpenDatabase,
  path: string,
  { migration, version }: { readonly migration: Migration; readonly version: number },
): Promise<void> {
  try {
    await db.transaction().execute(async (transaction) => {
      await migration.up(untyped(transaction));
      // Pragmas take no parameters; both numbers are ours. They are part of the transaction.
      raw.exec(`pragma user_version = ${version}; pragma application_id = ${APPLICATION_ID};`);
    });
  } catch (fault) {
    throw new StartError(
      `Cannot bring "${path}" to schema ${version} (${migration.name}): ${(fault as Error).message}; it is as it was`,
      { cause: fault },
    );
  }
}

/** A migration must not lean on today's types: the schema of its day was another one. */
const untyped = (db: Kysely<Schema>): Kysely<never> => db as unknown as Kysely<never>;

const pragma = (raw: DatabaseSync, name: "user_version" | "application_id"): number =>
  Number(raw.prepare(`pragma ${name}`).get()?.[name]);
