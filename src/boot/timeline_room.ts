/** Boots of many machines within a bounded memory: who was heard of least lately loses his oldest boots first. Pure. */
import type { Mac } from "#src/value/mac.ts";
import type { Boot } from "./timeline.ts";

export type RoomLimits = { readonly machines: number; readonly entries: number };

const entriesOf = (boots: readonly Boot[]): number =>
  boots.reduce((sum, { entries }) => sum + entries.length, 0);

export class TimelineRoom {
  readonly #limits: RoomLimits;
  /** Maps keep the order of insertion: the first was touched least lately. */
  readonly #boots = new Map<Mac, readonly Boot[]>();
  #entries = 0;
  #changed = new Set<Mac>();

  constructor(limits: RoomLimits) {
    this.#limits = limits;
  }

  get machines(): number {
    return this.#boots.size;
  }

  get entries(): number {
    return this.#entries;
  }

  /** Whose boots may have changed since the last call. */
  takeChanged(): ReadonlySet<Mac> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  get(mac: Mac): readonly Boot[] | undefined {
    return this.#boots.get(mac);
  }

  put(mac: Mac, boots: readonly Boot[]): void {
    this.delete(mac);
    this.#boots.set(mac, boots);
    this.#entries += entriesOf(boots);
    while (this.#boots.size > this.#limits.machines) this.#forgetOldest();
    while (this.#entries > this.#limits.entries && this.#boots.size > 1) this.#forgetOldest();
  }

  delete(mac: Mac): void {
    this.#changed.add(mac);
    this.#entries -= entriesOf(this.#boots.get(mac) ?? []);
    this.#boots.delete(mac);
  }

  #forgetOldest(): void {
    for (const [mac, boots] of this.#boots) {
      this.#changed.add(mac);
      const left = boots.slice(1);
      this.#entries -= entriesOf(boots) - entriesOf(left);
      // In its place, so that its turn comes again before that of machines heard of since.
      if (left.length > 0 && this.#boots.size <= this.#limits.machines) this.#boots.set(mac, left);
      else {
        this.#entries -= entriesOf(left);
        this.#boots.delete(mac);
      }
      return;
    }
  }
}
