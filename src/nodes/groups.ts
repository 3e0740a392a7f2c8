import { naturalOrder } from "#src/value/natural_order.ts";
import type { GroupPatch, GroupProblem, NodeGroup } from "./group.ts";
import type { GroupStore } from "./group_store.ts";
import { isNodeName } from "./node_rules.ts";

export type GroupResult =
  | { readonly ok: true; readonly group: NodeGroup }
  | { readonly ok: false; readonly problem: GroupProblem };

/** What the groups tell the event log. */
export type GroupEvent = {
  readonly kind: "groupAdded" | "groupChanged" | "groupRemoved";
  readonly group: string;
};

export type NodeGroupsOptions = {
  readonly store: GroupStore;
  /** Why DHCP cannot send this option, as a clause; `undefined` when it can. */
  readonly whyNotOption: (text: string) => string | undefined;
  /** Names of the nodes that are in a group. */
  readonly membersOf: (group: string) => readonly string[];
  readonly record: (event: GroupEvent) => void;
};

/** The groups that nodes can be in. As with nodes: answers from memory, changes one after the other, seen when durable. */
export class NodeGroups {
  readonly #options: NodeGroupsOptions;
  readonly #byName: Map<string, NodeGroup>;
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(options: NodeGroupsOptions) {
    this.#options = options;
    this.#byName = new Map(options.store.all().map((group) => [group.name, group]));
  }

  byName(name: string): NodeGroup | undefined {
    return this.#byName.get(name);
  }

  /** In natural order of names. */
  all(): readonly NodeGroup[] {
    return [...this.#byName.values()].sort((left, right) => naturalOrder(left.name, right.name));
  }

  /** @throws {StorageError} it could not be stored; nothing was changed. */
  add(group: NodeGroup): Promise<GroupResult> {
    return this.#inTurn(async () => {
      if (!isNodeName(group.name)) return { ok: false, problem: { kind: "badGroupName", name: group.name } };
      if (this.#byName.has(group.name))
        return { ok: false, problem: { kind: "groupTaken", group: group.name } };
      return this.#put(group, "groupAdded");
    });
  }

  /** Gives a group other options. Absent ones stay. @throws {StorageError} it could not be stored; nothing was changed. */
  update(name: string, { dhcpOptions, pinned }: GroupPatch): Promise<GroupResult> {
    return this.#inTurn(async () => {
      const before = this.#byName.get(name);
      if (!before) return { ok: false, problem: { kind: "unknownGroup", group: name } };
      const isPinned = pinned ?? before.pinned;
      const group = { name, dhcpOptions: dhcpOptions ?? before.dhcpOptions };
      return this.#put(isPinned ? { ...group, pinned: true } : group, "groupChanged");
    });
  }

  /** @throws {StorageError} it could not be stored; nothing was changed. */
  remove(name: string): Promise<GroupResult> {
    return this.#inTurn(async () => {
      const group = this.#byName.get(name);
      if (!group) return { ok: false, problem: { kind: "unknownGroup", group: name } };
      const nodes = this.#options.membersOf(name);
      if (nodes.length > 0) return { ok: false, problem: { kind: "groupInUse", group: name, nodes } };
      await this.#options.store.remove(name);
      this.#byName.delete(name);
      this.#options.record({ kind: "groupRemoved", group: name });
      return { ok: true, group };
    });
  }

  async #put(group: NodeGroup, kind: "groupAdded" | "groupChanged"): Promise<GroupResult> {
    for (const option of group.dhcpOptions) {
      const why = this.#options.whyNotOption(option);
      if (why !== undefined) return { ok: false, problem: { kind: "badOption", option, why } };
    }
    await this.#options.store.put(group);
    this.#byName.set(group.name, group);
    this.#options.record({ kind, group: group.name });
    return { ok: true, group };
  }

  /** Runs `work` when all before it are over, whatever came of them. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastChange.then(work);
    this.#lastChange = turn.catch(() => {});
    return turn;
  }
}
