/** A deployment service that goes through the real steps as fast as it is told to. */
import { type Consent, consentProblems } from "#src/deploy/consent.ts";
import type { Deployment, DeploymentRequest, NodeProgress, StartProblem } from "#src/deploy/deployment.ts";
import { newDeployment } from "#src/deploy/new_deployment.ts";
import { isHeld, type NodeState } from "#src/deploy/node_state.ts";
import { isEnded } from "#src/deploy/outcome.ts";
import { advanceNode, continued } from "#src/deploy/transition.ts";
import type { DeploymentsApi } from "#src/http/api_services.ts";
import type { Image } from "#src/images/catalogue.ts";
import type { Node } from "#src/nodes/node.ts";
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

  start: DeploymentsApi["start"] = async (request, consent = {}) => {
    this.requests.push(request);
    const {
      deployment,
      problems: [problem],
    } = this.preview(request, consent);
    if (problem || !deployment) return { ok: false, problem: problem ?? { kind: "noNodes" } };
    this.#byId.set(deployment.id, deployment);
    return { ok: true, deployment };
  };

  preview: DeploymentsApi["preview"] = (request, consent) => {
    const found = this.#appliance.images.get(request.image);
    const problems = found
      ? this.#problemsOf(request, consent)
      : [{ kind: "unknownImage", image: request.image } as const];
    if (!found || problems.length > 0) return { deployment: undefined, problems };
    const image = { ...found, kernel: "boot/vmlinuz-6" };
    const about = { id: `d${this.#byId.size + 1}`, image, createdAtMs: this.#appliance.tickMs(0) };
    const fresh = newDeployment(request, about);
    const nodes = fresh.nodes.map((one) => ({ ...one, hostKey: "ssh-ed25519 SECRETISH" }));
    return { deployment: { ...fresh, nodes }, problems };
  };

  join: DeploymentsApi["join"] = async ({ id, nodes, ...consent }) => {
    const deployment = this.#byId.get(id);
    if (!deployment || deployment.endedAtMs !== undefined)
      return { ok: false, problem: { kind: "ended", deployment: id } };
    const here = nodes.filter((node) => deployment.nodes.some((one) => one.node === node));
    if (here.length > 0) return { ok: false, problem: { kind: "alreadyIn", deployment: id, nodes: here } };
    const [problem] = this.#problemsOf({ ...deployment.request, nodes, spares: [] }, consent);
    if (problem) return { ok: false, problem };
    const late = nodes.map((node): NodeProgress => ({ node, state: runningAt(0), plan: 0, records: [] }));
    const joined = { ...deployment, nodes: [...deployment.nodes, ...late] };
    this.#put(joined);
    return { ok: true, deployment: joined };
  };

  goOn: DeploymentsApi["goOn"] = async (id, asked) => {
    const deployment = this.#byId.get(id);
    if (!deployment) return [];
    const stands = ({ node, state }: NodeProgress): boolean =>
      state.kind === "paused" && (asked?.includes(node) ?? true);
    const went = deployment.nodes.filter(stands).map(({ node }) => node);
    const nodes = deployment.nodes.map((one) =>
      stands(one) ? { ...one, state: continued(one.state) } : one,
    );
    this.#put({ ...deployment, nodes });
    return went;
  };

  #problemsOf({ nodes, spares = [] }: DeploymentRequest, consent: Consent): readonly StartProblem[] {
    const all = [...nodes, ...spares];
    const nodeByName = (name: string): Node | undefined => this.#appliance.nodes.byName(name);
    const unknown = all.filter((node) => !nodeByName(node));
    const busy = all.flatMap((node) => {
      const deployment = this.deploymentOf(node);
      return deployment === undefined ? [] : [{ node, deployment, sinceMs: 60_000 }];
    });
    return [
      ...(unknown.length > 0 ? [{ kind: "unknownNodes", nodes: unknown } as const] : []),
      ...consentProblems(all, consent, { confirmAbove: 5, nodeByName }),
      ...(busy.length > 0 ? [{ kind: "nodesBusy", nodes: busy } as const] : []),
    ];
  }

  byId = async (id: string): Promise<Deployment | undefined> => this.#byId.get(id);
  list = async (count: number, after?: string): Promise<readonly Deployment[]> => {
    const all = [...this.#byId.values()].reverse();
    return all.slice(after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1).slice(0, count);
  };
  running = (): readonly Deployment[] =>
    [...this.#byId.values()].filter((one) => one.endedAtMs === undefined);
  deploymentOf = (node: string): string | undefined =>
    this.running().find(({ nodes }) => nodes.some((one) => one.node === node && isHeld(one.state)))?.id;

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
      nodes: deployment.nodes.map((node) => this.#step(node, deployment.plans)),
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

  #step(progress: NodeProgress, plans: Deployment["plans"]): NodeProgress {
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
    const plan = plans[progress.plan] ?? PLAN;
    const next = advanceNode(plan, state, { kind: "succeeded" });
    return { ...progress, broadcast, state: next, records: [...progress.records, record] };
  }
}

function runningAt(index: number): NodeState {
  const step = STRAIGHT[index];
  return step === undefined ? { kind: "done" } : running(step);
}
