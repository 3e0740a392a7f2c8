/** A node that a deployment holds. */
export type Claim = {
  readonly node: string;
  readonly deployment: string;
  /** Unix time at which the deployment took it. */
  readonly sinceMs: number;
};

/**
 * Which deployment holds which node. Looked at and set without a pause in
 * between, so that of two requests for one node exactly one wins.
 */
export class Claims {
  readonly #byNode = new Map<string, Claim>();

  /** Those of the nodes that somebody holds, in the order asked. */
  busyAmong(nodes: readonly string[]): readonly Claim[] {
    return nodes.flatMap((node) => this.#byNode.get(node) ?? []);
  }

  take(nodes: readonly string[], { deployment, sinceMs }: Omit<Claim, "node">): void {
    for (const node of nodes) this.#byNode.set(node, { node, deployment, sinceMs });
  }

  free(nodes: readonly string[]): void {
    for (const node of nodes) this.#byNode.delete(node);
  }

  holderOf(node: string): string | undefined {
    return this.#byNode.get(node)?.deployment;
  }
}
