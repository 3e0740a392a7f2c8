/** A standing rule: what new machines on certain switches are called. Pure. */
export type NamingRule = {
  /** Stays the same; later rules have larger ones. */
  readonly id: number;
  /** Of switch names; `*` stands for any characters. */
  readonly switches: string;
  /** See `readPortPattern`. */
  readonly pattern: string;
  /** New machines count as registered, and can be installed. */
  readonly isRegistering: boolean;
};

export interface NamingRuleStore {
  /** Everything that was there at the start, in the order of ids. Read once. */
  all(): readonly NamingRule[];
  /** Resolves when it would survive a SIGKILL of the appliance, or rejects and changed nothing. */
  put(rule: NamingRule): Promise<void>;
  remove(id: number): Promise<void>;
}

/** For tests: nothing survives the process. */
export class MemoryNamingRuleStore implements NamingRuleStore {
  readonly #byId = new Map<number, NamingRule>();

  all(): readonly NamingRule[] {
    return [...this.#byId.values()];
  }

  async put(rule: NamingRule): Promise<void> {
    this.#byId.set(rule.id, rule);
  }

  async remove(id: number): Promise<void> {
    this.#byId.delete(id);
  }
}
