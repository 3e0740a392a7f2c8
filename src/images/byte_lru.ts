/** Recently used things by key, up to a sum of bytes. Pure. */
export class ByteLru<T extends Promise<unknown>> {
  readonly #limitBytes: number;
  readonly #entries = new Map<string, { readonly value: T; readonly bytes: number }>();
  #heldBytes = 0;

  /** One entry is always kept, however large. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** The value of `key`; made by `make` when it is not there, once for all who ask meanwhile. Failures are not kept. */
  take(key: string, bytes: number, make: () => T): T {
    const held = this.#entries.get(key);
    if (held) {
      // A Map remembers the order of insertion: last is newest.
      this.#entries.delete(key);
      this.#entries.set(key, held);
      return held.value;
    }
    const value = make();
    const entry = { value, bytes };
    this.#entries.set(key, entry);
    this.#heldBytes += bytes;
    value.catch(() => {
      if (this.#entries.get(key) === entry) this.#drop(key);
    });
    this.#shrink(key);
    return value;
  }

  clear(): void {
    this.#entries.clear();
    this.#heldBytes = 0;
  }

  #shrink(newest: string): void {
    for (const key of this.#entries.keys()) {
      if (this.#heldBytes <= this.#limitBytes || key === newest) return;
      this.#drop(key);
    }
  }

  #drop(key: string): void {
    this.#heldBytes -= this.#entries.get(key)?.bytes ?? 0;
    this.#entries.delete(key);
  }
}
