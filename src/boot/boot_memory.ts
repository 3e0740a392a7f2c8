/**
 * What every machine is told to load, with the memory that takes: see `ladder.ts`. What one machine
 * learned the hard way holds for all of its model as soon as a second one agrees, so that a machine
 * that somebody switched off in the middle changes nothing for the others.
 *
 * Bounded: the machine that was silent longest is forgotten first.
 */
import type { RecordEvent } from "#src/events/event.ts";
import type { Mac } from "#src/value/mac.ts";
import { type BootClient, type BootConfig, type BootDecision, chooseBoot } from "./choice.ts";
import {
  type BootRecord,
  type BootStep,
  MAX_SCRIPTS,
  onBootAsk,
  onFetched,
  onSettled,
  onStarted,
} from "./ladder.ts";
import { describeCircles, describeNotice, noticeFile } from "./notice.ts";

/** What is known of the machine that asks, beside its boots. */
export type KnownMachine = {
  readonly secureBoot: boolean;
  /** Vendor and product of its inventory, when it had an agent once; else its model is guessed from the MAC. */
  readonly model: string | undefined;
};

export type BootMemoryOptions = {
  /** Whether a boot file of this name is published. */
  readonly has: (file: string) => boolean;
  readonly record: RecordEvent;
  /** A clock that nobody sets. */
  readonly nowMs: () => number;
};

export type Remembered = { readonly record: BootRecord; readonly model: string };
/** How many loaders of its row a model does not start, by whose word, and whether another agreed. */
export type Lesson = { readonly failed: number; readonly from: Mac; readonly isSure: boolean };

const MAX_MACHINES = 16_384;
const MAX_MODELS = 1024;
const OUI_CHARACTERS = 8;

export class BootMemory {
  readonly #options: BootMemoryOptions;
  readonly #machines = new Map<Mac, Remembered>();
  readonly #lessons = new Map<string, Lesson>();
  #changed = { machines: new Set<Mac>(), lessons: new Set<string>() };

  constructor(options: BootMemoryOptions) {
    this.#options = options;
  }

  /** What to tell the client; the same for each packet of one exchange. */
  choose(client: BootClient, config: BootConfig, known: KnownMachine): BootDecision {
    const { mac, program } = client;
    const model = modelOf(client, known);
    const before = this.#machines.get(mac)?.record;
    const lesson = this.#lessons.get(model);
    const modelFailed = lesson?.isSure ? lesson.failed : 0;
    const ask = { ...client, modelFailed, nowMs: this.#options.nowMs() };
    // A question between two boots is a repeat of the last.
    const step = onBootAsk(before, client.onlyAsks ? { ...ask, exchange: before?.exchange ?? 0 } : ask);
    const decision = this.#decide(client, config, { known, step });
    if (client.onlyAsks) return decision;
    const loader = decision.kind === "loader" ? nameOf(decision.file) : "";
    const record = decision.kind === "loader" ? { ...step.record, loader } : step.record;
    // An iPXE is the same machine as the firmware that loaded it, which named the model.
    this.#remember(mac, {
      record,
      model: program === "ipxe" ? (this.#machines.get(mac)?.model ?? model) : model,
    });
    if (before && step.hasFailed) this.#report(mac, { before, record, isOver: step.give === "notice" });
    return decision;
  }

  /** What the screen of a machine that was told a notice is to say; `undefined` for others. */
  noticeFor(mac: Mac): string | undefined {
    const record = this.#machines.get(mac)?.record;
    return record && describeNotice(record);
  }

  /** Its agent called. */
  settled(mac: Mac): void {
    const old = this.#machines.get(mac);
    if (old) this.#replace(mac, { ...old, record: onSettled(old.record) });
  }

  /** What an earlier process learned. */
  restore(
    machines: readonly (readonly [Mac, Remembered])[],
    lessons: readonly (readonly [string, Lesson])[],
  ): void {
    for (const [mac, one] of machines) this.#machines.set(mac, one);
    for (const [model, one] of lessons) this.#lessons.set(model, one);
  }

  /** Whose memory may have changed since the last call. */
  takeChanged(): { readonly machines: ReadonlySet<Mac>; readonly lessons: ReadonlySet<string> } {
    const changed = this.#changed;
    this.#changed = { machines: new Set(), lessons: new Set() };
    return changed;
  }

  /** What is known of the machine, when that is more than nothing: made-up machines teach nothing. */
  learned(mac: Mac): Remembered | undefined {
    const one = this.#machines.get(mac);
    const { failedLoaders = 0, replaceRom = false, phase } = one?.record ?? {};
    return failedLoaders > 0 || replaceRom || phase === "resting" ? one : undefined;
  }

  lesson(model: string): Lesson | undefined {
    return this.#lessons.get(model);
  }

  /** The machine has fetched a whole file. */
  fetched(mac: Mac, file: string): void {
    const old = this.#machines.get(mac);
    if (old) this.#replace(mac, { ...old, record: onFetched(old.record, file, this.#options.nowMs()) });
  }

  /**
   * The machine came for its script: what it loaded works.
   *
   * @returns what its screen should say when it came too often in a row
   */
  started(mac: Mac): string | undefined {
    const old = this.#machines.get(mac);
    if (!old) return undefined;
    const record = onStarted(old.record, this.#options.nowMs());
    this.#replace(mac, { ...old, record });
    this.#learn(mac, old);
    const { scripts, loader } = record;
    if (scripts < MAX_SCRIPTS) return undefined;
    if (scripts > old.record.scripts && scripts % MAX_SCRIPTS === 0)
      this.#options.record({ kind: "bootsInCircles", mac, times: scripts, file: loader || undefined });
    return describeCircles(loader, scripts);
  }

  #learn(mac: Mac, old: Remembered): void {
    const { failedLoaders } = old.record;
    if (failedLoaders === 0) return;
    const lesson = this.#lessons.get(old.model);
    const agrees = lesson?.failed === failedLoaders;
    const isSure = agrees && (lesson.isSure || lesson.from !== mac);
    this.#changed.lessons.add(old.model);
    const forgotten = remember(this.#lessons, MAX_MODELS, [
      old.model,
      { failed: failedLoaders, from: mac, isSure },
    ]);
    if (forgotten !== undefined) this.#changed.lessons.add(forgotten);
  }

  #replace(mac: Mac, one: Remembered): void {
    this.#machines.set(mac, one);
    this.#changed.machines.add(mac);
  }

  #remember(mac: Mac, one: Remembered): void {
    this.#changed.machines.add(mac);
    const forgotten = remember(this.#machines, MAX_MACHINES, [mac, one]);
    if (forgotten !== undefined) this.#changed.machines.add(forgotten);
  }

  #decide(
    client: BootClient,
    config: BootConfig,
    { known, step }: { readonly known: KnownMachine; readonly step: BootStep },
  ): BootDecision {
    if (step.give === "notice")
      return { kind: "notice", file: noticeFile(client, config), because: describeNotice(step.record) ?? "" };
    return chooseBoot(client, config, {
      has: this.#options.has,
      secureBoot: known.secureBoot,
      failedLoaders: step.record.failedLoaders,
      replaceRom: client.program === "ipxe" && step.give === "loader",
    });
  }

  #report(
    mac: Mac,
    {
      before,
      record,
      isOver,
    }: { readonly before: BootRecord; readonly record: BootRecord; readonly isOver: boolean },
  ): void {
    const next = isOver ? undefined : record.loader;
    this.#options.record({ kind: "loaderFailed", mac, file: before.loader, next });
  }
}

/** Machines that are built alike: the same product, or the same maker of the card, and the same network stack in their firmware. */
function modelOf({ mac, archCode, vendorClass }: BootClient, { model }: KnownMachine): string {
  return [model ?? mac.slice(0, OUI_CHARACTERS), archCode ?? "", vendorClass.slice(0, 64)].join(" ");
}

const nameOf = (file: string): string => file.replace(/^http:\/\/[^/]+\//, "");

/** @returns who had to make room */
function remember<Key, Value>(
  map: Map<Key, Value>,
  max: number,
  [key, value]: readonly [Key, Value],
): Key | undefined {
  map.delete(key);
  map.set(key, value);
  if (map.size <= max) return undefined;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
  return oldest;
}
