/** How groups of nodes want deployments gone about. */
import type { WorkflowOverride } from "./workflow.ts";

/** The questions that are asked, and no more. */
export interface GroupWorkflowStore {
  /** By group. Everything that was there at the start. Read once. */
  all(): ReadonlyMap<string, WorkflowOverride>;
  /** Resolves when it would survive a SIGKILL of the appliance, or rejects and changed nothing. */
  put(group: string, workflow: WorkflowOverride): Promise<void>;
  remove(group: string): Promise<void>;
}

/** For tests: nothing survives the process. */
export class MemoryGroupWorkflowStore implements GroupWorkflowStore {
  readonly #byGroup = new Map<string, WorkflowOverride>();

  all(): ReadonlyMap<string, WorkflowOverride> {
    return this.#byGroup;
  }

  async put(group: string, workflow: WorkflowOverride): Promise<void> {
    this.#byGroup.set(group, workflow);
  }

  async remove(group: string): Promise<void> {
    this.#byGroup.delete(group);
  }
}

/** Answers from memory; changes are seen when they are durable. */
export class GroupWorkflows {
  readonly #store: GroupWorkflowStore;
  readonly #byGroup: Map<string, WorkflowOverride>;

  constructor(store: GroupWorkflowStore) {
    this.#store = store;
    this.#byGroup = new Map(store.all());
  }

  of(group: string): WorkflowOverride | undefined {
    return this.#byGroup.get(group);
  }

  /** Of a node that is in these groups, the strongest first: a later group counts before an earlier one. */
  ofGroups(groups: readonly string[]): readonly WorkflowOverride[] {
    return groups.toReversed().flatMap((group) => this.#byGroup.get(group) ?? []);
  }

  /** Deployments that run keep their plans. @throws {StorageError} it could not be stored; nothing was changed */
  async set(group: string, workflow: WorkflowOverride): Promise<void> {
    await this.#store.put(group, workflow);
    this.#byGroup.set(group, workflow);
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
