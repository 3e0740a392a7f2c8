import type { ApplianceEvent, LoggedEvent, RecordEvent } from "./event.ts";

export type EventListener = (logged: LoggedEvent) => void;

export type EventLogOptions = {
  readonly nowMs: () => number;
  /** Events kept in memory; older ones are forgotten. */
  readonly keep?: number;
  /** Receives what a listener threw, so that one bad listener cannot stop the others. */
  readonly onFault?: (fault: unknown) => void;
};

const KEEP_EVENTS = 10_000;

/**
 * The last events in order, and who wants to hear of new ones. Memory is
 * bounded; recording never throws and never waits.
 *
 * Sequence numbers start at the time of creation in milliseconds, so that they
 * go on growing over restarts and a client can say where it stopped.
 */
export class EventLog {
  readonly #nowMs: () => number;
  readonly #keep: number;
  readonly #onFault: (fault: unknown) => void;
  readonly #listeners = new Set<EventListener>();
  #events: LoggedEvent[] = [];
  #sequence: number;

  constructor({ nowMs, keep = KEEP_EVENTS, onFault = () => {} }: EventLogOptions) {
    this.#nowMs = nowMs;
    this.#keep = keep;
    this.#onFault = onFault;
    this.#sequence = nowMs();
  }

  readonly record: RecordEvent = (event: ApplianceEvent): void => {
    const logged = { sequence: ++this.#sequence, atMs: this.#nowMs(), event };
    this.#events.push(logged);
    // Trimming in halves keeps the cost per event constant.
    if (this.#events.length >= this.#keep * 2) this.#events = this.#events.slice(-this.#keep);
    for (const listener of this.#listeners) this.#tell(listener, logged);
  };

  /** Events with a sequence above `sequence`, oldest first, at most `keep` of them. */
  since(sequence: number): readonly LoggedEvent[] {
    // Without gaps, so the numbers say how many; every stream asks this at every event.
    const count = Math.min(this.#keep, this.#sequence - sequence);
    return count > 0 ? this.#events.slice(-count) : [];
  }

  /** Calls `listener` for every event from now on, until the returned function is called. */
  subscribe(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tell(listener: EventListener, logged: LoggedEvent): void {
    try {
      listener(logged);
    } catch (fault) {
      this.#onFault(fault);
    }
  }
}
