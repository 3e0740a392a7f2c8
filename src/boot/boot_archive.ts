/**
 * Writes boots and the ladder's memory behind what happens, so that a restart of the appliance knows them.
 *
 * Never in the way of a packet: what changed is only marked, and written now and then, few machines at a
 * time. Marks are gathered for a while first, so a boot costs a few writes and not one for each moment.
 */
import type { Mac } from "#src/value/mac.ts";
import type { BootMemory, Remembered } from "./boot_memory.ts";
import type { BootChanges, BootStore, StoredBoot } from "./boot_store.ts";
import type { BootTimelines } from "./timelines.ts";

export type BootArchiveOptions = {
  readonly store: BootStore;
  readonly timelines: BootTimelines;
  readonly boots: BootMemory;
  /** Made-up machines are not worth a write. */
  readonly isNode: (mac: Mac) => boolean;
  /** A clock that nobody sets, and the one that outlives the process. */
  readonly nowMs: () => number;
  readonly wallMs: () => number;
  readonly onFault: (fault: unknown) => void;
};

const WRITE_EVERY_MS = 250;
/** Marks are taken over each so many times: a boot has many moments within seconds. */
const GATHER_EVERY = 8;
/** Machines in one write: about 100 KB, so that it takes a few milliseconds. */
const MAX_MACHINES = 32;
/** A disk that is full stays so for a while. */
const REST_WRITES = 120;

export class BootArchive implements AsyncDisposable {
  readonly #options: BootArchiveOptions;
  /** What the store has of each machine: the very boots, for they never change but are replaced. */
  readonly #boots: Map<Mac, readonly StoredBoot[]>;
  readonly #machines: Set<Mac>;
  readonly #lessons: Set<string>;
  readonly #due = { boots: new Set<Mac>(), machines: new Set<Mac>(), lessons: new Set<string>() };
  #lastId: number;
  #turn = 0;
  #restUntil = 0;
  #writing: Promise<unknown> | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(options: BootArchiveOptions) {
    const { boots, machines, lessons } = options.store.all();
    this.#options = options;
    this.#boots = Map.groupBy(boots, ({ mac }) => mac);
    this.#machines = new Set(machines.map(({ mac }) => mac));
    this.#lessons = new Set(lessons.map(({ model }) => model));
    this.#lastId = boots.reduce((last, { id }) => Math.max(last, id), 0);
    options.timelines.restore([...this.#boots].map(([mac, rows]) => [mac, rows.map(({ boot }) => boot)]));
    const { fromWall } = this.#clock();
    options.boots.restore(
      machines.map(({ mac, value }) => [mac, fromWall(value)]),
      lessons.map(({ model, value }) => [model, value]),
    );
  }

  /** Takes up what is stored, and begins to write. */
  static open(options: BootArchiveOptions): BootArchive {
    const archive = new BootArchive(options);
    archive.#timer = setInterval(() => archive.#tick(), WRITE_EVERY_MS);
    archive.#timer.unref();
    return archive;
  }

  /** Writes all that is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
    this.#gather();
    while (await this.#write());
  }

  #tick(): void {
    if (++this.#turn % GATHER_EVERY === 0) this.#gather();
    if (this.#writing || this.#turn < this.#restUntil) return;
    this.#writing = this.#write().finally(() => {
      this.#writing = undefined;
    });
  }

  #gather(): void {
    const { timelines, boots } = this.#options;
    const { machines, lessons } = boots.takeChanged();
    for (const mac of timelines.takeChanged()) this.#due.boots.add(mac);
    for (const mac of machines) this.#due.machines.add(mac);
    for (const model of lessons) this.#due.lessons.add(model);
  }

  /** @returns whether there may be more; not after a fault, which is told and tried again later */
  async #write(): Promise<boolean> {
    const { store, onFault } = this.#options;
    const macs = takeSome(this.#due.boots);
    const ladder = takeSome(this.#due.machines);
    const models = takeSome(this.#due.lessons);
    if (macs.length + ladder.length + models.length === 0) return false;
    const rows = new Map(macs.map((mac) => [mac, this.#rowsOf(mac)]));
    const changes: BootChanges = {
      boots: this.#bootChanges(rows),
      machines: this.#machineChanges(ladder),
      lessons: this.#lessonChanges(models),
    };
    if (isEmpty(changes)) return true;
    try {
      await store.save(changes);
      this.#note(rows, changes);
      return true;
    } catch (fault) {
      for (const mac of macs) this.#due.boots.add(mac);
      for (const mac of ladder) this.#due.machines.add(mac);
      for (const model of models) this.#due.lessons.add(model);
      this.#restUntil = this.#turn + REST_WRITES;
      onFault(fault);
      return false;
    }
  }

  /** A boot that is as it was keeps its row; one that went on gets another. */
  #rowsOf(mac: Mac): readonly StoredBoot[] {
    const before = this.#boots.get(mac) ?? [];
    return this.#options.timelines
      .ofNode(mac)
      .map((boot) => before.find((row) => row.boot === boot) ?? { id: ++this.#lastId, mac, boot });
  }

  #bootChanges(rows: ReadonlyMap<Mac, readonly StoredBoot[]>): BootChanges["boots"] {
    const put: StoredBoot[] = [];
    const removed: number[] = [];
    for (const [mac, now] of rows) {
      const before = this.#boots.get(mac) ?? [];
      put.push(...now.filter((row) => !before.includes(row)));
      removed.push(...before.filter((row) => !now.includes(row)).map(({ id }) => id));
    }
    return { put, removed };
  }

  #machineChanges(macs: readonly Mac[]): BootChanges["machines"] {
    const { boots, isNode } = this.#options;
    const { toWall } = this.#clock();
    const put = macs.flatMap((mac) => {
      const value = isNode(mac) ? boots.learned(mac) : undefined;
      return value ? [{ mac, value: toWall(value) }] : [];
    });
    const kept = new Set(put.map(({ mac }) => mac));
    return { put, removed: macs.filter((mac) => !kept.has(mac) && this.#machines.has(mac)) };
  }

  #lessonChanges(models: readonly string[]): BootChanges["lessons"] {
    const put = models.flatMap((model) => {
      const value = this.#options.boots.lesson(model);
      return value ? [{ model, value }] : [];
    });
    const kept = new Set(put.map(({ model }) => model));
    return { put, removed: models.filter((model) => !kept.has(model) && this.#lessons.has(model)) };
  }

  #note(rows: ReadonlyMap<Mac, readonly StoredBoot[]>, { machines, lessons }: BootChanges): void {
    for (const [mac, now] of rows) {
      if (now.length > 0) this.#boots.set(mac, now);
      else this.#boots.delete(mac);
    }
    for (const { mac } of machines.put) this.#machines.add(mac);
    for (const mac of machines.removed) this.#machines.delete(mac);
    for (const { model } of lessons.put) this.#lessons.add(model);
    for (const model of lessons.removed) this.#lessons.delete(model);
  }

  /** Between this process' clock and the wall's. */
  #clock() {
    const aheadMs = this.#options.wallMs() - this.#options.nowMs();
    const moved = ({ record, model }: Remembered, byMs: number): Remembered => ({
      record: { ...record, sinceMs: Math.round(record.sinceMs + byMs) },
      model,
    });
    return {
      toWall: (one: Remembered) => moved(one, aheadMs),
      fromWall: (one: Remembered) => moved(one, -aheadMs),
    };
  }
}

function takeSome<T>(due: Set<T>): readonly T[] {
  const some = [...due.values().take(MAX_MACHINES)];
  for (const one of some) due.delete(one);
  return some;
}

const isEmpty = (changes: BootChanges): boolean =>
  Object.values(changes).every(({ put, removed }) => put.length === 0 && removed.length === 0);
