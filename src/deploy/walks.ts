import type { NodeProgress } from "./deployment.ts";
import type { LiveDeployment } from "./live_deployment.ts";
import { isOnItsWay } from "./node_state.ts";
import { Pauses } from "./pauses.ts";
import { type NodeRun, runNode } from "./runner.ts";
import { Throttle } from "./throttle.ts";
import type { Totals } from "./totals.ts";
import type { Underway } from "./underway.ts";

const PROGRESS_EVERY_MS = 500;

export type WalksOptions = {
  readonly underway: Underway;
  readonly totals: Totals;
  /** The way of one of its nodes has ended, or it is begun anew without one. */
  readonly onNodeEnd: (live: LiveDeployment) => Promise<void>;
};

/** Sends nodes on their way, and lets go of those that came to its end. */
export class Walks {
  readonly #options: WalksOptions;
  readonly #ways = new Set<Promise<void>>();
  readonly #pauses = new Pauses();
  readonly #throttle: Throttle;

  constructor(options: WalksOptions) {
    this.#options = options;
    this.#throttle = new Throttle(PROGRESS_EVERY_MS, options.underway.options.tools.clock.monotonicMs);
  }

  /** @param resumed the appliance was restarted in the middle of what these nodes do */
  launch(live: LiveDeployment, nodes: readonly string[], { resumed }: { resumed: boolean }): void {
    for (const node of nodes) this.#follow(this.#walk(live, node, resumed), live);
    if (nodes.length === 0) this.#follow(Promise.resolve(), live);
  }

  /** @returns those of the nodes that stood and go on, when nothing can undo that */
  async goOn(id: string, nodes: readonly string[]): Promise<readonly string[]> {
    const went = await Promise.all(nodes.map((node) => this.#pauses.goOn(`${id}/${node}`)));
    return nodes.filter((_, at) => went[at]);
  }

  /** Resolves when nothing is done any more. */
  async ended(): Promise<void> {
    while (this.#ways.size > 0) await Promise.all(this.#ways);
  }

  #follow(walk: Promise<void>, live: LiveDeployment): void {
    const way = walk.then(() => this.#options.onNodeEnd(live));
    this.#ways.add(way);
    void way.finally(() => this.#ways.delete(way));
  }

  async #walk(live: LiveDeployment, node: string, resumed: boolean): Promise<void> {
    const progress = live.progressOf(node);
    if (!progress) return;
    const { id } = live;
    const last = await runNode(progress, this.#runOf(live, progress), { resumed });
    if (isOnItsWay(last.state)) return;
    this.#throttle.forget(`${id}/${node}`);
    live.release(node);
    this.#options.underway.claims.free([node]);
  }

  #runOf(live: LiveDeployment, progress: NodeProgress): NodeRun {
    const { id } = live;
    const { options } = this.#options.underway;
    const { actions, tools, record, limitsSec = {}, learnedLimitSec, admit, hold } = options;
    const { store, afterSave = (): void => {} } = options;
    return {
      ...{ actions, tools, record, limitsSec, learnedLimitSec, admit, hold },
      deployment: live.about,
      plan: live.planOf(progress),
      untilContinued: (name, signal) => this.#pauses.wait(`${id}/${name}`, signal),
      save: (next) => store.saveNode(id, next),
      onChange: (next) => this.#nodeChanged(live, next),
      afterSave: async (name, state) => afterSave(name, state),
      interrupt: live.interruptOf(progress.node),
    };
  }

  #nodeChanged(live: LiveDeployment, next: NodeProgress): void {
    const before = live.progressOf(next.node);
    live.update(next);
    // Every transition is told, of the bytes in between only some.
    const moved = before?.state !== next.state || before.waitsFor !== next.waitsFor;
    if (!this.#throttle.pass(`${live.id}/${next.node}`) && !moved) return;
    const { sourceSentBytes } = live;
    const { underway, totals } = this.#options;
    underway.tell({ kind: "node", deployment: live.id, progress: next, sourceSentBytes });
    totals.count(live);
  }
}
