import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type KnownFabric, MAX_RECORDS } from "#src/fabric/scan_record.ts";
import { DATABASE_FILE, openStore, type Store } from "#src/store/store.ts";
import type { SkippedRow } from "#src/store/stored_rows.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { madeFabric } from "#test/fabric/made_fabric.ts";

let folder: string;
let skipped: SkippedRow[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "brigade-store-"));
  skipped = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (): Promise<Store> => openStore(folder, (row) => void skipped.push(row));
const known = (id: number): KnownFabric => ({
  fabric: madeFabric({ links: [{ ends: "core/1 - leaf1/9" }], at: { node1: `leaf1/${id}` } }),
  record: {
    ...{
      id,
      trigger: "schedule",
      startedAtMs: id,
      endedAtMs: id + 1,
      read: 2,
      silent: [],
      notes: [],
      gaps: [],
      changes: [],
      moreChanges: 0,
    },
  },
  taken: [{ address: "10.0.0.1" as Ipv4, credentials: 1 }],
});

test("the last graph and the records are there again, newest first", async () => {
  const first = await open();
  expect(first.fabric.latest()).toBeUndefined();
  await first.fabric.save(known(1));
  await first.fabric.save(known(2));
  await first.close();
  const second = await open();
  expect(second.fabric.latest()).toEqual(known(2));
  expect(await second.fabric.records(10)).toEqual([known(2).record, known(1).record]);
  expect(await second.fabric.records(1)).toEqual([known(2).record]);
  await second.close();
});

test("a record of the same id is replaced, and the oldest go", async () => {
  const store = await open();
  for (let id = 1; id <= MAX_RECORDS + 5; id++) await store.fabric.save(known(id));
  await store.fabric.save({ ...known(MAX_RECORDS + 5), taken: [] });
  const records = await store.fabric.records(MAX_RECORDS + 10);
  expect(records).toHaveLength(MAX_RECORDS);
  expect(records.at(-1)?.id).toBe(6);
  await store.close();
});

test("a scan that found the same graph is a record alone, and the newest one after a restart", async () => {
  const first = await open();
  await first.fabric.save(known(1));
  const record = { ...known(2).record, startedAtMs: 2_000_000_000_000 };
  await first.fabric.saveRecord(record);
  await first.close();
  const second = await open();
  expect(second.fabric.latest()).toEqual({
    ...known(1),
    record,
    fabric: { ...known(1).fabric, takenAtMs: record.startedAtMs },
  });
  expect(await second.fabric.records(10)).toEqual([record, known(1).record]);
  await second.close();
});

test("a graph that cannot be read is left out and told of, and the store opens", async () => {
  const store = await open();
  await store.fabric.save(known(1));
  await store.close();
  const database = new DatabaseSync(join(folder, DATABASE_FILE));
  database.exec("update fabric_graph set fabric = '['; update fabric_scans set record = '7'");
  database.close();
  const again = await open();
  expect(again.fabric.latest()).toBeUndefined();
  expect(await again.fabric.records(10)).toEqual([]);
  expect(skipped.map(({ table }) => table)).toEqual(["fabric_graph", "fabric_scans"]);
  await again.close();
});
