import type { BootProfile } from "#src/boot/profile.ts";
import { profileOf } from "./boot_profile.ts";
import type { Consent } from "./consent.ts";
import type { Deployment, DeploymentRequest, NodeProgress } from "./deployment.ts";
import type { DeploymentChange } from "./deployment_change.ts";
import { type Joiners, type JoinResult, join } from "./joining.ts";
import type { LiveDeployment } from "./live_deployment.ts";
import type { DeployServiceOptions } from "./service_options.ts";
import { Settling } from "./settling.ts";
import { type Preview, Starting, type StartResult } from "./starting.ts";
import { Totals } from "./totals.ts";
import { Underway } from "./underway.ts";
import { Walks } from "./walks.ts";

/**
 * All deployments of the appliance. Every state is in the store before it is
 * acted on: after a SIGKILL at any point, `resume` goes on.
 */
export class DeployService {
  readonly #underway: Underway;
  readonly #starting: Starting;
  readonly #walks: Walks;

  private constructor(options: DeployServiceOptions) {
    const underway = new Underway(options);
    const totals = new Totals({ ...options, clock: options.tools.clock });
    const settling: Settling = new Settling({
      ...{ underway, totals },
      launch: (live, nodes) => walks.launch(live, nodes, { resumed: false }),
    });
    const walks = new Walks({ underway, totals, onNodeEnd: (live) => settling.settle(live) });
    this.#underway = underway;
    this.#starting = new Starting(underway);
    this.#walks = walks;
  }

  /** Reads what was running and claims its nodes; nothing is done before `resume`. */
  static async open(options: DeployServiceOptions): Promise<DeployService> {
    const service = new DeployService(options);
    // More than one, for a row that cannot be read is left out.
    service.#starting.countOn(await options.store.latest(20));
    for (const deployment of await options.store.running()) service.#underway.adopt(deployment);
    return service;
  }

  /** Goes on with every deployment that was running when the appliance ended. Once, when all that steps need is up. */
  resume(): void {
    for (const live of [...this.#underway.live.values()]) {
      this.#recordStart(live.deployment, true);
      this.#walks.launch(live, live.running, { resumed: true });
    }
  }

  /**
   * Starts to install an image on nodes. Resolves when the deployment is durable, long before it ends.
   *
   * @throws when it cannot be stored; nothing was changed then
   */
  async start(asked: DeploymentRequest, consent: Consent = {}): Promise<StartResult> {
    const started = await this.#starting.start(asked, consent);
    if (!started.ok) return started;
    const { deployment } = started;
    this.#recordStart(deployment, false);
    const live = this.#underway.adopt(deployment);
    this.#underway.tell({ kind: "started", deployment });
    this.#walks.launch(live, live.running, { resumed: false });
    return started;
  }

  /** What would become of a request, and everything that is in its way. Changes nothing. */
  preview(asked: DeploymentRequest, consent: Consent = {}): Preview {
    return this.#starting.preview(asked, consent);
  }

  /**
   * Takes late nodes into a running deployment. Resolves when that is durable.
   *
   * @throws when it cannot be stored; nothing was changed then
   */
  join(joiners: Joiners): Promise<JoinResult> {
    const launch = (live: LiveDeployment, names: readonly string[]): void =>
      this.#walks.launch(live, names, { resumed: false });
    return join(this.#underway, joiners, launch);
  }

  /** As it stands now. */
  async byId(id: string): Promise<Deployment | undefined> {
    return this.#underway.live.get(id)?.deployment ?? this.#underway.options.store.byId(id);
  }

  /** The newest, newest first; of those that are older than `after`, an id. */
  async list(count = 50, after?: string): Promise<readonly Deployment[]> {
    const { live, options } = this.#underway;
    const stored = await options.store.latest(count, after);
    return stored.map((deployment) => live.get(deployment.id)?.deployment ?? deployment);
  }

  /**
   * Ends every node that is on its way as cancelled; what its agent runs is killed, and the node is left where it is.
   *
   * @returns false when no such deployment is running. Resolves when all its nodes have ended.
   */
  async cancel(id: string): Promise<boolean> {
    const live = this.#underway.live.get(id);
    if (!live) return false;
    this.#underway.options.record({ kind: "deploymentCancelled", deployment: id });
    live.cancel();
    await this.ended(id);
    return true;
  }

  /**
   * Lets nodes that stand before a breakpoint go on: those named, else all of the deployment.
   *
   * @returns those that go on, when that is durable; empty when none of them stands
   */
  async goOn(id: string, nodes?: readonly string[]): Promise<readonly string[]> {
    return this.#walks.goOn(id, nodes ?? this.#underway.live.get(id)?.running ?? []);
  }

  /** Resolves when the deployment is not running (any more). */
  ended(id: string): Promise<void> {
    if (!this.#underway.live.has(id)) return Promise.resolve();
    return new Promise((resolve) => {
      const unsubscribe = this.subscribe((change) => {
        if (change.kind !== "ended" || change.deployment.id !== id) return;
        unsubscribe();
        resolve();
      });
    });
  }

  /** @param listener must not throw. @returns what ends it. */
  subscribe(listener: (change: DeploymentChange) => void): () => void {
    return this.#underway.subscribe(listener);
  }

  /** Those under way, as they are now. */
  running(): readonly Deployment[] {
    return [...this.#underway.live.values()].map((live) => live.deployment);
  }

  /** Digests of images that must stay: of deployments that run, and of those that are about to. */
  imagesInUse(): readonly string[] {
    return [...this.#starting.deployments, ...this.running()].map(({ imageDigest }) => imageDigest);
  }

  /** The running deployment that has this node. */
  deploymentOf(node: string): string | undefined {
    return this.#underway.claims.holderOf(node);
  }

  /** The last deployment that brought the node an image, or is about to: its disk is that one's, whatever was begun since. */
  async installationOf(
    node: string,
  ): Promise<{ readonly deployment: Deployment; readonly progress: NodeProgress } | undefined> {
    const holder = this.deploymentOf(node);
    const live = holder === undefined ? undefined : this.#underway.live.get(holder)?.deployment;
    const isIts = (one: NodeProgress): boolean => one.node === node && hasBegun(one);
    const isLast = ({ nodes }: Deployment): boolean => nodes.some(isIts);
    const deployment =
      live && isLast(live)
        ? live
        : (await this.#underway.options.store.ofNode(node, MAX_LOOKED_AT)).find(isLast);
    const progress = deployment?.nodes.find(isIts);
    return deployment && progress ? { deployment, progress } : undefined;
  }

  /** What a node gets when it asks to boot. */
  bootProfileOf(node: string): BootProfile {
    const deployment = this.deploymentOf(node);
    const progress =
      deployment === undefined ? undefined : this.#underway.live.get(deployment)?.progressOf(node);
    return profileOf(node, deployment !== undefined && progress ? { deployment, ...progress } : undefined);
  }

  /** Leaves all nodes as they are, for the next start to go on with. Resolves when nothing is done any more. */
  async stop(): Promise<void> {
    this.#underway.stop();
    await this.#walks.ended();
  }

  #recordStart({ id, request, nodes }: Deployment, resumed: boolean): void {
    const about = { deployment: id, image: request.image, nodes: nodes.length, resumed };
    this.#underway.options.record({ kind: "deploymentStarted", ...about });
  }
}

/** Deployments that did not come to the disk of a node, and are looked past. */
const MAX_LOOKED_AT = 20;

/** The image was on its way to the disk, in this journey into the ramdisk or one before. */
function hasBegun({ state, records }: NodeProgress): boolean {
  const at = state.kind === "paused" ? state.next : state;
  if (at.kind === "done" || ("phase" in at && at.phase > 1)) return true;
  return records.some(({ phase }) => phase > 1);
}
