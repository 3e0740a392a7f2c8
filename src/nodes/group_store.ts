import type { NodeGroup } from "./group.ts";

/** The questions that the groups ask, and no more. */
export interface GroupStore {
  /** Everything that was there at the start. Read once. */
  all(): readonly NodeGroup[];
  /** Resolves when it would survive a SIGKILL of the appliance, or rejects and changed nothing. */
  put(group: NodeGroup): Promise<void>;
  remove(name: string): Promise<void>;
}

/** For tests: nothing survives the process. */
export class MemoryGroupStore implements GroupStore {
  readonly #byName = new Map<string, NodeGroup>();

  all(): readonly NodeGroup[] {
    return [...this.#byName.values()];
  }

  async put(group: NodeGroup): Promise<void> {
    this.#byName.set(group.name, group);
  }

  async remove(name: string): Promise<void> {
    this.#byName.delete(name);
  }
}
