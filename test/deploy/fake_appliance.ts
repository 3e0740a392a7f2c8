import { DEPLOY_ACTIONS } from "#src/deploy/actions.ts";
import type { DeploymentRequest } from "#src/deploy/deployment.ts";
import { type DeploymentStore, MemoryDeploymentStore } from "#src/deploy/deployment_store.ts";
import { DeployService } from "#src/deploy/service.ts";
import type { DeployServiceOptions } from "#src/deploy/service_options.ts";
import type { ApplianceEvent } from "#src/events/event.ts";
import { type FakeLab, Life, nodeNamed } from "./fake_lab.ts";

export const IMAGE = {
  digest: "d".repeat(64),
  kind: "archive",
  rawBytes: 1_000_000,
  kernel: "boot/vmlinuz-6",
} as const;

export const requestFor = (...nodes: string[]): DeploymentRequest => ({
  image: "debian-12",
  nodes,
  authorizedKeys: [],
  partitionTable: "gpt",
});

/** An appliance over the machines of a lab. The store outlives it. */
export class FakeAppliance {
  readonly life = new Life();
  readonly events: ApplianceEvent[] = [];
  readonly ended: string[] = [];
  readonly #lab: FakeLab;
  readonly #options: DeployServiceOptions;

  constructor(lab: FakeLab, more: Partial<DeployServiceOptions> = {}) {
    this.#lab = lab;
    const { life } = this;
    const store = more.store ?? new MemoryDeploymentStore();
    this.#options = {
      actions: DEPLOY_ACTIONS,
      tools: { ...lab.toolsOf(life), lastHostKeyOf: (node) => store.lastHostKeyOf(node) },
      imageByName: (name) => (name === "debian-12" ? IMAGE : undefined),
      nodeByName: (name) => (lab.machines.has(name) ? nodeNamed(name) : undefined),
      record: (event) => void this.events.push(event),
      sentBytes: async () => 1234,
      endBroadcast: async (id) => void this.ended.push(id),
      ...more,
      store: mortal(store, life),
    };
  }

  async open(): Promise<DeployService> {
    const service = await DeployService.open(this.#options);
    this.#lab.netboot = (machine) => {
      const { kind } = service.bootProfileOf(machine);
      return kind;
    };
    return service;
  }
}

/** A store whose owner can be killed: what it asked for in its last moment happens, but it never hears of it. */
const mortal = (store: DeploymentStore, life: Life): DeploymentStore => ({
  running: () => life.guard(() => store.running()),
  byId: (id) => life.guard(() => store.byId(id)),
  latest: (count) => life.guard(() => store.latest(count)),
  lastHostKeyOf: (node) => life.guard(() => store.lastHostKeyOf(node)),
  ofNode: (node, limit) => life.guard(() => store.ofNode(node, limit)),
  create: (deployment) => life.guard(() => store.create(deployment)),
  addNodes: (id, added) => life.guard(() => store.addNodes(id, added)),
  saveNode: (id, progress) => life.guard(() => store.saveNode(id, progress)),
  saveTotals: (id, totals) => life.guard(() => store.saveTotals(id, totals)),
});
