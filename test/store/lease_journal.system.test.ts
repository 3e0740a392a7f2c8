import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Lease } from "#src/dhcp/lease_store.ts";
import { JournalFile, type SyncedHandle } from "#src/store/journal_file.ts";
import { LeaseJournal } from "#src/store/lease_journal.ts";
import { JOURNAL_HEADER, readJournal } from "#src/store/lease_record.ts";
import { LEASES_FILE, openLeases } from "#src/store/lease_rows.ts";
import { migrate } from "#src/store/migrate.ts";
import { openSecretBox } from "#src/store/secret_box.ts";
import { openDatabase } from "#src/store/sqlite_database.ts";
import { DATABASE_FILE, openStore } from "#src/store/store.ts";
import type { SkippedRow } from "#src/store/stored_rows.ts";
import { WriteQueue } from "#src/store/write_queue.ts";
import { ipv4FromNumber } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

let dir = "";
let path = "";
let skipped: SkippedRow[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "brigade-journal-"));
  path = join(dir, LEASES_FILE);
  skipped = [];
});
afterEach(() => rmSync(dir, { recursive: true }));

const lease = (index: number, expiresAtMs = 5): Lease => ({
  mac: "52:54:00:77:00:01" as Mac,
  address: ipv4FromNumber(0x0a4d0000 + index),
  clientId: undefined,
  expiresAtMs,
  state: "bound",
});
const openHere = (where = dir) => openStore(where, (row) => skipped.push(row));
const onDisk = (file = path): readonly Lease[] => [...readJournal(readFileSync(file)).leases.values()];

async function afterWriting(...leases: readonly Lease[]): Promise<void> {
  const store = await openHere();
  await Promise.all(leases.map((one) => store.leases.put(one)));
  await store.close();
}

test("only the service reads it, and its first line says what it is", async () => {
  await afterWriting(lease(1));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, "utf8")).toMatch(/^brigade-leases 1\n/);
});

test("a torn tail is cut, and what is stored after it is there", async () => {
  await afterWriting(lease(1));
  appendFileSync(path, '12345678 ["put","10.77.0.9"');
  await afterWriting(lease(2));
  const store = await openHere();
  expect(store.leases.all()).toEqual([lease(1), lease(2)]);
  await store.close();
  expect(skipped).toEqual([]);
});

test("a record that cannot be read is left out and reported, the others are there", async () => {
  await afterWriting(lease(1), lease(2), lease(3));
  writeFileSync(path, readFileSync(path, "utf8").replace("10.77.0.2", "10.77.0.8"));
  const store = await openHere();
  expect(store.leases.all()).toEqual([lease(1), lease(3)]);
  await store.close();
  expect(skipped).toEqual([
    { table: "leases", row: expect.stringMatching(/^at byte \d+/), problem: "its checksum is wrong" },
  ]);
});

test("a damaged head costs no lease, and is whole again afterwards", async () => {
  await afterWriting(lease(1), lease(2));
  writeFileSync(path, readFileSync(path, "utf8").replace("brigade", "brigadf"));
  await afterWriting();
  expect(skipped).toMatchObject([{ problem: "it is not the head of a lease journal" }]);
  expect(readJournal(readFileSync(path))).toMatchObject({ version: 1, skipped: [] });
  expect(onDisk()).toEqual([lease(1), lease(2)]);
});

test("a journal of a newer program is refused and not touched", async () => {
  await afterWriting();
  writeFileSync(path, "brigade-leases 2\nwhatever\n");
  await expect(openHere()).rejects.toThrow(/leases.journal": a newer Brigade made it \(version 2\)/);
  expect(readFileSync(path, "utf8")).toBe("brigade-leases 2\nwhatever\n");
});

test("the rows of a database from before the journal are taken over once", async () => {
  await afterWriting();
  rmSync(path);
  const raw = new DatabaseSync(join(dir, DATABASE_FILE));
  raw.exec("insert into leases values ('10.77.0.1', '52:54:00:77:00:01', null, 5, 'bound')");
  raw.exec("insert into leases values ('10.77.0.2', 'x', null, 5, 'bound')");
  raw.close();
  const store = await openHere();
  expect(store.leases.all()).toEqual([lease(1)]);
  await store.leases.remove(lease(1).address);
  await store.close();
  const again = await openHere();
  expect(again.leases.all()).toEqual([]);
  await again.close();
  expect(skipped).toEqual([{ table: "leases", row: "10.77.0.2", problem: "MAC cannot be read" }]);
});

describe("growth", () => {
  const smallBytes = 2000;

  test("the journal stays small however often leases are renewed, and loses none", async () => {
    const file = await JournalFile.create(path, Buffer.from(JOURNAL_HEADER));
    const journal = new LeaseJournal({ path, file, leases: new Map(), smallBytes });
    for (let round = 0; round < 60; round++) {
      await Promise.all([1, 2, 3, 4, 5].map((index) => journal.put(lease(index, round))));
      // One change's record more than what makes it urgent.
      expect(statSync(path).size).toBeLessThan(2 * smallBytes + 1000);
      expect(onDisk()).toEqual([1, 2, 3, 4, 5].map((index) => lease(index, round)));
    }
    await journal.close();
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  test("what is removed while it is replaced stays removed", async () => {
    const file = await JournalFile.create(path, Buffer.from(JOURNAL_HEADER));
    const journal = new LeaseJournal({ path, file, leases: new Map(), smallBytes: 1 });
    for (let round = 0; round < 20; round++) {
      const put = journal.put(lease(1, round));
      const removed = journal.remove(lease(1).address);
      await Promise.all([put, removed, journal.put(lease(2, round))]);
      expect(onDisk()).toEqual([lease(2, round)]);
    }
    await journal.close();
  });
});

/** A handle whose next sync or write fails half way. */
async function failing(): Promise<{ fail: "write" | "sync" | undefined; handle: SyncedHandle }> {
  const handle = await open(path, "w+");
  const state: { fail: "write" | "sync" | undefined; handle: SyncedHandle } = {
    fail: undefined,
    handle: {
      write: (async (bytes: Uint8Array, at: number, length: number, position: number) => {
        if (state.fail !== "write") return handle.write(bytes, at, length, position);
        await handle.write(bytes, at, Math.floor(length / 2), position);
        throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
      }) as SyncedHandle["write"],
      datasync: async () => {
        if (state.fail === "sync") throw Object.assign(new Error("input/output error"), { code: "EIO" });
        await handle.datasync();
      },
      truncate: (size) => handle.truncate(size),
      close: () => handle.close(),
    },
  };
  return state;
}

describe("a disk that fails", () => {
  test.each([{ fail: "write" }, { fail: "sync" }] as const)(
    "a $fail that fails refuses its lease only, and leaves nothing torn in the middle",
    async ({ fail }) => {
      const disk = await failing();
      const file = new JournalFile(disk.handle, path, 0);
      await file.append(Buffer.from(JOURNAL_HEADER));
      const journal = new LeaseJournal({ path, file, leases: new Map() });
      await journal.put(lease(1));
      disk.fail = fail;
      // Several and longer than what comes next, so that the half that was written would show behind that.
      const long = { ...lease(2), clientId: "ab".repeat(250) };
      const refused = [20, 21, 22].map((index) => journal.put({ ...long, address: lease(index).address }));
      await expect(Promise.any(refused)).rejects.toThrow();
      await expect(refused[0]).rejects.toThrow(`Cannot write "${path}"`);
      disk.fail = undefined;
      await journal.put(lease(3));
      await journal.close();
      expect(readJournal(readFileSync(path)).skipped).toEqual([]);
      expect(onDisk()).toEqual([lease(1), lease(3)]);
    },
  );

  test("nothing is appended to a file whose sync has failed", async () => {
    const disk = await failing();
    const file = new JournalFile(disk.handle, path, 0);
    disk.fail = "sync";
    await expect(file.append(Buffer.from("a"))).rejects.toThrow("input/output error");
    disk.fail = undefined;
    await expect(file.append(Buffer.from("b"))).rejects.toThrow("an earlier sync failed");
    await file.close();
  });

  test("a full disk refuses leases, and takes them when there is space again", async () => {
    const mount = join(dir, "small");
    mkdirSync(mount);
    expect(spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", mount]).status).toBe(0);
    try {
      const store = await openHere(mount);
      await store.leases.put(lease(1));
      const { bavail, bsize } = statfsSync(mount);
      writeFileSync(join(mount, "ballast"), Buffer.alloc(bavail * bsize));
      const many = Array.from({ length: 200 }, (_, index) => store.leases.put(lease(100 + index)));
      const outcomes = await Promise.allSettled(many);
      expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(["rejected"]));
      await expect(many[0]).rejects.toMatchObject({
        kind: "diskFull",
        message: `Cannot write "${mount}/leases.journal": the disk is full; free some space and try again`,
      });
      expect(onDisk(join(mount, LEASES_FILE))).toEqual([lease(1)]);
      rmSync(join(mount, "ballast"));
      await store.leases.put(lease(2));
      await store.close();
      expect(onDisk(join(mount, LEASES_FILE))).toEqual([lease(1), lease(2)]);
      expect(readJournal(readFileSync(join(mount, LEASES_FILE))).skipped).toEqual([]);
    } finally {
      spawnSync("umount", ["-l", mount]);
    }
  });
});

test("a transaction of the database that does not end holds up no lease", async () => {
  const database = join(dir, DATABASE_FILE);
  const { db } = await openDatabase(database);
  await migrate(db, database);
  const queue = new WriteQueue(db, (fault) => fault);
  const report = (row: SkippedRow): void => void skipped.push(row);
  const leases = await openLeases(dir, { db, queue, secrets: openSecretBox(dir), report });
  const [begun, end] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const held = queue.write("leasesForget", () => {
    begun.resolve();
    return end.promise;
  });
  await begun.promise;
  await leases.put(lease(1));
  await leases.remove(lease(1).address);
  await leases.put(lease(2));
  end.resolve();
  await held;
  await leases.close();
  await queue.close();
  await db.destroy();
  expect(onDisk()).toEqual([lease(2)]);
});
