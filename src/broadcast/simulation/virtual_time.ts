/** Time that passes only as fast as things happen. Pure. */

/** Runs what was asked for in the order of its time; what is due at once, in the order of asking. */
export class VirtualTime {
  nowMs = 0;
  #size = 0;
  #sequence = 0;
  readonly #due: number[] = [];
  readonly #order: number[] = [];
  readonly #work: (() => void)[] = [];

  after(delayMs: number, work: () => void): void {
    this.at(this.nowMs + delayMs, work);
  }

  at(dueMs: number, work: () => void): void {
    let at = this.#size++;
    const due = Math.max(dueMs, this.nowMs);
    const order = this.#sequence++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#isBefore(parent, due, order)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#put(at, due, order, work);
  }

  /** Goes on until `isOver`, or nothing is left to do, or `limitMs` is reached. */
  run(isOver: () => boolean, limitMs: number): void {
    while (this.#size > 0 && !isOver()) {
      const due = this.#due[0] ?? 0;
      if (due > limitMs) return;
      this.nowMs = due;
      const work = this.#work[0];
      this.#removeFirst();
      work?.();
    }
  }

  #removeFirst(): void {
    const last = --this.#size;
    const due = this.#due[last] ?? 0;
    const order = this.#order[last] ?? 0;
    const work = this.#work[last] ?? nothing;
    this.#work[last] = nothing;
    if (last === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= last) break;
      if (child + 1 < last && this.#isBefore(child + 1, this.#due[child] ?? 0, this.#order[child] ?? 0))
        child++;
      if (!this.#isBefore(child, due, order)) break;
      this.#move(child, at);
      at = child;
    }
    this.#put(at, due, order, work);
  }

  #isBefore(at: number, due: number, order: number): boolean {
    const other = this.#due[at] ?? 0;
    return other < due || (other === due && (this.#order[at] ?? 0) < order);
  }

  #move(from: number, to: number): void {
    this.#due[to] = this.#due[from] ?? 0;
    this.#order[to] = this.#order[from] ?? 0;
    this.#work[to] = this.#work[from] ?? nothing;
  }

  #put(at: number, due: number, order: number, work: () => void): void {
    this.#due[at] = due;
    this.#order[at] = order;
    this.#work[at] = work;
  }
}

const nothing = (): void => {};

/** Numbers from 0 to below 1 that look random and are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
