import type { Node } from "./node.ts";

/**
 * By name, which nodes it was: what is kept beside nodes (inventories) comes from the first of those that has
 * some. With nobody it has none; of a node that is removed and is no one's origin it is forgotten.
 */
export type Origins = ReadonlyMap<string, readonly string[]>;

/** Written in one transaction. Removals come first, so that a name may pass from one machine to another. */
export type NodeChange = {
  readonly put?: readonly Node[];
  readonly remove?: readonly string[];
  /** Of nodes that are put under another name than they had, or in the place of another machine. */
  readonly origins?: Origins;
};

/** The questions that the registry asks, and no more. */
export interface NodeStore {
  /** Everything that was there at the start. Read once. */
  all(): readonly Node[];
  /** Resolves when the change would survive a SIGKILL of the appliance, or rejects and changed nothing. */
  save(change: NodeChange): Promise<void>;
}

/** For tests: nothing survives the process. */
export class MemoryNodeStore implements NodeStore {
  readonly #byName = new Map<string, Node>();

  all(): readonly Node[] {
    return [...this.#byName.values()];
  }

  async save({ put = [], remove = [] }: NodeChange): Promise<void> {
    for (const name of remove) this.#byName.delete(name);
    for (const node of put) this.#byName.set(node.name, structuredClone(node));
  }
}
