import { expect, test } from "vitest";
import { BootArchive } from "#src/boot/boot_archive.ts";
import { BootMemory } from "#src/boot/boot_memory.ts";
import type {
  BootChanges,
  BootStore,
  StoredBoot,
  StoredLesson,
  StoredMachine,
} from "#src/boot/boot_store.ts";
import type { BootTimelines } from "#src/boot/timelines.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { discover, MAC, power, tell, timelines, toLoader, toScript } from "./boot_story.ts";

/** Rows in memory, with a disk that can be full. */
class FakeStore implements BootStore {
  readonly boots = new Map<number, StoredBoot>();
  readonly machines = new Map<Mac, StoredMachine>();
  readonly lessons = new Map<string, StoredLesson>();
  readonly saved: BootChanges[] = [];
  isFull = false;

  all() {
    const copy = <T>(rows: Iterable<T>): T[] => structuredClone([...rows]);
    return {
      boots: copy(this.boots.values()),
      machines: copy(this.machines.values()),
      lessons: copy(this.lessons.values()),
    };
  }

  async save(changes: BootChanges): Promise<void> {
    if (this.isFull) throw new Error("the disk is full");
    this.saved.push(changes);
    for (const id of changes.boots.removed) this.boots.delete(id);
    for (const row of changes.boots.put) this.boots.set(row.id, row);
    for (const mac of changes.machines.removed) this.machines.delete(mac);
    for (const row of changes.machines.put) this.machines.set(row.mac, row);
    for (const model of changes.lessons.removed) this.lessons.delete(model);
    for (const row of changes.lessons.put) this.lessons.set(row.model, row);
  }
}

/** One run of the appliance over a store, on a clock of its own. */
class Run {
  nowMs: number;
  exchange = 1;
  readonly faults: unknown[] = [];
  readonly timelines: BootTimelines = timelines();
  readonly boots = new BootMemory({ has: () => true, record: () => {}, nowMs: () => this.nowMs });
  readonly archive: BootArchive;

  constructor(store: BootStore, { startedAtMs = 1_000_000, uptimeMs = 5000 } = {}) {
    this.nowMs = uptimeMs;
    this.archive = BootArchive.open({
      ...{ store, timelines: this.timelines, boots: this.boots, isNode: (mac) => mac === MAC },
      ...{ nowMs: () => this.nowMs, wallMs: () => startedAtMs + this.nowMs },
      onFault: (fault) => this.faults.push(fault),
    });
  }

  /** @returns what it is told to load */
  asks(mac = MAC, afterMs = 20_000): string {
    this.nowMs += afterMs;
    const client = {
      mac,
      program: "pxe",
      archCode: 7,
      exchange: ++this.exchange,
      fetchesHttp: true,
    } as const;
    const config = { serverAddress: "10.77.0.1" as Ipv4, httpPort: 8080 };
    const known = { secureBoot: false, model: "SuperServer" };
    const decision = this.boots.choose({ ...client, vendorClass: "PXEClient" }, config, known);
    return decision.kind === "loader" ? decision.file : decision.kind;
  }
}

test("boots are there after a restart, and go on", async () => {
  const store = new FakeStore();
  const first = new Run(store);
  tell(first.timelines, [power(0, "cycle"), ...toScript(1), power(100, "cycle"), ...toLoader(101)]);
  await first.archive[Symbol.asyncDispose]();
  const second = new Run(store);
  expect(second.timelines.of([MAC])).toEqual(first.timelines.of([MAC]));
  tell(second.timelines, [discover(120)]);
  await second.archive[Symbol.asyncDispose]();
  expect(new Run(store).timelines.of([MAC])).toHaveLength(3);
});

test("only what changed is written again", async () => {
  const store = new FakeStore();
  const first = new Run(store);
  tell(first.timelines, [...toScript(1), power(100, "cycle"), ...toLoader(101)]);
  await first.archive[Symbol.asyncDispose]();
  expect(store.saved.map(({ boots }) => boots.put.length)).toEqual([2]);
  const second = new Run(store);
  await second.archive[Symbol.asyncDispose]();
  expect(store.saved).toHaveLength(1);
  const last = new Run(store);
  tell(last.timelines, toScript(110));
  await last.archive[Symbol.asyncDispose]();
  const [, { boots } = { boots: undefined }] = store.saved;
  expect(boots?.removed).toEqual([2]);
  expect(boots?.put.map(({ id }) => id)).not.toContain(1);
});

test("what a machine cannot start is known after a restart, with the time since", async () => {
  const store = new FakeStore();
  const first = new Run(store, { startedAtMs: 1_000_000, uptimeMs: 900_000 });
  first.boots.fetched(MAC, first.asks());
  expect(first.asks()).toBe("loaders/ipxe.efi");
  await first.archive[Symbol.asyncDispose]();
  // Up again eight seconds later: its own clock begins anew.
  const second = new Run(store, { startedAtMs: 1_948_000, uptimeMs: 0 });
  expect(second.asks()).toBe("loaders/ipxe.efi");
  second.boots.fetched(MAC, "loaders/ipxe.efi");
  expect(second.asks()).toBe("loaders/shimx64.efi");
});

test("a model's lesson is known after a restart; machines that are no nodes are not stored", async () => {
  const store = new FakeStore();
  const first = new Run(store);
  for (const mac of ["52:54:00:00:00:0a", "52:54:00:00:00:0b"] as Mac[]) {
    first.boots.fetched(mac, first.asks(mac));
    first.boots.fetched(mac, first.asks(mac));
    first.boots.started(mac);
  }
  await first.archive[Symbol.asyncDispose]();
  expect(store.machines.size).toBe(0);
  expect(new Run(store).asks("52:54:00:00:00:0c" as Mac)).toBe("loaders/ipxe.efi");
});

test("a full disk costs nothing that is still there when it has room again", async () => {
  const store = new FakeStore();
  const run = new Run(store);
  tell(run.timelines, toScript(1));
  store.isFull = true;
  await run.archive[Symbol.asyncDispose]();
  expect(run.faults).toEqual([new Error("the disk is full")]);
  store.isFull = false;
  await run.archive[Symbol.asyncDispose]();
  expect(new Run(store).timelines.of([MAC])).toEqual(run.timelines.of([MAC]));
});
