import fc from "fast-check";
import { expect, test } from "vitest";
import type { Lease } from "#src/dhcp/lease_store.ts";
import {
  JOURNAL_HEADER,
  newerVersion,
  putRecord,
  readJournal,
  removeRecord,
} from "#src/store/lease_record.ts";
import { ipv4FromNumber } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";

const lease = (index: number, part: Partial<Lease> = {}): Lease => ({
  mac: `52:54:00:00:00:${(index % 256).toString(16).padStart(2, "0")}` as Mac,
  address: ipv4FromNumber(0x0a4d0000 + index),
  clientId: undefined,
  expiresAtMs: 1_700_000_000_000 + index,
  state: "bound",
  ...part,
});
const LEASES = [lease(1), lease(2, { clientId: "01ff" }), lease(3, { state: "declined" })];
const journalOf = (records: readonly string[]): Buffer => Buffer.from([JOURNAL_HEADER, ...records].join(""));
const read = (bytes: Buffer): readonly Lease[] => [...readJournal(bytes).leases.values()];

test("the last word on an address counts", () => {
  const again = lease(1, { expiresAtMs: 5 });
  const records = [...LEASES, again].map(putRecord);
  const bytes = journalOf([...records, removeRecord(lease(2).address)]);
  expect(read(bytes)).toEqual([again, lease(3, { state: "declined" })]);
  expect(readJournal(bytes)).toMatchObject({ skipped: [], wholeBytes: bytes.length, version: 1 });
});

test("cut at any byte, a journal holds the records before the cut and complains of nothing", () => {
  const records = LEASES.map(putRecord);
  const bytes = journalOf(records);
  for (let cut = JOURNAL_HEADER.length; cut <= bytes.length; cut++) {
    const found = readJournal(bytes.subarray(0, cut));
    const whole = records.filter((_, index) => journalOf(records.slice(0, index + 1)).length <= cut);
    expect([...found.leases.values()]).toEqual(LEASES.slice(0, whole.length));
    expect(found.skipped).toEqual([]);
    expect(found.wholeBytes).toBe(journalOf(whole).length);
  }
});

test("a tail of zeros, as a file system leaves it whose size was stored before its data, is no record", () => {
  const whole = journalOf(LEASES.map(putRecord));
  const found = readJournal(Buffer.concat([whole, Buffer.alloc(4096)]));
  expect(found).toMatchObject({ skipped: [], wholeBytes: whole.length });
});

test("one changed byte costs its own record, or two when it was the line's end, and is reported", () => {
  const bytes = journalOf(LEASES.map(putRecord));
  fc.assert(
    fc.property(
      fc.integer({ min: JOURNAL_HEADER.length, max: bytes.length - 2 }),
      fc.integer({ min: 1, max: 255 }),
      (at, change) => {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ change;
        const found = readJournal(damaged);
        expect(found.skipped.length).toBeGreaterThan(0);
        expect(found.leases.size).toBeGreaterThanOrEqual(LEASES.length - 2);
        for (const one of found.leases.values()) expect(LEASES).toContainEqual(one);
      },
    ),
  );
});

test.each([
  { what: "another program's file", text: "hello\nworld\n", skipped: 2 },
  { what: "nothing", text: "", skipped: 0 },
  { what: "a damaged head", text: `brigade-leasez 1\n${putRecord(lease(1))}`, skipped: 1 },
])("$what is read without throwing", ({ text, skipped }) => {
  const found = readJournal(Buffer.from(text));
  expect(found.version).toBeUndefined();
  expect(found.skipped).toHaveLength(skipped);
});

test("whatever the bytes are, nothing is thrown", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void readJournal(Buffer.from(bytes))));
});

test("only a version that is not known here is newer", () => {
  expect(newerVersion(readJournal(Buffer.from(JOURNAL_HEADER)))).toBeUndefined();
  expect(newerVersion(readJournal(Buffer.from("brigade-leases 7\n")))).toBe(7);
});

test("a client id as long as a packet does not make the journal as long", () => {
  expect(putRecord(lease(1, { clientId: "ab".repeat(1400) })).length).toBeLessThan(700);
});
