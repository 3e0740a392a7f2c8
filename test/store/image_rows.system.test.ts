import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Image } from "#src/images/catalogue.ts";
import { migrate } from "#src/store/migrate.ts";
import { MIGRATIONS } from "#src/store/migrations.ts";
import { openDatabase } from "#src/store/sqlite_database.ts";
import { DATABASE_FILE, openStore, type Store } from "#src/store/store.ts";
import type { SkippedRow } from "#src/store/stored_rows.ts";

const IMAGE: Image = {
  owner: "ada",
  name: "debian-12",
  version: 3,
  visibility: "shared",
  architecture: "arm64",
  about: { probe: { kind: "tcp", port: 22 }, kernelArguments: ["quiet"] },
  digest: "ab".repeat(32),
  kind: "archive",
  rawDigest: "cd".repeat(32),
  rawBytes: 5_000_000_000,
  storedBytes: 1,
  chunkCount: 2,
  createdAtMs: 3,
  entryCount: 4,
  installedBytes: 5,
  osName: "Debian GNU/Linux",
};

let dir = "";
let stores: Store[] = [];
let skipped: SkippedRow[] = [];

async function open(): Promise<Store> {
  for (const store of stores) await store.close();
  const store = await openStore(dir, (row) => skipped.push(row));
  stores = [store];
  return store;
}

const withDatabase = (work: (raw: DatabaseSync) => void): void => {
  const raw = new DatabaseSync(join(dir, DATABASE_FILE));
  work(raw);
  raw.close();
};

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "brigade-store-"));
  stores = [];
  skipped = [];
});
afterEach(async () => {
  for (const store of stores) await store.close();
  rmSync(dir, { recursive: true });
});

test("images come back as they were, each version for itself, and a removed one does not", async () => {
  const store = await open();
  await store.images.put(IMAGE);
  await store.images.put({ ...IMAGE, version: 4 });
  await store.images.put({ ...IMAGE, owner: "bob" });
  await store.images.put({ ...IMAGE, visibility: "private", about: undefined });
  expect(await store.images.remove({ ...IMAGE, version: 4 })).toBe(true);
  expect(await store.images.remove({ ...IMAGE, version: 4 })).toBe(false);
  const { about: _about, ...rest } = IMAGE;
  expect((await open()).images.all()).toEqual([
    { ...IMAGE, owner: "bob" },
    { ...rest, visibility: "private" },
  ]);
  expect(skipped).toEqual([]);
});

test("images from before there were owners belong to the administrator, and everybody may install them", async () => {
  const { owner: _owner, version: _version, visibility: _visibility, about: _about, ...old } = IMAGE;
  const { name, digest, ...description } = old;
  const path = join(dir, DATABASE_FILE);
  const { db } = await openDatabase(path);
  const before = MIGRATIONS.findIndex((one) => one.name === "owners, versions and visibility of images");
  await migrate(db, path, { migrations: MIGRATIONS.slice(0, before) });
  await db.destroy();
  withDatabase((raw) => {
    raw.prepare("insert into images values (?, ?, ?)").run(name, digest, JSON.stringify(description));
  });
  expect((await open()).images.all()).toEqual([{ ...old, owner: "admin", version: 1, visibility: "public" }]);
  expect(skipped).toEqual([]);
});

test("a row that makes no sense is left out and told", async () => {
  await (await open()).images.put(IMAGE);
  await stores.pop()?.close();
  withDatabase((raw) => raw.exec("update image_versions set visibility = 'all'"));
  const { images } = await open();
  expect([images.all(), images.unreadCount]).toEqual([[], 1]);
  expect(skipped).toMatchObject([{ table: "image_versions", row: "ada/debian-12:3" }]);
});
