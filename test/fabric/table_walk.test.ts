import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareOids, isBelow } from "#src/fabric/oid_order.ts";
import type { SnmpTable } from "#src/fabric/snmp_tables.ts";
import type { Varbind } from "#src/fabric/snmp_value.ts";
import { type BulkReply, type BulkRequest, TableWalk } from "#src/fabric/table_walk.ts";
import type { BulkCell } from "#src/fabric/walk_guard.ts";
import { firstBehind } from "./snmp_agent.ts";

const TABLE: SnmpTable = { name: "t", columns: ["1.3.1.1", "1.3.1.2", "1.3.1.7"], rowLimit: 500 };
const MAX_REQUESTS = 5000;

const row = (oid: string, number = 1): Varbind => ({ oid, value: { kind: "number", number } });
const oidsOf = (walk: TableWalk): readonly string[] =>
  walk.columns.flatMap(({ rows }) => rows.map(({ oid }) => oid));

/** RFC 3416 section 4.2.3. */
const honest =
  (rows: readonly Varbind[]) =>
  ({ oids, repetitions }: BulkRequest): BulkReply => ({
    ok: true,
    columns: oids.map((oid) => {
      const start = firstBehind(rows, oid);
      return Array.from({ length: repetitions }, (_, at): BulkCell => rows[start + at]);
    }),
  });

/** @returns how many requests it took */
function run(walk: TableWalk, answer: (request: BulkRequest, count: number) => BulkReply): number {
  let count = 0;
  for (let request = walk.next(); request; request = walk.next()) {
    if (++count > MAX_REQUESTS) throw new Error("A walk that does not end");
    walk.take(answer(request, count));
  }
  return count;
}

/** Rows inside of the table and beside it. */
const mib = fc
  .uniqueArray(
    fc.tuple(
      fc.constantFrom("1.2.9", "1.3.1.1", "1.3.1.2", "1.3.1.3", "1.3.1.7", "1.4"),
      fc.nat({ max: 300 }),
    ),
    { maxLength: 400, selector: ([root, index]) => `${root}.${index}` },
  )
  .map((cells) =>
    cells.map(([root, index]) => row(`${root}.${index}`)).sort((a, b) => compareOids(a.oid, b.oid)),
  );
const inTable = (rows: readonly Varbind[]): readonly string[] =>
  TABLE.columns.flatMap((root) => rows.filter(({ oid }) => isBelow(oid, root)).map(({ oid }) => oid));

describe("an agent that keeps to the RFC", () => {
  test("all rows of the table and nothing else", () => {
    fc.assert(
      fc.property(mib, (rows) => {
        const walk = new TableWalk(TABLE);
        run(walk, honest(rows));
        expect(oidsOf(walk)).toEqual(inTable(rows));
        expect(walk.gap).toBeUndefined();
      }),
    );
  });

  test("that cuts its replies, wherever", () => {
    fc.assert(
      fc.property(mib, fc.integer({ min: 1, max: 40 }), (rows, mostCells) => {
        const walk = new TableWalk(TABLE);
        run(walk, (request) => {
          const reply = honest(rows)(request);
          if (!reply.ok) return reply;
          const width = request.oids.length;
          const columns = reply.columns.map((cells, column) =>
            cells.filter((_, at) => at * width + column < mostCells),
          );
          return { ok: true, columns };
        });
        expect(oidsOf(walk)).toEqual(inTable(rows));
        expect(walk.gap).toBeUndefined();
      }),
    );
  });

  test("that says tooBig above some size", () => {
    fc.assert(
      fc.property(mib, fc.integer({ min: 1, max: 20 }), (rows, mostCells) => {
        const walk = new TableWalk(TABLE);
        run(walk, (request) =>
          request.oids.length * request.repetitions > mostCells
            ? { ok: false, why: "tooBig" }
            : honest(rows)(request),
        );
        expect(oidsOf(walk)).toEqual(inTable(rows));
        expect(walk.gap).toBeUndefined();
      }),
    );
  });

  test("whose every second reply is lost", () => {
    fc.assert(
      fc.property(mib, (rows) => {
        const walk = new TableWalk(TABLE);
        run(walk, (request, count) =>
          count % 2 === 1 ? { ok: false, why: "noAnswer" } : honest(rows)(request),
        );
        expect(oidsOf(walk)).toEqual(inTable(rows));
        expect(walk.gap).toBeUndefined();
      }),
    );
  });
});

describe("how much is asked for", () => {
  test("a table of thousands is asked for in large pieces, an empty one once", () => {
    const table = { name: "t", columns: ["1.3.1.1", "1.3.1.2"], rowLimit: 10_000 };
    const rows = table.columns.flatMap((root) =>
      Array.from({ length: 2000 }, (_, index) => row(`${root}.${index}`)),
    );
    const walk = new TableWalk(table);
    expect(run(walk, honest(rows))).toBeLessThan(50);
    expect(oidsOf(walk)).toHaveLength(4000);
    expect(run(new TableWalk(table), honest([row("1.5.1")]))).toBe(1);
  });
});

describe("how much is asked for, when it goes wrong", () => {
  test("two silences, and a table is given up", () => {
    expect(run(new TableWalk(TABLE), () => ({ ok: false, why: "noAnswer" }))).toBe(2);
  });

  test("when a column that failed is left, the others are asked for in large pieces again", () => {
    const rows = Array.from({ length: 400 }, (_, index) => row(`1.3.1.7.${index}`));
    const walk = new TableWalk(TABLE);
    const requests = run(walk, (request) =>
      request.oids.some((oid) => oid.startsWith("1.3.1.1"))
        ? { ok: false, why: "malformed" }
        : honest(rows)(request),
    );
    expect(oidsOf(walk)).toHaveLength(400);
    expect(requests).toBeLessThan(30);
  });
});

describe("broken off", () => {
  const rows = Array.from({ length: 200 }, (_, index) => row(`1.3.1.1.${index}`));

  test("it goes on from the last row when it is resumed", () => {
    const walk = new TableWalk(TABLE);
    run(walk, (request, count) => (count > 3 ? { ok: false, why: "noAnswer" } : honest(rows)(request)));
    expect(walk.isBroken).toBe(true);
    expect(walk.gap).toEqual({ table: "t", reason: "noAnswer" });
    const had = oidsOf(walk);
    expect(had.length).toBeGreaterThan(10);
    walk.resume();
    const first = walk.next();
    expect(first?.oids[0]).toBe(had.at(-1));
    run(walk, honest(rows));
    expect(oidsOf(walk)).toEqual(inTable(rows));
    expect(walk.gap).toBeUndefined();
  });

  test.each([
    ["refused", "refused"],
    ["closed", "deadline"],
  ] as const)("%s: what it has stays, and the gap is %s", (why, reason) => {
    const walk = new TableWalk(TABLE);
    run(walk, (request, count) => (count > 2 ? { ok: false, why } : honest(rows)(request)));
    expect(oidsOf(walk).length).toBeGreaterThan(0);
    expect(walk.gap).toEqual({ table: "t", reason });
    expect(walk.isBroken).toBe(false);
  });

  test("noSuchName of an agent of SNMPv1 is the end of the column, not a gap", () => {
    const walk = new TableWalk(TABLE);
    run(walk, () => ({ ok: false, why: "end" }));
    expect(walk.gap).toBeUndefined();
    expect(oidsOf(walk)).toEqual([]);
  });

  test("a column that the agent fails at is left, the others are whole", () => {
    const all = TABLE.columns.flatMap((root) =>
      Array.from({ length: 40 }, (_, index) => row(`${root}.${index}`)),
    );
    const walk = new TableWalk(TABLE);
    run(walk, (request) =>
      request.oids.some((oid) => oid.startsWith("1.3.1.2"))
        ? { ok: false, why: "malformed" }
        : honest(all)(request),
    );
    expect(oidsOf(walk)).toEqual(all.filter(({ oid }) => !oid.startsWith("1.3.1.2")).map(({ oid }) => oid));
    expect(walk.gap).toEqual({ table: "t", reason: "malformed" });
  });
});

describe("an agent that wants us to go on for ever", () => {
  test.each<[string, (request: BulkRequest) => BulkReply, string]>([
    ["the same row again and again", () => ({ ok: true, columns: [[row("1.3.1.1.5")]] }), "loop"],
    [
      "two rows in turn",
      ({ oids: [oid] }) => ({ ok: true, columns: [[row(oid === "1.3.1.1.5" ? "1.3.1.1.4" : "1.3.1.1.5")]] }),
      "loop",
    ],
    [
      "rows without end",
      ({ oids, repetitions }) => ({
        ok: true,
        columns: oids.map((oid) => {
          const next = oid.split(".").length === 4 ? 0 : Number(oid.split(".").at(-1)) + 1;
          const root = oid.split(".").slice(0, 4).join(".");
          return Array.from({ length: repetitions }, (_, at) => row(`${root}.${next + at}`));
        }),
      }),
      "rowLimit",
    ],
    ["nothing in a reply", () => ({ ok: true, columns: [] }), "malformed"],
    ["empty columns", ({ oids }) => ({ ok: true, columns: oids.map(() => []) }), "malformed"],
    ["always tooBig", () => ({ ok: false, why: "tooBig" }), "malformed"],
  ])("%s: %s", (_, answer, reason) => {
    const walk = new TableWalk({ ...TABLE, columns: ["1.3.1.1"] });
    expect(run(walk, answer)).toBeLessThan(100);
    expect(walk.gap).toEqual({ table: "t", reason });
    expect(oidsOf(walk).length).toBeLessThanOrEqual(TABLE.rowLimit);
  });

  test("whatever it says, the walk ends, within its limits and in order", () => {
    const cell = fc.oneof(
      fc.constant(undefined),
      fc
        .tuple(fc.constantFrom("1.3.1.1", "1.3.1.2", "1.3.1", "1.9"), fc.nat({ max: 600 }))
        .map(([root, index]) => row(`${root}.${index}`)),
    );
    const reply: fc.Arbitrary<BulkReply> = fc.oneof(
      fc.constantFrom("noAnswer", "tooBig", "malformed", "end").map((why) => ({ ok: false, why }) as const),
      fc
        .array(fc.array(cell, { maxLength: 6 }), { maxLength: 4 })
        .map((columns) => ({ ok: true, columns }) as const),
    );
    fc.assert(
      fc.property(fc.infiniteStream(reply), (replies) => {
        const walk = new TableWalk(TABLE);
        run(walk, () => replies.next().value ?? { ok: false, why: "noAnswer" });
        for (const { root, rows } of walk.columns) {
          expect(rows.length).toBeLessThanOrEqual(TABLE.rowLimit);
          for (const [at, { oid }] of rows.entries()) {
            expect(isBelow(oid, root)).toBe(true);
            if (at > 0) expect(compareOids(oid, rows[at - 1]?.oid ?? "")).toBeGreaterThan(0);
          }
        }
      }),
    );
  });
});

test("a scalar is taken once, and what follows is not asked", () => {
  const walk = new TableWalk({ name: "s", columns: ["1.3.1", "1.3.2"], rowLimit: 1 });
  expect(run(walk, honest([row("1.3.1.0"), row("1.3.1.1"), row("1.3.2.0")]))).toBe(1);
  expect(oidsOf(walk)).toEqual(["1.3.1.0", "1.3.2.0"]);
  expect(walk.gap).toBeUndefined();
});
