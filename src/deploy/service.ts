import type { BootProfile } from "#src/boot/profile.ts";
import type { RecordEvent } from "#src/events/event.ts";
import type { Node } from "#src/nodes/node.ts";
import { profileOf } from "./boot_profile.ts";
import type { Deployment, DeploymentRequest, NodeProgress, StartProblem } from "./deployment.ts";
import type { DeploymentChange } from "./deployment_change.ts";
import type { DeploymentStore } from "./deployment_store.ts";
import { LiveDeployment } from "./live_deployment.ts";
import { newDeployment } from "./new_deployment.ts";
import { isOnItsWay, type NodeState } from "./node_state.ts";
import { outcomeOf } from "./outcome.ts";
import { Pauses } from "./pauses.ts";
import { checkRequest, type DeployableImage } from "./request_check.ts";
import { type NodeRun, runNode, type StepLimitsSec } from "./runner.ts";
import type { StepActions } from "./step_action.ts";
import { wordsOf } from "./step_fault.ts";
import { Throttle } from "./throttle.ts";
import type { StepTools } from "./tools.ts";
import { Totals } from "./totals.ts";

export type DeployServiceOptions = {
  readonly store: DeploymentStore;
  readonly actions: StepActions;
  readonly tools: StepTools;
  readonly imageByName: (name: string) => DeployableImage | undefined;
  readonly nodeByName: (name: string) => Node | undefined;
  readonly record: RecordEvent;
  /** Image bytes that left the appliance for a deployment since this process began. */
  readonly sentBytes: (deployment: string) => Promise<number>;
  /** Lets go of what the broadcast of an ended deployment holds. */
  readonly endBroadcast: (deployment: string) => Promise<void>;
  readonly limitsSec?: StepLimitsSec;
  readonly learnedLimitSec?: NodeRun["learnedLimitSec"];
  readonly admit?: NodeRun["admit"];
  /** For tests that kill the appliance: a state is durable and nothing of it was done yet. Not called for states from before a restart. */
  readonly afterSave?: (node: string, state: NodeState) => void | Promise<void>;
};

export type StartResult =
  | { readonly ok: true; readonly deployment: Deployment }
  | { readonly ok: false; readonly problem: StartProblem };

const PROGRESS_EVERY_MS = 500;

/**
 * All deployments of the appliance. Every state is in the store before it is
 * acted on: after a SIGKILL at any point, `resume` goes on.
 */
export class DeployService {
  readonly #options: DeployServiceOptions;
  readonly #live = new Map<string, LiveDeployment>();
  /** Who holds a node. Set and looked at without a pause in between, so two requests cannot both win. */
  readonly #claims = new Map<string, string>();
  /** Being stored: their images are chosen, and they do not run yet. */
  readonly #starting = new Set<Deployment>();
  readonly #listeners = new Set<(change: DeploymentChange) => void>();
  readonly #ways = new Set<Promise<void>>();
  readonly #throttle: Throttle;
  readonly #pauses = new Pauses();
  #nextNumber = 1;
  readonly #totals: Totals;
  readonly #stop = new AbortController();

  private constructor(options: DeployServiceOptions) {
    this.#options = options;
    this.#throttle = new Throttle(PROGRESS_EVERY_MS, options.tools.clock.monotonicMs);
    this.#totals = new Totals({ ...options, clock: options.tools.clock });
  }

  /** Reads what was running and claims its nodes; nothing is done before `resume`. */
  static async open(options: DeployServiceOptions): Promise<DeployService> {
    const service = new DeployService(options);
    // More than one, for a row that cannot be read is left out.
    const newest = await options.store.latest(20);
    service.#nextNumber = Math.max(0, ...newest.map(({ id }) => numberOf(id))) + 1;
    for (const deployment of await options.store.running()) service.#adopt(deployment);
    return service;
  }

  /** Goes on with every deployment that was running when the appliance ended. Once, when all that steps need is up. */
  resume(): void {
    for (const live of [...this.#live.values()]) {
      const { request, nodes } = live.deployment;
      this.#record({
        kind: "deploymentStarted",
        deployment: live.id,
        image: request.image,
        nodes: nodes.length,
        resumed: true,
      });
      this.#launch(live, { resumed: true });
    }
  }

  /**
   * Starts to install an image on nodes. Resolves when the deployment is durable, long before it ends.
   *
   * @throws when it cannot be stored; nothing was changed then
   */
  async start(asked: DeploymentRequest): Promise<StartResult> {
    if (this.#stop.signal.aborted) throw new Error("Cannot start a deployment: the appliance stops");
    const { imageByName, nodeByName, store, tools, record } = this.#options;
    const checked = checkRequest(asked, imageByName(asked.image), nodeByName);
    if (!checked.ok) return checked;
    const { request, image } = checked;
    const busy = request.nodes.flatMap((node) => {
      const holder = this.#claims.get(node);
      return holder === undefined ? [] : [{ node, deployment: holder, sinceMs: this.#sinceMs(holder) }];
    });
    if (busy.length > 0) return { ok: false, problem: { kind: "nodesBusy", nodes: busy } };

    const id = `d${this.#nextNumber++}`;
    const deployment = newDeployment(request, { id, image, createdAtMs: tools.clock.wallMs() });
    for (const node of request.nodes) this.#claims.set(node, deployment.id);
    this.#starting.add(deployment);
    try {
      await store.create(deployment);
    } catch (fault) {
      for (const node of request.nodes) this.#claims.delete(node);
      throw new Error(`Cannot start a deployment: it cannot be stored: ${wordsOf(fault)}`, { cause: fault });
    } finally {
      this.#starting.delete(deployment);
    }
    record({
      kind: "deploymentStarted",
      deployment: deployment.id,
      image: request.image,
      nodes: request.nodes.length,
      resumed: false,
    });
    const live = this.#adopt(deployment);
    this.#tell({ kind: "started", deployment });
    this.#launch(live, { resumed: false });
    return { ok: true, deployment };
  }

  /** As it stands now. */
  async byId(id: string): Promise<Deployment | undefined> {
    return this.#live.get(id)?.deployment ?? this.#options.store.byId(id);
  }

  /** The newest, newest first. */
  async list(count = 50): Promise<readonly Deployment[]> {
    const stored = await this.#options.store.latest(count);
    return stored.map((deployment) => this.#live.get(deployment.id)?.deployment ?? deployment);
  }

  /**
   * Ends every node that is on its way as cancelled; what its agent runs is killed, and the node is left where it is.
   *
   * @returns false when no such deployment is running. Resolves when all its nodes have ended.
   */
  async cancel(id: string): Promise<boolean> {
    const live = this.#live.get(id);
    if (!live) return false;
    this.#record({ kind: "deploymentCancelled", deployment: id });
    live.cancel();
    await this.ended(id);
    return true;
  }

  /**
   * Lets nodes that stand before a breakpoint go on: those named, else all of the deployment.
   *
   * @returns their names; empty when none of them stands
   */
  goOn(id: string, nodes?: readonly string[]): readonly string[] {
    const asked = nodes ?? this.#live.get(id)?.running ?? [];
    return asked.filter((node) => this.#pauses.goOn(`${id}/${node}`));
  }

  /** Resolves when the deployment is not running (any more). */
  ended(id: string): Promise<void> {
    if (!this.#live.has(id)) return Promise.resolve();
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
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Those under way, as they are now. */
  running(): readonly Deployment[] {
    return [...this.#live.values()].map((live) => live.deployment);
  }

  /** Digests of images that must stay: of deployments that run, and of those that are about to. */
  imagesInUse(): readonly string[] {
    return [...this.#starting, ...this.running()].map(({ imageDigest }) => imageDigest);
  }

  /** The running deployment that has this node. */
  deploymentOf(node: string): string | undefined {
    return this.#claims.get(node);
  }

  /** What a node gets when it asks to boot. */
  bootProfileOf(node: string): BootProfile {
    const deployment = this.#claims.get(node);
    const state = deployment === undefined ? undefined : this.#live.get(deployment)?.progressOf(node)?.state;
    return profileOf(node, deployment !== undefined && state ? { deployment, state } : undefined);
  }

  /** Leaves all nodes as they are, for the next start to go on with. Resolves when nothing is done any more. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("The appliance stops"));
    for (const live of this.#live.values()) live.stop();
    await Promise.all(this.#ways);
  }

  /** When a deployment that holds nodes took them. */
  #sinceMs(id: string): number {
    const starting = [...this.#starting].find((deployment) => deployment.id === id);
    return starting?.createdAtMs ?? this.#live.get(id)?.about.createdAtMs ?? 0;
  }

  #adopt(deployment: Deployment): LiveDeployment {
    const live = new LiveDeployment(deployment);
    this.#live.set(live.id, live);
    for (const node of live.running) this.#claims.set(node, live.id);
    return live;
  }

  #launch(live: LiveDeployment, { resumed }: { resumed: boolean }): void {
    const ways = live.running.map((node) => this.#walk(live, node, resumed));
    const way = Promise.all(ways).then(() => this.#end(live));
    this.#ways.add(way);
    void way.finally(() => this.#ways.delete(way));
  }

  async #walk(live: LiveDeployment, node: string, resumed: boolean): Promise<void> {
    const progress = live.progressOf(node);
    if (!progress) return;
    const { store, actions, tools, record, limitsSec = {}, afterSave = (): void => {} } = this.#options;
    const { learnedLimitSec, admit } = this.#options;
    const { id } = live;
    const last = await runNode(
      progress,
      {
        deployment: live.about,
        plan: live.planOf(progress),
        actions,
        tools,
        limitsSec,
        learnedLimitSec,
        admit,
        untilContinued: (name, signal) => this.#pauses.wait(`${id}/${name}`, signal),
        record,
        save: (next) => store.saveNode(id, next),
        onChange: (next) => this.#nodeChanged(live, next),
        afterSave: async (name, state) => afterSave(name, state),
        interrupt: live.interruptOf(node),
      },
      { resumed },
    );
    if (isOnItsWay(last.state)) return;
    this.#throttle.forget(`${id}/${node}`);
    live.release(node);
    this.#claims.delete(node);
  }

  #nodeChanged(live: LiveDeployment, next: NodeProgress): void {
    const before = live.progressOf(next.node);
    live.update(next);
    // Every transition is told, of the bytes in between only some.
    const moved = before?.state !== next.state;
    if (!this.#throttle.pass(`${live.id}/${next.node}`) && !moved) return;
    this.#tell({
      kind: "node",
      deployment: live.id,
      progress: next,
      sourceSentBytes: live.sourceSentBytes,
    });
    this.#totals.count(live);
  }

  async #end(live: LiveDeployment): Promise<void> {
    if (!live.ended) return;
    const endedAtMs = this.#options.tools.clock.wallMs();
    try {
      await this.#totals.end(live, endedAtMs, this.#stop.signal);
    } catch (fault) {
      if (this.#stop.signal.aborted) return;
      throw fault;
    }
    const deployment: Deployment = { ...live.deployment, endedAtMs };
    const { ok, ko } = outcomeOf(deployment);
    this.#live.delete(live.id);
    this.#record({ kind: "deploymentEnded", deployment: live.id, ok: ok.length, failed: ko.length });
    this.#tell({ kind: "ended", deployment });
    await this.#options.endBroadcast(live.id);
  }

  #record(event: Parameters<RecordEvent>[0]): void {
    this.#options.record(event);
  }

  #tell(change: DeploymentChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

/** `d12` is 12. */
const numberOf = (id: string): number => Number(id.slice(1)) || 0;
