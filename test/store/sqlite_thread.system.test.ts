import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "#src/store/sqlite_database.ts";
import { SqliteThread } from "#src/store/sqlite_thread.ts";

let path = "";
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), "brigade-sqlite-")), "some.db");
});
afterEach(() => rmSync(join(path, ".."), { recursive: true }));

/** Some seconds of work on any machine. */
const LONG =
  "with recursive n(i) as (select 1 union all select i + 1 from n where i < 5000000) select count(*) as rows from n";

test("the event loop turns while the database works", async () => {
  const thread = await SqliteThread.open(path);
  let isDone = false;
  const long = thread.query(LONG).then(({ rows }) => {
    isDone = true;
    return rows;
  });
  for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(isDone).toBe(false);
  expect(await long).toEqual([{ rows: 5_000_000 }]);
  await thread.close();
});

test("statements run in the order in which they were asked, and a refused one takes no other along", async () => {
  const thread = await SqliteThread.open(path);
  const answers = await Promise.allSettled([
    thread.query("create table t (a integer primary key, b blob)"),
    thread.query("insert into t values (?, ?)", [7, Uint8Array.of(1, 2)]),
    thread.query("insert into t values (7, null)"),
    thread.query("nonsense"),
    thread.query("select a, b from t"),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([
    "fulfilled",
    "fulfilled",
    "rejected",
    "rejected",
    "fulfilled",
  ]);
  expect(answers[1]).toMatchObject({ value: { rows: [], written: { changes: 1, insertId: 7 } } });
  expect(answers[2]).toMatchObject({ reason: { errcode: 1555, message: /UNIQUE/ } });
  expect(answers[4]).toMatchObject({ value: { rows: [{ a: 7, b: Uint8Array.of(1, 2) }] } });
  await thread.close();
});

test("what was asked before it is closed is answered, what is asked after is refused, and the file is free", async () => {
  const thread = await SqliteThread.open(path);
  const asked = thread.query("select 1 as one");
  const closed = Promise.all([thread.close(), thread.close()]);
  await expect(thread.query("select 2")).rejects.toThrow("closed");
  expect(await asked).toEqual({ rows: [{ one: 1 }] });
  await closed;
  await (await SqliteThread.open(path)).close();
});

test("a transaction is alone: what comes meanwhile waits for its end", async () => {
  const { db } = await openDatabase(path);
  await db.schema.createTable("t").addColumn("a", "integer").execute();
  const inside = Promise.withResolvers<void>();
  const order: string[] = [];
  const transaction = db.transaction().execute(async (within) => {
    await within.schema.alterTable("t").addColumn("b", "integer").execute();
    inside.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    order.push("transaction");
    throw new Error("not today");
  });
  await inside.promise;
  const read = db.introspection.getTables().then((tables) => {
    order.push("read");
    return tables;
  });
  await expect(transaction).rejects.toThrow("not today");
  expect((await read)[0]?.columns.map(({ name }) => name)).toEqual(["a"]);
  expect(order).toEqual(["transaction", "read"]);
  await db.destroy();
});
