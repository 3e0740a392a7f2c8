import type { Deployment, NodeProgress } from "./deployment.ts";
import { Interrupt } from "./interrupt.ts";
import { isOnItsWay } from "./node_state.ts";
import { isEnded } from "./outcome.ts";
import type { Plan } from "./plan.ts";

/** A deployment that is running, in memory. */
export class LiveDeployment {
  readonly id: string;
  #row: Omit<Deployment, "nodes" | "sourceSentBytes" | "endedAtMs">;
  /** In the order of the request. */
  readonly #nodes: Map<string, NodeProgress>;
  readonly #interrupts = new Map<string, Interrupt>();
  /** What the source sent before this process began. */
  readonly #sentBeforeBytes: number;
  #sentSinceBytes = 0;
  #lastTurn: Promise<unknown> = Promise.resolve();
  #isCancelled = false;
  #isStopped = false;

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

  /** What changes only when nodes join: then plans are added at the end. */
  get about(): Omit<Deployment, "nodes" | "sourceSentBytes" | "endedAtMs"> {
    return this.#row;
  }

  get sourceSentBytes(): number {
    return this.#sentBeforeBytes + this.#sentSinceBytes;
  }

  get ended(): boolean {
    return isEnded({ nodes: [...this.#nodes.values()] });
  }

  /** Somebody wants it to end: nobody steps in for anybody any more. */
  get isCancelled(): boolean {
    return this.#isCancelled;
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

  /** A node that was in reserve begins its way. */
  begin(progress: NodeProgress): void {
    this.update(progress);
    const interrupt = new Interrupt();
    // Either may have come while this was being saved.
    if (this.#isCancelled) interrupt.cancel();
    if (this.#isStopped) interrupt.stop();
    this.#interrupts.set(progress.node, interrupt);
  }

  /** Nodes that come later, with the plans of all. */
  add({ plans, nodes }: Pick<Deployment, "plans" | "nodes">): void {
    this.#row = { ...this.#row, plans };
    for (const progress of nodes) this.begin(progress);
  }

  /** Runs `work` when all before it are over: what changes who takes part goes one after the other. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(work);
    this.#lastTurn = turn.catch(() => {});
    return turn;
  }

  /** The node's way has ended. */
  release(node: string): void {
    this.#interrupts.delete(node);
  }

  sent(bytesSinceStart: number): void {
    this.#sentSinceBytes = Math.max(this.#sentSinceBytes, bytesSinceStart);
  }

  cancel(): void {
    this.#isCancelled = true;
    for (const interrupt of this.#interrupts.values()) interrupt.cancel();
  }

  stop(): void {
    this.#isStopped = true;
    for (const interrupt of this.#interrupts.values()) interrupt.stop();
  }
}
