import { Claims, claimOf } from "./claims.ts";
import { type Consent, consentProblems } from "./consent.ts";
import type { Deployment, DeploymentRequest, StartProblem } from "./deployment.ts";
import type { DeploymentChange } from "./deployment_change.ts";
import { LiveDeployment } from "./live_deployment.ts";
import { isHeld } from "./node_state.ts";
import type { DeployableImage } from "./request_check.ts";
import type { DeployServiceOptions } from "./service_options.ts";
import { memoryProblem, targetProblem } from "./target_check.ts";

/** What the jobs of the deployment service share: which deployments run, who holds which node, who listens. */
export class Underway {
  readonly options: DeployServiceOptions;
  readonly live = new Map<string, LiveDeployment>();
  readonly claims = new Claims();
  readonly #listeners = new Set<(change: DeploymentChange) => void>();
  readonly #stop = new AbortController();

  constructor(options: DeployServiceOptions) {
    this.options = options;
  }

  /** Aborts when the appliance stops. */
  get stopSignal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Takes a stored deployment among those that run, with the nodes that it holds. */
  adopt(deployment: Deployment): LiveDeployment {
    const live = new LiveDeployment(deployment);
    // It was being stored meanwhile: the next start goes on with it.
    if (this.stopSignal.aborted) live.stop();
    this.live.set(live.id, live);
    const held = deployment.nodes.filter(({ state }) => isHeld(state)).map(({ node }) => node);
    this.claims.take(held, claimOf(deployment));
    return live;
  }

  /** What has to be said on purpose before these nodes are installed, and was not. */
  consentProblems(nodes: readonly string[], consent: Consent): readonly StartProblem[] {
    const { confirmAbove = Number.POSITIVE_INFINITY, nodeByName } = this.options;
    return consentProblems(nodes, consent, { confirmAbove, nodeByName });
  }

  /** What can be said of its disks and memory before a node is touched; an image of a disk is not divided. */
  targetProblem(request: DeploymentRequest, image: DeployableImage): StartProblem | undefined {
    const { nodeByName, disksOf, memoryOf, tools } = this.options;
    const facts = { layoutByName: tools.layoutByName, nodeByName, disksOf, imageRawBytes: image.rawBytes };
    const bad = image.kind === "archive" ? targetProblem(request, facts) : undefined;
    return bad ?? memoryProblem(request, image.about?.minimumMemoryBytes, memoryOf);
  }

  /** @param listener must not throw. @returns what ends it. */
  subscribe(listener: (change: DeploymentChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(change: DeploymentChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  stop(): void {
    this.#stop.abort(new Error("The appliance stops"));
    for (const live of this.live.values()) live.stop();
  }
}
