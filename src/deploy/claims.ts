import type { Deployment } from "./deployment.ts";

/** A node that a deployment holds. */
export type Claim = {
  readonly node: string;
  readonly deployment: string;
  /** Who asked for that. Absent: from before that was kept. */
  readonly owner?: string | undefined;
  /** Unix time at which the deployment took it. */
  readonly sinceMs: number;
};

/** As the nodes are held that a deployment began with. */
export const claimOf = ({
  id,
  createdAtMs,
  request,
}: Pick<Deployment, "id" | "createdAtMs" | "request">): Omit<Claim, "node"> => ({
  ...{ deployment: id, sinceMs: createdAtMs },
  ...(request.owner === undefined ? {} : { owner: request.owner }),
});

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

  take(nodes: readonly string[], claim: Omit<Claim, "node">): void {
    for (const node of nodes) this.#byNode.set(node, { node, ...claim });
  }

  free(nodes: readonly string[]): void {
    for (const node of nodes) this.#byNode.delete(node);
  }

  holderOf(node: string): string | undefined {
    return this.#byNode.get(node)?.deployment;
  }
}
