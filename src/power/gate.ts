/** Holds people up until a {@link StartWindow} lets them in. The one place that has a clock for it. */
import { StartWindow, type Ticket, type WindowLimits, type WindowState } from "./window.ts";

export type GateClock = {
  /** Never jumps. */
  readonly nowMs: () => number;
  /** Calls back once after `ms`. @returns what prevents it. */
  readonly after: (ms: number, callback: () => void) => () => void;
};

export type Entry = Omit<Ticket, "id">;

export class StartGate {
  readonly #window: StartWindow;
  readonly #clock: GateClock;
  readonly #resolves = new Map<string, () => void>();
  #nextId = 0;
  #cancelLook: () => void = () => {};

  constructor(limits: WindowLimits, clock: GateClock) {
    this.#window = new StartWindow(limits);
    this.#clock = clock;
  }

  /**
   * Resolves with a slot, which is given back by disposing of it.
   *
   * @param onWait is called when there is none at once
   * @throws signal.reason when the signal comes first; nothing is held then
   */
  async enter(entry: Entry, signal: AbortSignal, onWait?: () => void): Promise<Disposable> {
    signal.throwIfAborted();
    const id = `${this.#nextId++}`;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    this.#resolves.set(id, resolve);
    this.#window.ask({ ...entry, id });
    this.#look();
    if (this.#resolves.has(id)) onWait?.();
    try {
      await promise;
      // Let in and called off in one breath.
      signal.throwIfAborted();
      return this.#slot(id);
    } catch (fault) {
      this.#leave(id);
      throw fault;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** For what was started before anybody could ask. */
  enterAnyway(entry: Entry): Disposable {
    const id = `${this.#nextId++}`;
    this.#window.take({ ...entry, id }, this.#clock.nowMs());
    return this.#slot(id);
  }

  state(): WindowState {
    return this.#window.state();
  }

  #slot(id: string): Disposable {
    return { [Symbol.dispose]: () => this.#leave(id) };
  }

  #leave(id: string): void {
    this.#resolves.delete(id);
    this.#window.leave(id);
    this.#look();
  }

  #look(): void {
    this.#cancelLook();
    this.#cancelLook = () => {};
    const nowMs = this.#clock.nowMs();
    for (const { id } of this.#window.admit(nowMs)) {
      const resolve = this.#resolves.get(id);
      this.#resolves.delete(id);
      resolve?.();
    }
    const atMs = this.#window.nextMs(nowMs);
    if (atMs !== undefined)
      this.#cancelLook = this.#clock.after(Math.max(1, atMs - nowMs), () => this.#look());
  }
}
