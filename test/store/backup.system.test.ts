/** A backup of a store that is written to, and what becomes of it. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pipeline } from "node:stream/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Node } from "#src/nodes/node.ts";
import { type BackupChoice, makeBackup } from "#src/store/backup/make_backup.ts";
import { checkBackup, restoreBackup } from "#src/store/backup/restore.ts";
import { openStore, type Store } from "#src/store/store.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

const PASSWORD = "canary-p4ssword";
const ALL: BackupChoice = { secrets: true, images: true };
const STATE: BackupChoice = { secrets: false, images: false };
const node = (name: string): Node => ({
  name,
  macs: [],
  status: "registered",
  power: { driver: "ipmi", address: "10.77.0.201", port: 623, user: "admin", password: PASSWORD },
  kernelArguments: [],
  groups: [],
  dhcpOptions: [],
});
const lease = (last: number) => ({
  ...{ mac: "52:54:00:77:00:01" as Mac, address: `10.77.0.${last}` as Ipv4, clientId: undefined },
  ...{ expiresAtMs: 5, state: "bound" as const },
});

let root = "";
let dir = "";
let file = "";
let store: Store;

const open = (where: string): Promise<Store> =>
  openStore(where, (skipped) => {
    throw new Error(JSON.stringify(skipped));
  });

async function backUp(choice: BackupChoice, to = file): Promise<void> {
  const parts = { dir, version: "1.2.3", copyDatabase: store.copyDatabase, nowMs: Date.now };
  await pipeline(await makeBackup(parts, choice), createWriteStream(to));
}

const restore = (to: string, replace = false) =>
  restoreBackup({ file, dir: to, replace, nowMs: () => Date.UTC(2026, 0, 31, 23, 59, 59) });

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "brigade-backup-test-"));
  dir = join(root, "data");
  file = join(root, "state.backup");
  store = await open(dir);
  mkdirSync(join(dir, "tls"));
  mkdirSync(join(dir, "images/chunks/ab"), { recursive: true });
  mkdirSync(join(dir, "images/incoming"));
  writeFileSync(join(dir, "admin-token"), "canary-t0ken");
  writeFileSync(join(dir, "ssh-key"), "canary-ssh-k3y");
  for (const name of ["key.pem", "cert.pem"]) writeFileSync(join(dir, "tls", name), name);
  writeFileSync(join(dir, "images/incoming/half"), "half");
  await store.leases.put(lease(1));
  await store.nodes.save({ put: [node("node1")] });
});
afterEach(async () => {
  await store.close();
  rmSync(root, { recursive: true });
});

/** A chunk as the library stores it. */
function addChunk(bytes: Buffer): string {
  const digest = createHash("sha256").update(bytes).digest("hex");
  mkdirSync(join(dir, "images/chunks", digest.slice(0, 2)), { recursive: true });
  writeFileSync(join(dir, "images/chunks", digest.slice(0, 2), digest.slice(2)), bytes);
  return digest;
}

test("a backup restored elsewhere is the state that it was, secrets and images included", async () => {
  const digest = addChunk(Buffer.alloc(3_000_000, "chunk"));
  await backUp(ALL);
  const target = join(root, "other");
  expect(await restore(target)).toMatchObject({ aside: undefined, keptImages: false });
  const again = await open(target);
  expect(again.nodes.all()).toEqual([node("node1")]);
  expect(again.leases.all()).toEqual([lease(1)]);
  await again.close();
  for (const name of ["secret-key", "admin-token", "ssh-key", "tls/key.pem", "tls/cert.pem"]) {
    expect(readFileSync(join(target, name))).toEqual(readFileSync(join(dir, name)));
    expect(statSync(join(target, name)).mode & 0o077).toBe(0);
  }
  const chunk = join("images/chunks", digest.slice(0, 2), digest.slice(2));
  expect(readFileSync(join(target, chunk))).toEqual(readFileSync(join(dir, chunk)));
  expect(existsSync(join(target, "images/incoming"))).toBe(false);
});

test("a backup is a tar that others can read, its manifest first", async () => {
  addChunk(Buffer.from("chunk"));
  await backUp(ALL);
  const names = execFileSync("tar", ["-tf", file]).toString().trim().split("\n");
  expect(names.slice(0, 3)).toEqual(["manifest.json", "brigade.db", "leases.journal"]);
  expect(names).toHaveLength(9);
});

test("a backup without secrets has nothing that opens anything", async () => {
  await backUp(STATE);
  const bytes = readFileSync(file);
  for (const name of ["secret-key", "admin-token", "ssh-key", "tls/key.pem"])
    expect(bytes.includes(readFileSync(join(dir, name))), name).toBe(false);
  expect(bytes.includes(PASSWORD)).toBe(false);
});

test("a backup is of one moment, however much is written while it is made", async () => {
  const many = Array.from({ length: 2000 }, (_, index) => node(`pad${index}`));
  await store.nodes.save({ put: many });
  let isDone = false;
  let written = 0;
  const writing = (async () => {
    // Both rows of a pair are written in one transaction: a backup has both or none.
    while (!isDone) {
      const pair = [`left${written}`, `right${written}`];
      await store.nodes.save({ put: pair.map(node) });
      written++;
    }
  })();
  for (let round = 0; round < 5; round++) {
    const before = written;
    await backUp({ secrets: true, images: false }, file);
    const target = join(root, `copy${round}`);
    await restore(target);
    const copy = await open(target);
    const names = new Set(copy.nodes.all().map(({ name }) => name));
    await copy.close();
    const lefts = [...names].filter((name) => name.startsWith("left"));
    expect(lefts.length).toBeGreaterThanOrEqual(before);
    expect(lefts.filter((name) => !names.has(name.replace("left", "right")))).toEqual([]);
    expect(names.size).toBe(2001 + 2 * lefts.length);
  }
  isDone = true;
  await writing;
  expect(written).toBeGreaterThan(5);
}, 60_000);

test("a backup leaves no copy behind, also when nobody reads it, and the next start tidies up after a kill", async () => {
  await backUp(STATE);
  const parts = { dir, version: "1", copyDatabase: store.copyDatabase, nowMs: Date.now };
  const unread = await makeBackup(parts, STATE);
  unread.destroy();
  await new Promise((resolve) => unread.once("close", resolve));
  await expect.poll(() => readdirSync(dir).filter((name) => name.startsWith(".making"))).toEqual([]);
  mkdirSync(join(dir, ".making-backup-aB3x9Z"));
  await store.close();
  store = await open(dir);
  expect(existsSync(join(dir, ".making-backup-aB3x9Z"))).toBe(false);
});

test("a backup breaks off at a chunk that is damaged", async () => {
  const digest = addChunk(Buffer.from("chunk"));
  writeFileSync(join(dir, "images/chunks", digest.slice(0, 2), digest.slice(2)), "CHUNK");
  await expect(backUp(ALL)).rejects.toThrow(
    /^Cannot back up "images\/chunks\/.*": it is damaged, or was changed/,
  );
});

test("restore refuses a folder that is not empty, and keeps what was there aside when told to", async () => {
  await backUp(ALL);
  const target = join(root, "other");
  cpSync(dir, target, { recursive: true });
  writeFileSync(join(target, "admin-token"), "another");
  await expect(restore(target)).rejects.toThrow(
    `Cannot restore into "${target}": it is not empty; say --replace to keep what is there aside, or name another --data`,
  );
  expect(readFileSync(join(target, "admin-token"), "utf8")).toBe("another");
  const aside = join(target, "before-restore-20260131T235959");
  expect(await restore(target, true)).toMatchObject({ aside });
  expect(readFileSync(join(target, "admin-token"), "utf8")).toBe("canary-t0ken");
  expect(readFileSync(join(aside, "admin-token"), "utf8")).toBe("another");
  expect(existsSync(join(aside, "images/incoming/half"))).toBe(true);
});

test("restore leaves the images where they are when the backup has none", async () => {
  const digest = addChunk(Buffer.from("chunk"));
  await backUp(STATE);
  await store.close();
  expect(await restore(dir, true)).toMatchObject({ keptImages: true });
  expect(existsSync(join(dir, "images/chunks", digest.slice(0, 2), digest.slice(2)))).toBe(true);
});

test("restore does not touch a folder on which an appliance runs", async () => {
  await backUp(ALL);
  await expect(restore(dir, true)).rejects.toThrow("another Brigade is using it; stop that one first");
  expect(readdirSync(dir)).not.toContain("restoring");
});

test.each<readonly [string, (bytes: Buffer) => void]>([
  ["one bit of the database", (bytes) => flip(bytes, bytes.indexOf("SQLite format 3") + 5000)],
  ["one bit of a header", (bytes) => flip(bytes, bytes.indexOf("leases.journal\0") + 120)],
  ["the digest in the manifest", (bytes) => flip(bytes, bytes.indexOf('"sha256": "') + 12)],
  ["a name in the manifest", (bytes) => bytes.write("../igade.db", bytes.indexOf('"brigade.db"') + 1)],
  ["the end", (bytes) => flip(bytes, bytes.length - 1)],
])("restore refuses a backup in which %s is wrong, and changes nothing", async (_, change) => {
  await backUp(ALL);
  const bytes = readFileSync(file);
  change(bytes);
  writeFileSync(file, bytes);
  await expect(checkBackup(file)).rejects.toThrow(/^Cannot restore ".*state.backup": /);
  const target = join(root, "other");
  await expect(restore(target)).rejects.toThrow(/^Cannot restore ".*state.backup": /);
  expect(existsSync(target) ? readdirSync(target) : []).toEqual([]);
});

test.each([0, 100, 512, 5000])("restore refuses a backup that is cut after %i bytes", async (bytes) => {
  await backUp(ALL);
  truncateSync(file, bytes);
  await expect(restore(join(root, "other"))).rejects.toThrow(/no backup of Brigade|damaged or not whole/);
});

test("restore refuses a backup with something behind its end, and one of a newer program", async () => {
  await backUp(ALL);
  writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.from("more")]));
  await expect(checkBackup(file)).rejects.toThrow(
    "it is damaged or not whole at its end; take another backup",
  );
  const copyDatabase = async (path: string): Promise<void> => {
    await store.copyDatabase(path);
    const raw = new DatabaseSync(path);
    raw.exec("pragma user_version = 99");
    raw.close();
  };
  const parts = { dir, version: "9", copyDatabase, nowMs: Date.now };
  await pipeline(await makeBackup(parts, ALL), createWriteStream(file));
  await expect(restore(join(root, "other"))).rejects.toThrow(
    /a newer Brigade made it \(schema 99, this program knows \d+\); install that version/,
  );
});

test("restore that was broken off keeps the appliance from starting until it is done again", async () => {
  await backUp(ALL);
  await store.close();
  mkdirSync(join(dir, "restoring"));
  rmSync(join(dir, "brigade.db"));
  await expect(open(dir)).rejects.toThrow(
    `Cannot use "${dir}": a restore into it was broken off; run "brigade restore" again`,
  );
  await restore(dir);
  store = await open(dir);
  expect(store.nodes.all()).toEqual([node("node1")]);
});

function flip(bytes: Buffer, at: number): void {
  bytes[at] = (bytes[at] ?? 0) ^ 1;
}
