import type { Deployment, NodeProgress } from "./deployment.ts";
import { Interrupt } from "./interrupt.ts";
import { isOnItsWay } from "./node_state.ts";
import { isEnded } from "./outcome.ts";
import type { Plan } from "./plan.ts";

/** A deployment that is running, in memory. */
export class LiveDeployment {
  readonly id: string;
  readonly #row: Omit<Deployment, "nodes" | "sourceSentBytes" | "endedAtMs">;
  /** In the order of the request. */
  readonly #nodes: Map<string, NodeProgress>;
  readonly #interrupts = new Map<string, Interrupt>();
  /** What the source sent before this process began. */
  readonly #sentBeforeBytes: number;
  #sentSinceBytes = 0;

  constructor(deployment: Deployment) {
    const { nodes, sourceSentBytes, endedAtMs, ...row } = deployment;
    this.id = deployment.id;
    this.#row = row;
    this.#nodes = new Map(nodes.map((progress) => [progress.node, progress]));
    this.#sentBeforeBytes = sourceSentBytes;
    for (const { node, state } of nodes) {
      if (isOnItsWay(state)) this.#interrupts.set(node, new Interrupt());
    }
  }

  get deployment(): Deployment {
    return { ...this.#row, nodes: [...this.#nodes.values()], sourceSentBytes: this.sourceSentBytes };
  }

  /** What never changes. */
  get about(): Omit<Deployment, "nodes" | "sourceSentBytes" | "endedAtMs"> {
    return this.#row;
  }

  get sourceSentBytes(): number {
    return this.#sentBeforeBytes + this.#sentSinceBytes;
  }

  get ended(): boolean {
    return isEnded({ nodes: [...this.#nodes.values()] });
  }

  /** Names of the nodes that are on their way. */
  get running(): readonly string[] {
    return [...this.#interrupts.keys()];
  }

  progressOf(node: string): NodeProgress | undefined {
    return this.#nodes.get(node);
  }

  interruptOf(node: string): Interrupt {
    const interrupt = this.#interrupts.get(node);
    if (!interrupt) throw new RangeError(`Node ${node} of ${this.id} is not on its way`);
    return interrupt;
  }

  /** @throws RangeError when the deployment has no such plan */
  planOf({ plan }: Pick<NodeProgress, "plan">): Plan {
    const found = this.#row.plans[plan];
    if (!found)
      throw new RangeError(`Cannot find plan ${plan} of ${this.id}: it has ${this.#row.plans.length}`);
    return found;
  }

  update(progress: NodeProgress): void {
    this.#nodes.set(progress.node, progress);
  }

  /** The node's way has ended. */
  release(node: string): void {
    this.#interrupts.delete(node);
  }

  sent(bytesSinceStart: number): void {
    this.#sentSinceBytes = Math.max(this.#sentSinceBytes, bytesSinceStart);
  }

  cancel(): void {
    for (const interrupt of this.#interrupts.values()) interrupt.cancel();
  }

  stop(): void {
    for (const interrupt of this.#interrupts.values()) interrupt.stop();
  }
}
