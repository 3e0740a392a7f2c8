/** From one version of the program to the next, and back. */
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { migrate } from "#src/store/migrate.ts";
import type { Migration } from "#src/store/migration.ts";
import { MIGRATIONS } from "#src/store/migrations.ts";
import { openDatabase } from "#src/store/sqlite_database.ts";
import { openStore } from "#src/store/store.ts";

let dir = "";
let path = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "brigade-migrate-"));
  path = join(dir, "brigade.db");
});
afterEach(() => rmSync(dir, { recursive: true }));

const adding = (table: string): Migration => ({
  name: `table ${table}`,
  up: async (db) => {
    await db.schema.createTable(table).addColumn("a", "integer").execute();
  },
});

async function bring(migrations: readonly Migration[]): Promise<void> {
  const { db, copyTo, close } = await openDatabase(path);
  try {
    await migrate(db, path, { migrations, copyTo });
  } finally {
    await db.destroy();
    await close();
  }
}

const tablesOf = (file: string): readonly unknown[] => {
  const raw = new DatabaseSync(file);
  const rows = raw.prepare("select name from sqlite_schema order by name").all();
  raw.close();
  return rows.map(({ name }) => name);
};
const copies = (): readonly string[] => readdirSync(dir).filter((name) => name.includes("schema"));

/** Everything that is in the folder, byte by byte. */
const contents = (): readonly string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => {
      const bytes = readFileSync(join(parentPath, name));
      return `${name} ${createHash("sha256").update(bytes).digest("hex")}`;
    })
    .sort();

test("before each migration a copy of the database is kept beside it, until the next", async () => {
  await bring([adding("one")]);
  expect(copies()).toEqual([]);
  await bring([adding("one"), adding("two")]);
  expect(copies()).toEqual(["brigade.db.schema-1"]);
  expect(tablesOf(join(dir, "brigade.db.schema-1"))).toEqual(["one"]);
  expect(statSync(join(dir, "brigade.db.schema-1")).mode & 0o077).toBe(0);
  await bring([adding("one"), adding("two")]);
  expect(copies()).toEqual(["brigade.db.schema-1"]);
  await bring([adding("one"), adding("two"), adding("three"), adding("four")]);
  expect(copies()).toEqual(["brigade.db.schema-2"]);
  expect(tablesOf(join(dir, "brigade.db.schema-2"))).toEqual(["one", "two"]);
  expect(tablesOf(path)).toEqual(["four", "one", "three", "two"]);
});

test("the copy in the place of the database is what the older program had", async () => {
  await bring([adding("one")]);
  await bring([adding("one"), adding("two")]);
  writeFileSync(path, readFileSync(join(dir, "brigade.db.schema-1")));
  await bring([adding("one")]);
  expect(tablesOf(path)).toEqual(["one"]);
});

test("a migration that fails leaves the database as it was, and the copy", async () => {
  await bring([adding("one")]);
  const broken: Migration = {
    name: "broken",
    up: async (db) => {
      await adding("two").up(db);
      throw new Error("no");
    },
  };
  await expect(bring([adding("one"), broken])).rejects.toThrow(
    `Cannot bring "${path}" to schema 2 (broken): no; it is as it was`,
  );
  expect(tablesOf(path)).toEqual(["one"]);
  expect(copies()).toEqual(["brigade.db.schema-1"]);
});

test("without a copy there is no migration", async () => {
  await bring([adding("one")]);
  const { db, close } = await openDatabase(path);
  const copyTo = async (): Promise<void> => {
    throw new Error("database or disk is full");
  };
  await expect(migrate(db, path, { migrations: [adding("one"), adding("two")], copyTo })).rejects.toThrow(
    `Cannot keep a copy of "${path}" before it is brought to a newer schema: database or disk is full; it is as it was`,
  );
  await db.destroy();
  await close();
  expect(tablesOf(path)).toEqual(["one"]);
  expect(copies()).toEqual([]);
});

test("an older program refuses the state of a newer one, says what to do, and changes not one byte", async () => {
  const store = await openStore(dir, () => {});
  await store.close();
  const raw = new DatabaseSync(path);
  raw.exec(`pragma user_version = ${MIGRATIONS.length + 1}; pragma wal_checkpoint(truncate)`);
  raw.close();
  const before = contents();
  await expect(openStore(dir, () => {})).rejects.toThrow(
    `Cannot use "${path}": a newer Brigade made it (schema ${MIGRATIONS.length + 1}, this program knows ${MIGRATIONS.length}); install that version or restore a backup`,
  );
  expect(contents()).toEqual(before);
});
