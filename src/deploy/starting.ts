/** How a deployment begins: the request is checked, its nodes are taken, it is stored. */
import { claimOf } from "./claims.ts";
import type { Consent } from "./consent.ts";
import type { Deployment, DeploymentRequest, StartProblem } from "./deployment.ts";
import { newDeployment } from "./new_deployment.ts";
import { withOperations } from "./operation_plan.ts";
import type { Plan } from "./plan.ts";
import { allNodesOf, checkRequest } from "./request_check.ts";
import { wordsOf } from "./step_fault.ts";
import type { Underway } from "./underway.ts";

export type StartResult =
  | { readonly ok: true; readonly deployment: Deployment }
  | { readonly ok: false; readonly problem: StartProblem };

export type Preview = {
  /** At its beginning, with an id that may be another's in the end. Absent when the request makes no sense. */
  readonly deployment: Deployment | undefined;
  /** None: it would start. The gravest first. */
  readonly problems: readonly StartProblem[];
};

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

  /** What would become of a request, and everything that is in its way. Takes nothing and stores nothing. */
  preview(asked: DeploymentRequest, consent: Consent): Preview {
    const planned = this.#plan(asked);
    const nodes = allNodesOf(planned.ok ? planned.deployment.request : asked);
    const busy = this.#underway.claims.busyAmong(nodes);
    return {
      deployment: planned.ok ? planned.deployment : undefined,
      problems: [
        ...(planned.ok ? [] : [planned.problem]),
        ...this.#underway.consentProblems(nodes, consent),
        ...(busy.length > 0 ? [{ kind: "nodesBusy", nodes: busy } as const] : []),
      ],
    };
  }

  #plan(asked: DeploymentRequest): StartResult {
    const { imageByName, nodeByName, tools, workflowsOf, operationsOf = () => [] } = this.#underway.options;
    const checked = checkRequest(asked, imageByName(asked.image), nodeByName);
    if (!checked.ok) return checked;
    const { request, image } = checked;
    const bad = this.#underway.targetProblem(request, image);
    if (bad) return { ok: false, problem: bad };
    const createdAtMs = tools.clock.wallMs();
    const id = `d${this.#nextNumber}`;
    const deployment = newDeployment(request, { id, image, createdAtMs, workflowsOf });
    const problem = breakpointProblem(deployment);
    return problem ? { ok: false, problem } : withOperations(deployment, operationsOf);
  }

  /**
   * Takes the nodes of a request and stores the deployment.
   *
   * @throws when it cannot be stored; nothing was changed then
   */
  async start(asked: DeploymentRequest, consent: Consent = {}): Promise<StartResult> {
    const { claims, options, stopSignal } = this.#underway;
    if (stopSignal.aborted) throw new Error("Cannot start a deployment: the appliance stops");
    const {
      deployment,
      problems: [problem],
    } = this.preview(asked, consent);
    if (problem) return { ok: false, problem };
    if (!deployment) throw new Error("A request without a problem has a plan");
    const nodes = allNodesOf(deployment.request);

    this.#nextNumber++;
    claims.take(nodes, claimOf(deployment));
    this.#starting.add(deployment);
    try {
      await options.store.create(deployment);
    } catch (fault) {
      claims.free(nodes);
      throw new Error(`Cannot start a deployment: it cannot be stored: ${wordsOf(fault)}`, { cause: fault });
    } finally {
      this.#starting.delete(deployment);
    }
    return { ok: true, deployment };
  }
}

/** One that no node would ever come to would never be noticed. */
function breakpointProblem({ request, plans }: Deployment): StartProblem | undefined {
  const known = [...new Set(plans.flatMap(stepsOf))];
  const step = request.breakpoints?.find((name) => !known.includes(name));
  return step === undefined ? undefined : { kind: "unknownStep", step, known };
}

const stepsOf = (plan: Plan): readonly string[] =>
  plan.flatMap((phase) => phase.flatMap(({ steps }) => steps.map(({ name }) => name)));

/** `d12` is 12. */
const numberOf = (id: string): number => Number(id.slice(1)) || 0;
