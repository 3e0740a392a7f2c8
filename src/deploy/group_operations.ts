/** What admins have nodes of a group do beside the steps of each deployment. */
import type { Operation } from "./operation.ts";
import type { GroupOperation } from "./operation_plan.ts";

/** The questions that are asked, and no more. */
export interface GroupOperationStore {
  /** By group. Everything that was there at the start. Read once. */
  all(): ReadonlyMap<string, readonly Operation[]>;
  /** Resolves when it would survive a SIGKILL of the appliance, or rejects and changed nothing. */
  put(group: string, operations: readonly Operation[]): Promise<void>;
  remove(group: string): Promise<void>;
}

/** For tests: nothing survives the process. */
export class MemoryGroupOperationStore implements GroupOperationStore {
  readonly #byGroup = new Map<string, readonly Operation[]>();

  all(): ReadonlyMap<string, readonly Operation[]> {
    return this.#byGroup;
  }

  async put(group: string, operations: readonly Operation[]): Promise<void> {
    this.#byGroup.set(group, operations);
  }

  async remove(group: string): Promise<void> {
    this.#byGroup.delete(group);
  }
}

/** Answers from memory; changes are seen when they are durable. */
export class GroupOperations {
  readonly #store: GroupOperationStore;
  readonly #byGroup: Map<string, readonly Operation[]>;

  constructor(store: GroupOperationStore) {
    this.#store = store;
    this.#byGroup = new Map(store.all());
  }

  of(group: string): readonly Operation[] {
    return this.#byGroup.get(group) ?? [];
  }

  /** Of a node that is in these groups, in the order of the groups. */
  ofGroups(groups: readonly string[]): readonly GroupOperation[] {
    return groups.flatMap((group) => this.of(group).map((operation) => ({ ...operation, group })));
  }

  /** Deployments that run keep theirs. @throws {StorageError} it could not be stored; nothing was changed */
  async set(group: string, operations: readonly Operation[]): Promise<void> {
    await this.#store.put(group, operations);
    this.#byGroup.set(group, operations);
  }

  /** @throws {StorageError} it could not be stored; nothing was changed */
  async clear(group: string): Promise<void> {
    if (!this.#byGroup.has(group)) return;
    await this.#store.remove(group);
    this.#byGroup.delete(group);
  }

  /** Forgets those of groups that went away in the moment in which the appliance was killed. */
  async keepOnly(isGroup: (name: string) => boolean): Promise<void> {
    for (const group of [...this.#byGroup.keys()]) if (!isGroup(group)) await this.clear(group);
  }
}
