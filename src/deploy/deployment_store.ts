import type { Deployment, NodeProgress } from "./deployment.ts";

/** What is kept of a deployment beside its nodes once it runs. */
export type DeploymentTotals = { readonly endedAtMs?: number | undefined; readonly sourceSentBytes: number };

/**
 * The questions that the deployment service asks, and no more. Every write
 * resolves when it would survive a SIGKILL of the appliance, or rejects and
 * changed nothing. Writes for one node come one after the other.
 */
export interface DeploymentStore {
  /** All without an end, oldest first. Read once, at start. */
  running(): Promise<readonly Deployment[]>;
  byId(id: string): Promise<Deployment | undefined>;
  /** The newest `count`, newest first; of those created before the one with id `after`. None when that is unknown. */
  latest(count: number, after?: string): Promise<readonly Deployment[]>;
  /** Of the system that the newest deployment which came so far put on the node: `ssh-ed25519 BASE64`. */
  lastHostKeyOf(node: string): Promise<string | undefined>;
  /**
   * The newest `limit` that have this node, newest first, each with that node alone: what one page costs must not grow
   * with the nodes of a deployment.
   */
  ofNode(node: string, limit: number): Promise<readonly Deployment[]>;
  /** @throws when the id is taken. */
  create(deployment: Deployment): Promise<void>;
  /** Replaces what is known of one node. @throws when the deployment or the node in it is unknown. */
  saveNode(id: string, progress: NodeProgress): Promise<void>;
  /** Adds nodes at the end and replaces the plans. @throws when the deployment is unknown or has one of the nodes. */
  addNodes(id: string, added: Pick<Deployment, "plans" | "nodes">): Promise<void>;
  /** @throws when the deployment is unknown. */
  saveTotals(id: string, totals: DeploymentTotals): Promise<void>;
}

/** For tests: nothing survives the process. */
export class MemoryDeploymentStore implements DeploymentStore {
  /** In order of creation. */
  readonly #byId = new Map<string, Deployment>();

  async running(): Promise<readonly Deployment[]> {
    return [...this.#byId.values()].filter((deployment) => deployment.endedAtMs === undefined);
  }

  async byId(id: string): Promise<Deployment | undefined> {
    return this.#byId.get(id);
  }

  async latest(count: number, after?: string): Promise<readonly Deployment[]> {
    const all = [...this.#byId.values()].reverse();
    const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
    return after !== undefined && start === 0 ? [] : all.slice(start, start + count);
  }

  async lastHostKeyOf(name: string): Promise<string | undefined> {
    const newest = [...this.#byId.values()].reverse().flatMap(({ nodes }) => nodes);
    return newest.find(({ node, hostKey }) => node === name && hostKey !== undefined)?.hostKey;
  }

  async ofNode(name: string, limit: number): Promise<readonly Deployment[]> {
    const its = [...this.#byId.values()].reverse().map((deployment) => ({
      ...deployment,
      nodes: deployment.nodes.filter(({ node }) => node === name),
    }));
    return its.filter(({ nodes }) => nodes.length > 0).slice(0, limit);
  }

  async create(deployment: Deployment): Promise<void> {
    if (this.#byId.has(deployment.id)) throw new Error(`Cannot create ${deployment.id}: the id is taken`);
    this.#byId.set(deployment.id, structuredClone(deployment));
  }

  async saveNode(id: string, progress: NodeProgress): Promise<void> {
    const deployment = this.#known(id);
    if (!deployment.nodes.some(({ node }) => node === progress.node)) {
      throw new Error(`Cannot save ${progress.node} of ${id}: the deployment has no such node`);
    }
    const nodes = deployment.nodes.map((old) =>
      old.node === progress.node ? structuredClone(progress) : old,
    );
    this.#byId.set(id, { ...deployment, nodes });
  }

  async addNodes(id: string, { plans, nodes }: Pick<Deployment, "plans" | "nodes">): Promise<void> {
    const known = this.#known(id);
    const twice = nodes.find((added) => known.nodes.some(({ node }) => node === added.node));
    if (twice) throw new Error(`Cannot add ${twice.node} to ${id}: the deployment has that node`);
    this.#byId.set(id, { ...known, plans, nodes: [...known.nodes, ...structuredClone(nodes)] });
  }

  async saveTotals(id: string, totals: DeploymentTotals): Promise<void> {
    this.#byId.set(id, { ...this.#known(id), ...totals });
  }

  #known(id: string): Deployment {
    const deployment = this.#byId.get(id);
    if (!deployment) throw new Error(`Cannot save to ${id}: there is no such deployment`);
    return deployment;
  }
}
