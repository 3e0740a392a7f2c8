/**
 * Puts a backup in the place of a data folder, while no appliance runs. What was there is kept aside; what is new was
 * checked byte by byte before the first old file moves.
 */
import { createWriteStream, existsSync } from "node:fs";
import { lchown, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { MIGRATIONS } from "../migrations.ts";
import { APPLICATION_ID, openDatabase } from "../sqlite_database.ts";
import { DATABASE_FILE } from "../store.ts";
import { type BackupManifest, SECRET_PATHS } from "./backup_manifest.ts";
import { RESTORING_FOLDER } from "./backup_names.ts";
import { BackupReader, RestoreFault } from "./backup_reader.ts";

export type RestoreRequest = {
  readonly file: string;
  /** The data folder. */
  readonly dir: string;
  /** Also when something is in it. */
  readonly replace: boolean;
  readonly nowMs: () => number;
};

export type Restored = {
  readonly manifest: BackupManifest;
  /** Where what was there before is now; undefined when nothing was. */
  readonly aside: string | undefined;
  /** The images of before stayed, because the backup has none. */
  readonly keptImages: boolean;
};

/** What a backup without secrets does not bring: what is there goes on opening what it opened. */
const KEYS: readonly string[] = [...new Set(SECRET_PATHS.map((path) => path.split("/")[0] ?? path))];

/** Reads all of a backup and writes nothing. @throws {RestoreFault} */
export async function checkBackup(file: string): Promise<BackupManifest> {
  await using reader = await BackupReader.open(file);
  await reader.each((_, bytes) =>
    pipeline(Readable.from(bytes), new Writable({ write: (_p, _e, done) => done() })),
  );
  refuseNewer(file, reader.manifest.schema);
  return reader.manifest;
}

/** @throws {RestoreFault} nothing was changed, unless it says so */
export async function restoreBackup({ file, dir, replace, nowMs }: RestoreRequest): Promise<Restored> {
  await using reader = await BackupReader.open(file);
  const { manifest } = reader;
  refuseNewer(file, manifest.schema);
  const isBroken = existsSync(join(dir, RESTORING_FOLDER));
  await refuseBusy(dir);
  const before = await entriesOf(dir);
  if (before.length > 0 && !replace && !isBroken)
    throw new RestoreFault(
      `Cannot restore into "${dir}": it is not empty; say --replace to keep what is there aside, or name another --data`,
    );
  const unpacked = join(dir, RESTORING_FOLDER);
  await rm(unpacked, { recursive: true, force: true });
  try {
    await unpack(reader, unpacked);
    checkDatabase(file, join(unpacked, DATABASE_FILE));
    await giveToOwner(dir, unpacked);
  } catch (fault) {
    await rm(unpacked, { recursive: true, force: true });
    throw fault instanceof RestoreFault
      ? fault
      : new RestoreFault(`Cannot restore into "${dir}": ${(fault as Error).message}`, { cause: fault });
  }
  const keptImages = !manifest.hasImages && before.includes("images");
  const kept = new Set([...(keptImages ? ["images"] : []), ...(manifest.hasSecrets ? [] : KEYS)]);
  const old = before.filter((name) => !kept.has(name));
  const aside = old.length === 0 ? undefined : join(dir, `before-restore-${stamp(nowMs())}`);
  await exchange({ dir, unpacked, old, aside });
  return { manifest, aside, keptImages };
}

function refuseNewer(file: string, schema: number): void {
  if (schema > MIGRATIONS.length)
    throw new RestoreFault(
      `Cannot restore "${file}": a newer Brigade made it (schema ${schema}, this program knows ${MIGRATIONS.length}); install that version`,
    );
}

/** What counts as being there. What an earlier restore put aside, and a file system's own folder, stay. */
async function entriesOf(dir: string): Promise<readonly string[]> {
  const names = await readdir(dir).catch((fault: NodeJS.ErrnoException) => {
    if (fault.code === "ENOENT") return [];
    throw new RestoreFault(`Cannot restore into "${dir}": ${fault.message}`, { cause: fault });
  });
  return names.filter((name) => !/^(?:restoring|lost\+found|before-restore-.*)$/.test(name));
}

/** @throws {RestoreFault} an appliance has it open */
async function refuseBusy(dir: string): Promise<void> {
  const path = join(dir, DATABASE_FILE);
  if (!existsSync(path)) return;
  try {
    const { close } = await openDatabase(path);
    await close();
  } catch (fault) {
    // A damaged database is a reason to restore.
    if (!(fault as Error).message.includes("another Brigade")) return;
    throw new RestoreFault((fault as Error).message, { cause: fault });
  }
}

/**
 * Root restores, and the appliance runs as the user to whom the data folder belongs.
 *
 * @throws the file system's errors
 */
async function giveToOwner(dir: string, unpacked: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(dir);
  const below = await readdir(unpacked, { recursive: true });
  for (const path of ["", ...below]) await lchown(join(unpacked, path), uid, gid);
}

async function unpack(reader: BackupReader, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  await reader.each(async ({ path }, bytes) => {
    const target = join(to, path);
    await mkdir(dirname(target), { recursive: true, mode: path.startsWith("images/") ? 0o750 : 0o700 });
    await pipeline(Readable.from(bytes), createWriteStream(target, { mode: 0o600, flush: true }));
  });
}

/** @throws {RestoreFault} */
function checkDatabase(file: string, path: string): void {
  const database = new DatabaseSync(path);
  try {
    const pragma = (name: string): unknown =>
      Object.values(database.prepare(`pragma ${name}`).get() ?? {})[0];
    database.exec("pragma locking_mode = exclusive");
    if (pragma("application_id") !== APPLICATION_ID || pragma("integrity_check") !== "ok")
      throw new RestoreFault(`Cannot restore "${file}": its database is damaged; take another backup`);
    refuseNewer(file, Number(pragma("user_version")));
  } finally {
    database.close();
  }
}

/** Killed in the midst of it, the folder of what is new is still there: the next restore does all of it again. */
async function exchange(change: {
  readonly dir: string;
  readonly unpacked: string;
  readonly old: readonly string[];
  readonly aside: string | undefined;
}): Promise<void> {
  const { dir, unpacked, old, aside } = change;
  if (aside !== undefined) await mkdir(aside, { mode: 0o700 });
  for (const name of old) await rename(join(dir, name), join(aside ?? dir, name));
  for (const name of await readdir(unpacked)) await rename(join(unpacked, name), join(dir, name));
  await sync(dir);
  await rm(unpacked, { recursive: true });
  await sync(dir);
}

async function sync(folder: string): Promise<void> {
  await using handle = await open(folder, "r");
  await handle.sync();
}

/** `20260131T235959`, fit for a name. */
const stamp = (atMs: number): string => new Date(atMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
