/** A layout as its owner wrote it. */
export type StoredLayout = { readonly name: string; readonly text: string };

/** The questions that the layouts ask, and no more. */
export interface LayoutStore {
  /** Everything that was there at the start. Read once. */
  all(): readonly StoredLayout[];
  /** Resolves when it would survive a SIGKILL of the appliance, or rejects and changed nothing. */
  put(layout: StoredLayout): Promise<void>;
  remove(name: string): Promise<void>;
}

/** For tests: nothing survives the process. */
export class MemoryLayoutStore implements LayoutStore {
  readonly #byName = new Map<string, StoredLayout>();

  all(): readonly StoredLayout[] {
    return [...this.#byName.values()];
  }

  async put(layout: StoredLayout): Promise<void> {
    this.#byName.set(layout.name, layout);
  }

  async remove(name: string): Promise<void> {
    this.#byName.delete(name);
  }
}
