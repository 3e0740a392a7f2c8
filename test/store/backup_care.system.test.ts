/** What a start, a backup and a restore leave alone, and to whom restored files belong. */
import { createHash } from "node:crypto";
import {
  chownSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Image } from "#src/images/catalogue.ts";
import { type BackupChoice, makeBackup } from "#src/store/backup/make_backup.ts";
import { restoreBackup } from "#src/store/backup/restore.ts";
import { openStore, type Store } from "#src/store/store.ts";

const STATE: BackupChoice = { secrets: false, images: false };
const IMAGES: BackupChoice = { secrets: false, images: true };
const MANIFEST = "manifest";
const DIGEST = createHash("sha256").update(MANIFEST).digest("hex");

let root = "";
let dir = "";
let file = "";
let store: Store;

const open = (): Promise<Store> =>
  openStore(dir, (skipped) => {
    throw new Error(JSON.stringify(skipped));
  });
const IMAGE: Image = {
  ...{ owner: "ada", name: "debian-12", version: 1, visibility: "shared", architecture: "arm64", about: {} },
  ...{ digest: DIGEST, kind: "archive", rawDigest: "cd".repeat(32), rawBytes: 5, storedBytes: 1 },
  ...{ chunkCount: 0, createdAtMs: 3, entryCount: 4, installedBytes: 5, osName: "Debian" },
};

async function backUp(choice: BackupChoice, copyDatabase = store.copyDatabase): Promise<void> {
  const parts = { dir, version: "1.2.3", copyDatabase, nowMs: Date.now };
  await pipeline(await makeBackup(parts, choice), createWriteStream(file));
}
const restore = (to: string, replace = false) =>
  restoreBackup({ file, dir: to, replace, nowMs: () => Date.UTC(2026, 0, 31, 23, 59, 59) });

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "brigade-care-"));
  dir = join(root, "data");
  file = join(root, "state.backup");
  store = await open();
  mkdirSync(join(dir, "images/manifests"), { recursive: true });
});
afterEach(async () => {
  await store.close();
  rmSync(root, { recursive: true });
});

test("a start takes away nothing but the folders that a backup made", async () => {
  await store.close();
  mkdirSync(join(dir, "backup-2026"));
  mkdirSync(join(dir, ".making-backup-of-mine"));
  writeFileSync(join(dir, "backup-of-keys"), "mine");
  writeFileSync(join(dir, ".making-backup-aB3x9Z"), "a file");
  mkdirSync(join(dir, ".making-backup-aB3x9Y"));
  store = await open();
  const left = readdirSync(dir).filter((name) => name.includes("backup"));
  expect(left.sort()).toEqual([
    ".making-backup-aB3x9Z",
    ".making-backup-of-mine",
    "backup-2026",
    "backup-of-keys",
  ]);
});

test("a start that is refused leaves the backup of the appliance that runs", async () => {
  mkdirSync(join(dir, ".making-backup-aB3x9Z"));
  await expect(open()).rejects.toThrow("another Brigade is using it");
  expect(existsSync(join(dir, ".making-backup-aB3x9Z"))).toBe(true);
});

test("an image that is imported while the database is copied has its files in the backup", async () => {
  await backUp(IMAGES, async (path) => {
    writeFileSync(join(dir, "images/manifests", DIGEST), MANIFEST);
    await store.images.put(IMAGE);
    await store.copyDatabase(path);
  });
  await restore(join(root, "other"));
  expect(readFileSync(join(root, "other/images/manifests", DIGEST), "utf8")).toBe(MANIFEST);
});

test("a backup fails when an image is removed after the database was copied, and leaves nothing", async () => {
  await store.images.put(IMAGE);
  await expect(backUp(IMAGES)).rejects.toThrow(
    `Cannot back up: the files of image sha256:${DIGEST} are gone; it was removed meanwhile`,
  );
  expect(readdirSync(dir).filter((name) => name.startsWith(".making"))).toEqual([]);
  await backUp(STATE);
});

test("what is restored belongs to whom the data folder belongs to", async () => {
  await backUp(STATE);
  const target = join(root, "other");
  mkdirSync(target);
  chownSync(target, 4711, 4712);
  await restore(target);
  for (const path of ["brigade.db", "leases.journal"])
    expect(statSync(join(target, path))).toMatchObject({ uid: 4711, gid: 4712 });
});

test("restore leaves keys where they are when the backup has none", async () => {
  await backUp(STATE);
  mkdirSync(join(dir, "tls"));
  for (const path of ["admin-token", "ssh-key", "tls/key.pem"]) writeFileSync(join(dir, path), path);
  const key = readFileSync(join(dir, "secret-key"));
  await store.close();
  await restore(dir, true);
  expect(readFileSync(join(dir, "secret-key"))).toEqual(key);
  for (const path of ["admin-token", "ssh-key", "tls/key.pem"])
    expect(readFileSync(join(dir, path), "utf8")).toBe(path);
  store = await open();
});

test.each([
  ["the database's", { errcode: 13 }],
  ["the file system's", { code: "ENOSPC" }],
])(
  "a disk without room for the copy is said to be full, in %s words, and nothing is left",
  async (_, found) => {
    const copyDatabase = async (): Promise<void> => {
      throw Object.assign(new Error("full"), found);
    };
    await expect(backUp(STATE, copyDatabase)).rejects.toMatchObject({
      kind: "diskFull",
      message: `Cannot write "${dir}": the disk is full; free some space and try again`,
    });
    expect(readdirSync(dir).filter((name) => name.startsWith("."))).toEqual([]);
  },
);
