import { readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Kysely, sql } from "kysely";
import { StartError } from "#src/value/start_error.ts";
import type { Migration } from "./migration.ts";
import { MIGRATIONS } from "./migrations.ts";
import type { Schema } from "./schema.ts";
import { APPLICATION_ID } from "./sqlite_database.ts";

export type MigrateOptions = {
  /** For tests. */
  readonly migrations?: readonly Migration[];
  /** Copies the database into a file that is not there yet. Without it no copy is kept. */
  readonly copyTo?: (path: string) => Promise<void>;
};

/**
 * Brings a database to the newest schema, each step in a transaction of its own. A copy of what it was before stays
 * beside it (`brigade.db.schema-7`) until the next time.
 *
 * @throws {StartError} the database is newer than this program, is somebody else's, or a step failed
 */
export async function migrate(
  db: Kysely<Schema>,
  path: string,
  { migrations = MIGRATIONS, copyTo }: MigrateOptions = {},
): Promise<void> {
  const version = await pragma(db, "user_version");
  if (version > migrations.length) {
    throw new StartError(
      `Cannot use "${path}": a newer Brigade made it (schema ${version}, this program knows ${migrations.length}); install that version or restore a backup`,
    );
  }
  await refuseForeign(db, path, version);
  if (version > 0 && version < migrations.length) await keepCopy(path, version, copyTo);
  for (const [index, migration] of migrations.entries()) {
    if (index >= version) await step(db, path, { migration, version: index + 1 });
  }
}

/** @throws {StartError} there is no room for it; the database is as it was */
async function keepCopy(path: string, version: number, copyTo: MigrateOptions["copyTo"]): Promise<void> {
  if (!copyTo) return;
  const copy = `${path}.schema-${version}`;
  const unfinished = `${copy}.new`;
  try {
    rmSync(unfinished, { force: true });
    await copyTo(unfinished);
    renameSync(unfinished, copy);
    const [folder, name] = [dirname(path), basename(path)];
    const older = readdirSync(folder).filter(
      (one) => one.startsWith(`${name}.schema-`) && join(folder, one) !== copy,
    );
    for (const one of older) rmSync(join(folder, one));
  } catch (fault) {
    rmSync(unfinished, { force: true });
    throw new StartError(
      `Cannot keep a copy of "${path}" before it is brought to a newer schema: ${(fault as Error).message}; it is as it was`,
      { cause: fault },
    );
  }
}

/** A file without a version must be empty, one with a version must carry our mark. */
async function refuseForeign(db: Kysely<Schema>, path: string, version: number): Promise<void> {
  const { rows } = await sql`select name from sqlite_schema limit 1`.execute(db);
  const ours = version === 0 ? rows.length === 0 : (await pragma(db, "application_id")) === APPLICATION_ID;
  if (!ours) throw new StartError(`Cannot use "${path}": it is a database of another program`);
}

async function step(
  db: Kysely<Schema>,
  path: string,
  { migration, version }: { readonly migration: Migration; readonly version: number },
): Promise<void> {
  try {
    await db.transaction().execute(async (transaction) => {
      await migration.up(untyped(transaction));
      // Pragmas take no parameters; both numbers are ours. They are part of the transaction.
      await sql.raw(`pragma user_version = ${version}`).execute(transaction);
      await sql.raw(`pragma application_id = ${APPLICATION_ID}`).execute(transaction);
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

async function pragma(db: Kysely<Schema>, name: "user_version" | "application_id"): Promise<number> {
  const { rows } = await sql<Record<string, unknown>>`pragma ${sql.raw(name)}`.execute(db);
  return Number(rows[0]?.[name]);
}
