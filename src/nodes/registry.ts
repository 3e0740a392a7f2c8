import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { naturalOrder } from "#src/value/natural_order.ts";
import { identifyingUuid } from "./identity_words.ts";
import type { Firmware, Node } from "./node.ts";
import { type BatchHow, type BatchNode, type BatchPlan, planBatch } from "./node_batch.ts";
import { identityOrNone } from "./node_identity.ts";
import { NodeIndex } from "./node_index.ts";
import { type NodePatch, patched } from "./node_patch.ts";
import { placeNode } from "./node_placement.ts";
import {
  type ChangeHow,
  type ChangeResult,
  discoveredName,
  type MakePlan,
  type PlanEvent,
} from "./node_plan.ts";
import type { NodeProblem } from "./node_problem.ts";
import { isMachineMac, type NodeRules } from "./node_rules.ts";
import type { NodeStore } from "./node_store.ts";

/** What an operator says about a new machine. */
export type NewNode = Omit<Node, "status" | "firmware" | "identity">;

export type NodeResult =
  | { readonly ok: true; readonly node: Node }
  | { readonly ok: false; readonly problem: NodeProblem };

/** What came of many nodes. Unless `stored`, `added` and `updated` are what would be. */
export type BatchResult = Pick<BatchPlan, "problems" | "added" | "updated"> & { readonly stored: boolean };

/** What the registry tells the event log. */
export type NodeEvent =
  | { readonly kind: "nodeDiscovered"; readonly node: string; readonly mac: Mac }
  | { readonly kind: "nodeAdded" | "nodeChanged" | "nodeRemoved"; readonly node: string }
  | { readonly kind: "nodesImported"; readonly added: number; readonly updated: number }
  | PlanEvent
  | { readonly kind: "storeFailed"; readonly problem: string };

export type RegistryOptions = NodeRules & {
  readonly store: NodeStore;
  readonly record: (event: NodeEvent) => void;
};

/** A machine that invents MAC addresses must not fill memory and disk. */
export const MAX_DISCOVERED = 5000;

/**
 * Who the nodes are. Questions are answered from memory; a change is seen by
 * others when it is durable, and changes go one after the other, so that two
 * operators cannot take the same name. Only `discover` shows first and writes
 * behind: what it forgets in a crash comes again with the next DHCP request.
 */
export class NodeRegistry {
  readonly #options: RegistryOptions;
  readonly #index: NodeIndex;
  readonly #changing = new Set<string>();
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#index = new NodeIndex(options.store.all());
  }

  byMac(mac: Mac): Node | undefined {
    return this.#index.byMac(mac);
  }

  byName(name: string): Node | undefined {
    return this.#index.byName(name);
  }

  /** The node that the operator fixed this address for. */
  byAddress(address: Ipv4): Node | undefined {
    return this.#index.byAddress(address);
  }

  /** Whether a node's BMC is at this address. */
  isBmcAddress(address: Ipv4): boolean {
    return this.#index.isBmcAddress(address);
  }

  /** How many registered nodes take their address from the pool. */
  withoutAddress(): number {
    return this.#index.withoutAddressCount;
  }

  /** Names of the nodes that are in a group. */
  membersOf(group: string): readonly string[] {
    return this.all()
      .filter(({ groups }) => groups?.includes(group))
      .map(({ name }) => name);
  }

  /** In natural order of names. */
  all(): readonly Node[] {
    return [...this.#index.all()].sort((left, right) => naturalOrder(left.name, right.name));
  }

  /**
   * Registers a machine. Discovered machines with one of its MACs are adopted: they become this node.
   *
   * @throws {StorageError} it could not be stored; nothing was changed.
   */
  add(asked: NewNode): Promise<NodeResult> {
    return this.#inTurn(() => this.#replace(undefined, { ...asked, status: "registered" }));
  }

  /**
   * Changes a node. What an operator has touched counts as registered.
   *
   * @throws {StorageError} it could not be stored; nothing was changed.
   */
  update(name: string, patch: NodePatch): Promise<NodeResult> {
    return this.#inTurn(async () => {
      const node = this.#index.byName(name);
      return node
        ? this.#replace(node, patched(node, patch))
        : { ok: false, problem: { kind: "unknownNode", node: name } };
    });
  }

  /**
   * Registers many machines in one transaction: all of them or, when there are problems that are not to be skipped, none.
   *
   * @throws {StorageError} it could not be stored; nothing was changed.
   */
  addAll(asked: readonly BatchNode[], how: BatchHow): Promise<BatchResult> {
    return this.#inTurn(async () => {
      const plan = planBatch({ index: this.#index, rules: this.#options }, asked, how);
      const { problems, added, updated, put, remove, origins } = plan;
      const told = { problems, added, updated };
      const isHeld = how.dryRun || (problems.length > 0 && !how.skipBad) || put.length === 0;
      if (isHeld) return { ...told, stored: false };
      await this.#options.store.save({ put, remove, origins });
      this.#show(put, remove);
      this.#options.record({ kind: "nodesImported", added: added.length, updated: updated.length });
      return { ...told, stored: true };
    });
  }

  /**
   * Carries out a change of several nodes in one transaction, made of the nodes as they are when it is its turn.
   *
   * @throws {StorageError} it could not be stored; nothing was changed.
   */
  change(make: MakePlan, { dryRun, deploymentOf }: ChangeHow): Promise<ChangeResult> {
    return this.#inTurn(async () => {
      const plan = make({ index: this.#index, rules: this.#options });
      if (!plan.ok) return plan;
      const { put, remove, origins, event } = plan;
      const names = [...new Set([...put.map(({ name }) => name), ...remove])];
      const busy = this.#busyAmong(names, deploymentOf);
      if (busy) return { ok: false, problem: busy };
      const told = { ok: true, nodes: put, gone: remove, stored: !dryRun } as const;
      if (dryRun || put.length + remove.length === 0) return told;
      // Nobody may begin to install one of them before the change shows.
      for (const name of names) this.#changing.add(name);
      try {
        await this.#options.store.save({ put, remove, origins });
      } finally {
        for (const name of names) this.#changing.delete(name);
      }
      this.#show(put, remove);
      if (event) this.#options.record(event);
      return told;
    });
  }

  /** Whether a change that ends or exchanges this node is being stored. */
  isChanging(name: string): boolean {
    return this.#changing.has(name);
  }

  #busyAmong(names: readonly string[], deploymentOf: ChangeHow["deploymentOf"]): NodeProblem | undefined {
    for (const node of names) {
      const deployment = deploymentOf(node);
      if (deployment !== undefined) return { kind: "nodeBusy", node, deployment };
    }
    return undefined;
  }

  /** @throws {StorageError} it could not be stored; nothing was changed. */
  remove(name: string): Promise<NodeResult> {
    return this.#inTurn(async () => {
      const node = this.#index.byName(name);
      if (!node) return { ok: false, problem: { kind: "unknownNode", node: name } };
      await this.#options.store.save({ remove: [name] });
      this.#index.drop(name);
      this.#options.record({ kind: "nodeRemoved", node: name });
      return { ok: true, node };
    });
  }

  /**
   * The node behind a MAC that was seen on the network; unknown machines are
   * registered as discovered. Also learns the firmware of known ones.
   *
   * @param uuid as its firmware or boot loader says, in any spelling
   * @returns `undefined` for a MAC that no machine can have, and when too many machines were discovered.
   */
  discover(mac: Mac, firmware: Firmware | undefined, uuid?: string): Node | undefined {
    const known = this.#index.byMac(mac);
    if (known)
      return firmware === undefined || known.firmware === firmware
        ? known
        : this.#showFirst({ ...known, firmware });
    if (!isMachineMac(mac) || this.#index.discoveredCount >= MAX_DISCOVERED) return undefined;
    const name = discoveredName(mac);
    // An operator may have given this very name to another machine.
    if (this.#index.byName(name)) return undefined;
    this.#options.record({ kind: "nodeDiscovered", node: name, mac });
    const identity = identityOrNone({ uuid: identifyingUuid(uuid) });
    const node: Node = { name, macs: [mac], status: "discovered", firmware, kernelArguments: [] };
    return this.#showFirst(identity ? { ...node, identity } : node);
  }

  /** Takes over what was seen of a node, unless it was changed meanwhile. Shows first and writes behind. */
  learn(node: Node, identity: Node["identity"]): void {
    if (this.#index.byName(node.name) === node) this.#showFirst({ ...node, identity });
  }

  /** Resolves when everything that was changed or discovered so far is stored, or has failed to be. */
  async settled(): Promise<void> {
    await this.#lastChange;
  }

  #showFirst(node: Node): Node {
    this.#index.hold(node);
    void this.#inTurn(async () => {
      // Adopted, renamed or removed meanwhile: those writes have said all.
      if (this.#index.byName(node.name) === node) await this.#options.store.save({ put: [node] });
    }).catch((fault: unknown) => this.#options.record({ kind: "storeFailed", problem: String(fault) }));
    return node;
  }

  async #replace(old: Node | undefined, asked: Node): Promise<NodeResult> {
    const placement = placeNode(this.#index, { old, asked }, this.#options);
    if (!placement.ok) return placement;
    const { node, gone } = placement;
    // Its inventory is the same machine's under a new name.
    const origins = new Map([[node.name, gone]]);
    await this.#options.store.save({ put: [node], remove: gone, origins });
    this.#show([node], gone);
    this.#options.record({ kind: old ? "nodeChanged" : "nodeAdded", node: node.name });
    return { ok: true, node };
  }

  #show(nodes: readonly Node[], gone: readonly string[]): void {
    for (const name of gone) this.#index.drop(name);
    for (const node of nodes) {
      // Machines that showed themselves while the disk was busy are this node as well.
      for (const { name } of this.#index.discoveredAmong(node.macs, node)) this.#index.drop(name);
      this.#index.hold(node);
    }
  }

  /** Runs `work` when all before it are over, whatever came of them. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastChange.then(work);
    this.#lastChange = turn.catch(() => {});
    return turn;
  }
}
