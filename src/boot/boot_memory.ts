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
import { type BootRecord, MAX_FRUITLESS, onBootAsk, onFetched, onStarted, REST_MS } from "./ladder.ts";

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

type Remembered = { readonly record: BootRecord; readonly model: string };
type Lesson = { readonly failed: number; readonly from: Mac; readonly isSure: boolean };

const MAX_MACHINES = 16_384;
const MAX_MODELS = 1024;
const OUI_CHARACTERS = 8;

export class BootMemory {
  readonly #options: BootMemoryOptions;
  readonly #machines = new Map<Mac, Remembered>();
  readonly #lessons = new Map<string, Lesson>();

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
    const step = onBootAsk(before, { ...client, modelFailed, nowMs: this.#options.nowMs() });
    const decision = this.#decide(client, config, { known, step });
    const loader = decision.kind === "loader" ? nameOf(decision.file) : "";
    const record = decision.kind === "loader" ? { ...step.record, loader } : step.record;
    // An iPXE is the same machine as the firmware that loaded it, which named the model.
    remember(
      this.#machines,
      mac,
      { record, model: program === "ipxe" ? (this.#machines.get(mac)?.model ?? model) : model },
      MAX_MACHINES,
    );
    if (before && step.hasFailed) this.#report(mac, { before, record });
    return decision;
  }

  /** The machine has fetched a whole file. */
  fetched(mac: Mac, file: string): void {
    const old = this.#machines.get(mac);
    if (old) this.#machines.set(mac, { ...old, record: onFetched(old.record, file, this.#options.nowMs()) });
  }

  /** The machine came for its script: what it loaded works. */
  started(mac: Mac): void {
    const old = this.#machines.get(mac);
    if (!old) return;
    const { failedLoaders } = old.record;
    this.#machines.set(mac, { ...old, record: onStarted(old.record, this.#options.nowMs()) });
    if (failedLoaders === 0) return;
    const lesson = this.#lessons.get(old.model);
    const agrees = lesson?.failed === failedLoaders;
    const isSure = agrees && (lesson.isSure || lesson.from !== mac);
    remember(this.#lessons, old.model, { failed: failedLoaders, from: mac, isSure }, MAX_MODELS);
  }

  #decide(
    client: BootClient,
    config: BootConfig,
    { known, step }: { readonly known: KnownMachine; readonly step: ReturnType<typeof onBootAsk> },
  ): BootDecision {
    if (step.give === "nothing") {
      const because = `it fetched loaders ${MAX_FRUITLESS} times and started none, so it is left to its next boot entry for ${REST_MS / 60_000} min`;
      return { kind: "ignore", because };
    }
    return chooseBoot(client, config, {
      has: this.#options.has,
      secureBoot: known.secureBoot,
      failedLoaders: step.record.failedLoaders,
      replaceRom: client.program === "ipxe" && step.give === "loader",
    });
  }

  #report(mac: Mac, { before, record }: { readonly before: BootRecord; readonly record: BootRecord }): void {
    const next = record.phase === "resting" ? undefined : record.loader;
    this.#options.record({ kind: "loaderFailed", mac, file: before.loader, next });
  }
}

/** Machines that are built alike: the same product, or the same maker of the card, and the same network stack in their firmware. */
function modelOf({ mac, archCode, vendorClass }: BootClient, { model }: KnownMachine): string {
  return [model ?? mac.slice(0, OUI_CHARACTERS), archCode ?? "", vendorClass.slice(0, 64)].join(" ");
}

const nameOf = (file: string): string => file.replace(/^http:\/\/[^/]+\//, "");

function remember<Key, Value>(map: Map<Key, Value>, key: Key, value: Value, max: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > max && oldest !== undefined) map.delete(oldest);
}
