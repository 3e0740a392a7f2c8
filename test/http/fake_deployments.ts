/** A deployment service that goes through the real steps as fast as it is told to. */
import type { Deployment, DeploymentRequest, NodeProgress } from "#src/deploy/deployment.ts";
import type { NodeState } from "#src/deploy/node_state.ts";
import { isEnded } from "#src/deploy/outcome.ts";
import type { DeploymentsApi } from "#src/http/api_services.ts";
import type { Image } from "#src/images/catalogue.ts";
import type { NodeRegistry } from "#src/nodes/registry.ts";
import { cancelled, failed, PLAN, recordOf, running, STRAIGHT } from "../deploy/states.ts";

type Around = {
  readonly images: ReadonlyMap<string, Image>;
  readonly nodes: Pick<NodeRegistry, "byName">;
  readonly tickMs: (ms: number) => number;
};

export class FakeDeployments implements DeploymentsApi {
  readonly #appliance: Around;
  readonly #byId = new Map<string, Deployment>();
  readonly requests: DeploymentRequest[] = [];

  constructor(appliance: Around) {
    this.#appliance = appliance;
  }

  start: DeploymentsApi["start"] = async (request) => {
    this.requests.push(request);
    const { image, nodes } = request;
    const found = this.#appliance.images.get(image);
    if (!found) return { ok: false, problem: { kind: "unknownImage", image } };
    const unknown = nodes.filter((node) => !this.#appliance.nodes.byName(node));
    if (unknown.length > 0) return { ok: false, problem: { kind: "unknownNodes", nodes: unknown } };
    const busy = nodes.flatMap((node) => {
      const deployment = this.deploymentOf(node);
      return deployment === undefined ? [] : [{ node, deployment, sinceMs: 60_000 }];
    });
    if (busy.length > 0) return { ok: false, problem: { kind: "nodesBusy", nodes: busy } };
    const deployment: Deployment = {
      id: `d${this.#byId.size + 1}`,
      request,
      imageDigest: found.digest,
      imageRawBytes: found.rawBytes,
      createdAtMs: this.#appliance.tickMs(0),
      plans: [PLAN],
      nodes: nodes.map((node) => ({
        node,
        state: runningAt(0),
        plan: 0,
        records: [],
        hostKey: "ssh-ed25519 SECRETISH",
      })),
      sourceSentBytes: 0,
    };
    this.#byId.set(deployment.id, deployment);
    return { ok: true, deployment };
  };

  byId = async (id: string): Promise<Deployment | undefined> => this.#byId.get(id);
  list = async (count: number): Promise<readonly Deployment[]> =>
    [...this.#byId.values()].reverse().slice(0, count);
  running = (): readonly Deployment[] =>
    [...this.#byId.values()].filter((one) => one.endedAtMs === undefined);
  deploymentOf = (node: string): string | undefined =>
    this.running().find(({ request }) => request.nodes.includes(node))?.id;

  cancel = async (id: string): Promise<boolean> => {
    const deployment = this.#byId.get(id);
    if (!deployment || deployment.endedAtMs !== undefined) return false;
    const nodes = deployment.nodes.map((progress): NodeProgress => {
      const { state } = progress;
      return state.kind === "running" ? { ...progress, state: cancelled(state.step) } : progress;
    });
    this.#put({ ...deployment, nodes });
    return true;
  };

  /** Every node that is on its way does its step. */
  advance(id: string): void {
    const deployment = this.#byId.get(id);
    if (!deployment) throw new Error(`No deployment ${id}`);
    this.#put({
      ...deployment,
      sourceSentBytes: 500,
      nodes: deployment.nodes.map((node) => this.#step(node)),
    });
  }

  finish(id: string): void {
    for (const _ of STRAIGHT) this.advance(id);
  }

  #put(deployment: Deployment): void {
    const ended = isEnded(deployment) && deployment.endedAtMs === undefined;
    this.#byId.set(
      deployment.id,
      ended ? { ...deployment, endedAtMs: this.#appliance.tickMs(1) } : deployment,
    );
  }

  #step(progress: NodeProgress): NodeProgress {
    const { state, node } = progress;
    if (state.kind !== "running") return progress;
    const { step } = state;
    const record = recordOf(step, { startedAtMs: this.#appliance.tickMs(0), tookMs: 1500 });
    this.#appliance.tickMs(1500);
    if (node.startsWith("bad") && step === "partition") {
      const why = "disk /dev/vda is too small";
      return {
        ...progress,
        state: failed(step, why),
        records: [...progress.records, { ...record, why }],
      };
    }
    const counters = { receivedBytes: 500, sentBytes: 0, writtenRawBytes: 1000, totalRawBytes: 1000 };
    const broadcast = step === "mount" ? { ...counters, upstream: "10.77.0.1:7802" } : progress.broadcast;
    const next = STRAIGHT.indexOf(step) + 1;
    return { ...progress, broadcast, state: runningAt(next), records: [...progress.records, record] };
  }
}

function runningAt(index: number): NodeState {
  const step = STRAIGHT[index];
  return step === undefined ? { kind: "done" } : running(step);
}
