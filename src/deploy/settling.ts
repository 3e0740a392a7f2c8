/** What becomes of a deployment when one of its nodes has ended: a spare steps in, spares are let go, it ends. */

import { pause } from "./clock.ts";
import type { Deployment, NodeProgress } from "./deployment.ts";
import type { LiveDeployment } from "./live_deployment.ts";
import { outcomeOf } from "./outcome.ts";
import { idleSpares, nextReplacement, sparesOf } from "./spares.ts";
import { wordsOf } from "./step_fault.ts";
import type { Totals } from "./totals.ts";
import { firstState } from "./transition.ts";
import type { Underway } from "./underway.ts";

export type SettlingOptions = {
  readonly underway: Underway;
  readonly totals: Totals;
  readonly launch: (live: LiveDeployment, nodes: readonly string[]) => void;
};

const SAVE_AGAIN_MS = 5_000;

export class Settling {
  readonly #options: SettlingOptions;

  constructor(options: SettlingOptions) {
    this.#options = options;
  }

  /** Looks at a deployment after something of it has ended. Does nothing when the appliance stops. */
  async settle(live: LiveDeployment): Promise<void> {
    try {
      await live.inTurn(() => this.#settle(live));
    } catch (fault) {
      if (!this.#options.underway.stopSignal.aborted) throw fault;
    }
  }

  async #settle(live: LiveDeployment): Promise<void> {
    const { underway } = this.#options;
    underway.stopSignal.throwIfAborted();
    if (!underway.live.has(live.id)) return;
    await this.#replaceFailed(live);
    const idle = live.isCancelled ? sparesOf(live.deployment) : idleSpares(live.deployment);
    await this.#releaseSpares(live, idle);
    if (live.ended) await this.#end(live);
  }

  async #replaceFailed(live: LiveDeployment): Promise<void> {
    const { underway, launch } = this.#options;
    const groupsOf = (node: string): readonly string[] => underway.options.nodeByName(node)?.groups ?? [];
    for (;;) {
      const next = live.isCancelled ? undefined : nextReplacement(live.deployment, groupsOf);
      if (!next) return;
      const { spare, replaces } = next;
      const progress = { ...spare, state: firstState(live.planOf(spare)), replaces };
      await this.#save(live, progress);
      // It did nothing yet, and is let go with the others in reserve.
      if (live.isCancelled) return;
      live.begin(progress);
      underway.options.record({
        kind: "spareTookPlace",
        ...{ deployment: live.id, node: spare.node, replaces },
      });
      this.#tellNode(live, progress);
      launch(live, [spare.node]);
    }
  }

  async #releaseSpares(live: LiveDeployment, spares: readonly NodeProgress[]): Promise<void> {
    const { underway } = this.#options;
    for (const spare of spares) {
      const progress: NodeProgress = { ...spare, state: { kind: "spare", released: true } };
      await this.#save(live, progress);
      live.update(progress);
      underway.claims.free([spare.node]);
      this.#tellNode(live, progress);
    }
    const nodes = spares.map(({ node }) => node);
    if (nodes.length > 0) underway.options.record({ kind: "sparesReleased", deployment: live.id, nodes });
  }

  #tellNode(live: LiveDeployment, progress: NodeProgress): void {
    const { id: deployment, sourceSentBytes } = live;
    this.#options.underway.tell({ kind: "node", deployment, progress, sourceSentBytes });
  }

  /** However often it takes. @throws signal.reason when the appliance stops before */
  async #save(live: LiveDeployment, progress: NodeProgress): Promise<void> {
    const { options, stopSignal } = this.#options.underway;
    for (;;) {
      try {
        return await options.store.saveNode(live.id, progress);
      } catch (fault) {
        const problem = `Cannot save the progress of ${progress.node}: ${wordsOf(fault)}; trying again in ${SAVE_AGAIN_MS} ms`;
        options.record({ kind: "storeFailed", problem });
      }
      await pause(options.tools.clock, SAVE_AGAIN_MS, stopSignal);
    }
  }

  async #end(live: LiveDeployment): Promise<void> {
    const { underway, totals } = this.#options;
    const { options } = underway;
    const endedAtMs = options.tools.clock.wallMs();
    await totals.end(live, endedAtMs, underway.stopSignal);
    const deployment: Deployment = { ...live.deployment, endedAtMs };
    const { ok, ko, succeeded } = outcomeOf(deployment);
    underway.live.delete(live.id);
    const counts = { ok: ok.length, failed: ko.length, succeeded };
    options.record({ kind: "deploymentEnded", deployment: live.id, ...counts });
    underway.tell({ kind: "ended", deployment });
    await options.endBroadcast(live.id);
  }
}
