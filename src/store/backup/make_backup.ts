/**
 * A backup as a stream: a tar whose first member says what follows. Made while the appliance works: the database is
 * copied page by page beside its work, the lease journal only grows, and images never change.
 */
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { copyFile, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Readable } from "node:stream";
import { paddingBytes, TAR_END_BYTES } from "#src/images/tar_writer.ts";
import { StorageError } from "#src/value/storage_error.ts";
import { LEASES_FILE } from "../lease_rows.ts";
import { MIGRATIONS } from "../migrations.ts";
import { storageError } from "../sqlite_database.ts";
import { DATABASE_FILE } from "../store.ts";
import {
  BACKUP_FORMAT,
  type BackupFile,
  type BackupManifest,
  encodeBackupManifest,
  MANIFEST_NAME,
  madeSecOf,
  memberHeader,
  SECRET_PATHS,
} from "./backup_manifest.ts";
import { BACKUP_FOLDER_PREFIX } from "./backup_names.ts";

export type BackupParts = {
  /** The data folder. */
  readonly dir: string;
  readonly version: string;
  /** Copies the database as it is at one moment. */
  readonly copyDatabase: (path: string) => Promise<void>;
  readonly nowMs: () => number;
};

export type BackupChoice = { readonly secrets: boolean; readonly images: boolean };

/** A file of the backup, and where its bytes are. */
type Source = BackupFile & { readonly from: string };

/**
 * Resolves when everything is found and the state is copied. The stream fails when a file is not what it was then.
 *
 * @throws {StorageError} there is no room for the copies; else the file system's errors; nothing is left then
 */
export async function makeBackup(parts: BackupParts, choice: BackupChoice): Promise<Readable> {
  return await make(parts, choice).catch((fault: unknown) => {
    throw storageError(parts.dir, fault);
  });
}

async function make(parts: BackupParts, choice: BackupChoice): Promise<Readable> {
  const folder = await mkdtemp(join(parts.dir, BACKUP_FOLDER_PREFIX));
  const forget = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const sources = await collect(parts, choice, folder);
    const manifest: BackupManifest = {
      ...{ kind: "brigade-backup", format: BACKUP_FORMAT, version: parts.version, schema: MIGRATIONS.length },
      createdAtMs: parts.nowMs(),
      ...{ hasSecrets: choice.secrets, hasImages: choice.images },
      files: sources.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 })),
    };
    const stream = Readable.from(pack(manifest, sources), { objectMode: false });
    stream.once("close", () => void forget().catch(() => undefined));
    return stream;
  } catch (fault) {
    await forget();
    throw fault;
  }
}

async function collect(
  { dir, copyDatabase }: BackupParts,
  { secrets, images }: BackupChoice,
  folder: string,
): Promise<readonly Source[]> {
  const copies = { [DATABASE_FILE]: join(folder, DATABASE_FILE), [LEASES_FILE]: join(folder, LEASES_FILE) };
  await copyDatabase(join(folder, DATABASE_FILE));
  // After the database: an import enters an image when its files are there, so every entry has them.
  const chunks = images ? await filesOfImages(dir, join(folder, DATABASE_FILE)) : [];
  await copyFile(join(dir, LEASES_FILE), join(folder, LEASES_FILE));
  const found: Source[] = [];
  for (const [path, from] of Object.entries(copies)) found.push(await hashed(path, from));
  for (const path of secrets ? SECRET_PATHS : []) found.push(await hashed(path, join(dir, path)));
  return [...found, ...chunks];
}

async function hashed(path: string, from: string): Promise<Source> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const piece of createReadStream(from)) {
    hash.update(piece as Buffer);
    bytes += (piece as Buffer).length;
  }
  return { path, from, bytes, sha256: hash.digest("hex") };
}

/** @throws {StorageError} an image of the copied database was removed since: the backup would lack what it says it has */
async function filesOfImages(dir: string, database: string): Promise<readonly Source[]> {
  const found = await addressed(dir);
  // A manifest goes before its chunks: while it is there, so are they.
  for (const digest of imagesOf(database)) {
    if (existsSync(join(dir, "images/manifests", digest))) continue;
    throw new StorageError(
      "failed",
      `Cannot back up: the files of image sha256:${digest} are gone; it was removed meanwhile, or is damaged; try again, or leave out the images`,
    );
  }
  return found;
}

/** Digests of the images in a copy that nobody else has open. */
function imagesOf(path: string): readonly string[] {
  const database = new DatabaseSync(path);
  try {
    // Without a file beside it for shared memory.
    database.exec("pragma locking_mode = exclusive");
    return database
      .prepare("select digest from image_versions")
      .all()
      .map(({ digest }) => String(digest));
  } finally {
    database.close();
  }
}

/** Files of images: their names are their digests. */
async function addressed(dir: string): Promise<readonly Source[]> {
  const paths = await readdir(join(dir, "images"), { recursive: true });
  const found: Source[] = [];
  for (const path of paths.sort()) {
    const [, sha256] = /^manifests\/([0-9a-f]{64})$/.exec(path) ?? [];
    const [, head, tail] = /^chunks\/([0-9a-f]{2})\/([0-9a-f]{62})$/.exec(path) ?? [];
    const digest = sha256 ?? (head === undefined ? undefined : `${head}${tail}`);
    if (digest === undefined) continue;
    const from = join(dir, "images", path);
    const stats = await stat(from).catch(ifThere);
    if (stats) found.push({ path: `images/${path}`, from, bytes: stats.size, sha256: digest });
  }
  return found;
}

/** What goes while it is listed is of no image that is left. */
function ifThere(fault: NodeJS.ErrnoException): undefined {
  if (fault.code !== "ENOENT") throw fault;
}

async function* pack(manifest: BackupManifest, sources: readonly Source[]): AsyncGenerator<Buffer> {
  const head = encodeBackupManifest(manifest);
  const madeSec = madeSecOf(manifest);
  yield memberHeader(MANIFEST_NAME, head.length, 0);
  yield head;
  yield Buffer.alloc(paddingBytes(head.length));
  for (const source of sources) {
    yield memberHeader(source.path, source.bytes, madeSec);
    yield* checked(source);
    yield Buffer.alloc(paddingBytes(source.bytes));
  }
  yield Buffer.alloc(TAR_END_BYTES);
}

async function* checked({ path, from, bytes, sha256 }: Source): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  let sent = 0;
  // Not more than was said: the tar would be broken.
  for await (const piece of createReadStream(from, { end: Math.max(0, bytes - 1) })) {
    hash.update(piece as Buffer);
    sent += (piece as Buffer).length;
    yield piece as Buffer;
  }
  if (sent !== bytes || hash.digest("hex") !== sha256)
    throw new Error(`Cannot back up "${path}": it is damaged, or was changed meanwhile`);
}
