/** A virtual lab with one appliance and one deployment: what a scenario needs, said in few words. */
import type { Deployment, DeploymentRequest, NodeProgress } from "#src/deploy/deployment.ts";
import type { DeployService } from "#src/deploy/service.ts";
import type { DeployServiceOptions } from "#src/deploy/service_options.ts";
import { FakeAppliance, requestFor } from "./fake_appliance.ts";
import { FakeLab } from "./fake_lab.ts";
import type { Faults } from "./fake_machine.ts";

export class LabRun {
  readonly lab = new FakeLab();
  appliance: FakeAppliance;
  #service: DeployService | undefined;
  readonly #more: Partial<DeployServiceOptions>;

  constructor(faults: Readonly<Record<string, Faults>>, more: Partial<DeployServiceOptions> = {}) {
    for (const [name, fault] of Object.entries(faults)) this.lab.add(name, fault);
    this.#more = more;
    this.appliance = new FakeAppliance(this.lab, more);
  }

  get service(): DeployService {
    if (!this.#service) throw new Error("No deployment was started");
    return this.#service;
  }

  /** Starts `d1` on these nodes. @throws when it is refused */
  async start(nodes: readonly string[], more: Partial<DeploymentRequest> = {}): Promise<Deployment> {
    this.#service = await this.appliance.open();
    const started = await this.#service.start({ ...requestFor(...nodes), ...more });
    if (!started.ok) throw new Error(JSON.stringify(started.problem));
    return started.deployment;
  }

  /** The appliance is killed and another one started over the same store. */
  async restart(): Promise<void> {
    this.appliance.life.kill();
    this.lab.netboot = () => "localDisk";
    await this.lab.clock.until(this.lab.clock.sleep(1_000));
    this.appliance = new FakeAppliance(this.lab, this.#more);
    this.#service = await this.appliance.open();
    this.#service.resume();
  }

  async toEnd(id = "d1"): Promise<Deployment> {
    await this.lab.clock.until(this.service.ended(id));
    return this.deployment(id);
  }

  async deployment(id = "d1"): Promise<Deployment> {
    const found = await this.service.byId(id);
    if (!found) throw new Error(`No deployment ${id}`);
    return found;
  }

  async node(name: string): Promise<NodeProgress> {
    const found = (await this.deployment()).nodes.find(({ node }) => node === name);
    if (!found) throw new Error(`No node ${name}`);
    return found;
  }

  /** Lets time pass until the node is as wanted. */
  async until(name: string, isWanted: (progress: NodeProgress) => boolean): Promise<NodeProgress> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const unsubscribe = this.service.subscribe((change) => {
      if (change.kind === "node" && change.progress.node === name && isWanted(change.progress)) resolve();
    });
    if (isWanted(await this.node(name))) resolve();
    await this.lab.clock.until(promise);
    unsubscribe();
    return this.node(name);
  }

  untilPaused(name: string): Promise<NodeProgress> {
    return this.until(name, ({ state }) => state.kind === "paused");
  }

  sleep(ms: number): Promise<void> {
    return this.lab.clock.until(this.lab.clock.sleep(ms));
  }

  kinds(): readonly string[] {
    return this.appliance.events.map(({ kind }) => kind);
  }
}

/** Steps of a node as they were done, failed ones marked. */
export const stepsOf = ({ records }: NodeProgress): readonly string[] =>
  records.map(({ step, round, attempt, why }) =>
    [step, round > 1 || attempt > 1 ? ` r${round}a${attempt}` : "", why ? " failed" : ""].join(""),
  );
