/** How a deployment begins: the request is checked, its nodes are taken, it is stored. */
import type { Deployment, DeploymentRequest, StartProblem } from "./deployment.ts";
import { newDeployment } from "./new_deployment.ts";
import { allNodesOf, checkRequest } from "./request_check.ts";
import { wordsOf } from "./step_fault.ts";
import type { Underway } from "./underway.ts";

export type StartResult =
  | { readonly ok: true; readonly deployment: Deployment }
  | { readonly ok: false; readonly problem: StartProblem };

export class Starting {
  readonly #underway: Underway;
  /** Being stored: their images are chosen, and they do not run yet. */
  readonly #starting = new Set<Deployment>();
  #nextNumber = 1;

  constructor(underway: Underway) {
    this.#underway = underway;
  }

  /** Learns which ids were given. */
  countOn(known: readonly Pick<Deployment, "id">[]): void {
    this.#nextNumber = Math.max(this.#nextNumber - 1, ...known.map(({ id }) => numberOf(id))) + 1;
  }

  get deployments(): Iterable<Deployment> {
    return this.#starting;
  }

  /** What would be started, were its nodes free and now the time. Takes nothing and stores nothing. */
  plan(asked: DeploymentRequest): StartResult {
    const { imageByName, nodeByName, tools } = this.#underway.options;
    const checked = checkRequest(asked, imageByName(asked.image), nodeByName);
    if (!checked.ok) return checked;
    const { request, image } = checked;
    const createdAtMs = tools.clock.wallMs();
    const deployment = newDeployment(request, { id: `d${this.#nextNumber}`, image, createdAtMs });
    return { ok: true, deployment };
  }

  /**
   * Takes the nodes of a request and stores the deployment.
   *
   * @throws when it cannot be stored; nothing was changed then
   */
  async start(asked: DeploymentRequest): Promise<StartResult> {
    const { claims, options, stopSignal } = this.#underway;
    if (stopSignal.aborted) throw new Error("Cannot start a deployment: the appliance stops");
    const planned = this.plan(asked);
    if (!planned.ok) return planned;
    const { deployment } = planned;
    const nodes = allNodesOf(deployment.request);
    const busy = claims.busyAmong(nodes);
    if (busy.length > 0) return { ok: false, problem: { kind: "nodesBusy", nodes: busy } };

    this.#nextNumber++;
    claims.take(nodes, { deployment: deployment.id, sinceMs: deployment.createdAtMs });
    this.#starting.add(deployment);
    try {
      await options.store.create(deployment);
    } catch (fault) {
      claims.free(nodes);
      throw new Error(`Cannot start a deployment: it cannot be stored: ${wordsOf(fault)}`, { cause: fault });
    } finally {
      this.#starting.delete(deployment);
    }
    return planned;
  }
}

/** `d12` is 12. */
const numberOf = (id: string): number => Number(id.slice(1)) || 0;
