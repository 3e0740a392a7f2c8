/**
 * The leases that outlive the process: an append-only journal, replaced by a snapshot when it has grown.
 *
 * Group commit: what comes within a few milliseconds shares one write and one sync. Why a lease that was
 * acknowledged cannot be lost: `src/decisions/0009-lease-journal.md`.
 */
import type { Lease, LeaseStore } from "#src/dhcp/lease_store.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { StorageError } from "#src/value/storage_error.ts";
import { JournalFile } from "./journal_file.ts";
import { JOURNAL_HEADER, putRecord, removeRecord } from "./lease_record.ts";

/** Changes that come within this time share one sync. */
const COLLECT_MS = 3;
/** The journal is replaced when it is larger than this and {@link GROWTH} times what the leases need. */
const SMALL_BYTES = 4 << 20;
const GROWTH = 4;
/** So much larger still and it is replaced before anything else is stored, whoever has to wait. */
const PATIENCE = 2;

type Change = { readonly address: Ipv4; readonly record: string; readonly isRemoval: boolean };
type Waiting = Change & { readonly resolve: () => void; readonly reject: (fault: unknown) => void };
/** The file that will replace the journal, and what was stored since its snapshot was taken. */
type Successor = {
  readonly ready: Promise<JournalFile>;
  file: JournalFile | undefined;
  readonly missed: string[];
};

export type LeaseJournalParts = {
  readonly path: string;
  readonly file: JournalFile;
  readonly leases: ReadonlyMap<Ipv4, Lease>;
  /** Size from which a journal may be replaced. */
  readonly smallBytes?: number;
};

export class LeaseJournal implements LeaseStore {
  readonly #path: string;
  readonly #smallBytes: number;
  readonly #atStart: readonly Lease[];
  /** What a snapshot would hold: the record of each lease that is stored. */
  readonly #records = new Map<Ipv4, string>();
  #recordBytes = 0;
  #file: JournalFile;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #successor: Successor | undefined;
  #closed = false;

  constructor({ path, file, leases, smallBytes = SMALL_BYTES }: LeaseJournalParts) {
    this.#path = path;
    this.#smallBytes = smallBytes;
    this.#file = file;
    this.#atStart = [...leases.values()];
    for (const lease of this.#atStart) this.#note(changeTo(lease));
  }

  all(): readonly Lease[] {
    return this.#atStart;
  }

  /** @throws {StorageError} it was not stored */
  put(lease: Lease): Promise<void> {
    return this.#store(changeTo(lease));
  }

  /** @throws {StorageError} it was not stored */
  remove(address: Ipv4): Promise<void> {
    return this.#store({ address, record: removeRecord(address), isRemoval: true });
  }

  /** Refuses new changes and resolves when the others are settled. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#flush();
    await this.#successor?.ready.then(
      (file) => file.discard(),
      () => undefined,
    );
    await this.#file.close();
  }

  #store(change: Change): Promise<void> {
    if (this.#closed) return Promise.reject(new StorageError("failed", "Cannot write: the store is closed"));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ ...change, resolve, reject });
    this.#timer ??= setTimeout(() => void this.#flush(), COLLECT_MS);
    return promise;
  }

  #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running = this.#running.then(() => this.#writeWaiting());
    return this.#running;
  }

  async #writeWaiting(): Promise<void> {
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = [];
    try {
      await this.#commit(batch);
      for (const { resolve } of batch) resolve();
    } catch (fault) {
      const error = storageError(this.#path, fault);
      for (const { reject } of batch) reject(error);
    }
  }

  async #commit(batch: readonly Change[]): Promise<void> {
    await this.#replaceWhenDue();
    const text = batch.map(({ record }) => record).join("");
    await this.#file.append(Buffer.from(text));
    this.#successor?.missed.push(text);
    for (const change of batch) this.#note(change);
  }

  /** Keeps in mind what is stored now. */
  #note({ address, record, isRemoval }: Change): void {
    this.#recordBytes -= this.#records.get(address)?.length ?? 0;
    this.#records.delete(address);
    if (isRemoval) return;
    this.#records.set(address, record);
    this.#recordBytes += record.length;
  }

  /**
   * The snapshot is written beside the journal while that goes on; only taking its place makes anybody wait.
   * A snapshot that cannot be written is tried again with the next change, until nothing else helps.
   */
  async #replaceWhenDue(): Promise<void> {
    const due = Math.max(this.#smallBytes, GROWTH * this.#recordBytes);
    const isUrgent = this.#file.isDoubtful || this.#file.sizeBytes > PATIENCE * due;
    if (!isUrgent && this.#file.sizeBytes <= due) return;
    this.#successor ??= this.#prepareSuccessor();
    const successor = this.#successor;
    const file = isUrgent ? await successor.ready : successor.file;
    if (file) await this.#succeed(file, successor.missed, isUrgent);
  }

  #prepareSuccessor(): Successor {
    const bytes = Buffer.from([JOURNAL_HEADER, ...this.#records.values()].join(""));
    const ready = JournalFile.create(`${this.#path}.new`, bytes);
    const successor: Successor = { ready, file: undefined, missed: [] };
    ready.then(
      (file) => {
        successor.file = file;
      },
      () => {
        this.#successor = undefined;
      },
    );
    return successor;
  }

  async #succeed(file: JournalFile, missed: readonly string[], isUrgent: boolean): Promise<void> {
    this.#successor = undefined;
    try {
      await file.append(Buffer.from(missed.join("")));
      await file.rename(this.#path);
    } catch (fault) {
      await file.discard();
      if (isUrgent) throw fault;
      return;
    }
    const before = this.#file;
    this.#file = file;
    await before.close();
    await file.syncName();
  }
}

const changeTo = (lease: Lease): Change => ({
  address: lease.address,
  record: putRecord(lease),
  isRemoval: false,
});

function storageError(path: string, fault: unknown): StorageError {
  const { code, message } = fault as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") {
    const text = `Cannot write "${path}": the disk is full; free some space and try again`;
    return new StorageError("diskFull", text, { cause: fault });
  }
  return new StorageError("failed", `Cannot write "${path}": ${message}`, { cause: fault });
}
