import type { Finding } from "./finding.ts";

/** A finding that was told. */
export type KnownFinding = {
  /** See `findingKey`. */
  readonly key: string;
  readonly finding: Finding;
  /** Unix time. */
  readonly sinceMs: number;
  /** An operator said that it is as it should be: kept, so that it is not told again. */
  readonly isAccepted: boolean;
};

export type FindingChange = { readonly put: readonly KnownFinding[]; readonly remove: readonly string[] };

export interface FindingStore {
  /** Everything that was there at the start. Read once. */
  all(): readonly KnownFinding[];
  /** Resolves when it would survive a SIGKILL of the appliance, or rejects and changed nothing. */
  save(change: FindingChange): Promise<void>;
}

/** For tests: nothing survives the process. */
export class MemoryFindingStore implements FindingStore {
  readonly #byKey = new Map<string, KnownFinding>();

  all(): readonly KnownFinding[] {
    return [...this.#byKey.values()];
  }

  async save({ put, remove }: FindingChange): Promise<void> {
    for (const key of remove) this.#byKey.delete(key);
    for (const one of put) this.#byKey.set(one.key, structuredClone(one));
  }
}
