import { installedLoader } from "./boot_loader_choice.ts";
import type { Deployment, DeploymentRequest } from "./deployment.ts";
import { type Plan, type PlannedImage, planOf } from "./plan.ts";
import { probeFor } from "./probes/probe_choice.ts";
import type { DeployableImage } from "./request_check.ts";
import { firstState } from "./transition.ts";
import { mergeWorkflows, type WorkflowOverride } from "./workflow.ts";

const SPARE = { kind: "spare" } as const;

export type NewDeploymentFacts = {
  readonly id: string;
  readonly image: DeployableImage;
  readonly createdAtMs: number;
  /** What the groups of a node say, the strongest first. */
  readonly workflowsOf?: ((node: string) => readonly WorkflowOverride[]) | undefined;
};

/** A deployment at its beginning, nothing of it done. Nodes whose groups say the same share a plan. Pure. */
export function newDeployment(
  request: DeploymentRequest,
  { id, image, createdAtMs, workflowsOf = () => [] }: NewDeploymentFacts,
): Deployment {
  const plans = new Plans((node) =>
    planOf({
      workflow: mergeWorkflows([request.workflow ?? {}, ...workflowsOf(node)]),
      breakpoints: request.breakpoints,
      withoutKernel: image.kernel === undefined || installedLoader(request, image) !== "image-grub",
      image: plannedImage(request, image),
      seed: request.seed?.kind,
      probe: probeFor(request, image),
      postInstall: image.about?.postInstall,
    }),
  );
  const nodes = request.nodes.map((node) => {
    const plan = plans.placeOf(node);
    return { node, state: firstState(plan.plan), plan: plan.place, records: [] };
  });
  const spares = (request.spares ?? []).map((node) => ({
    ...{ node, state: SPARE, records: [] },
    plan: plans.placeOf(node).place,
  }));
  return {
    id,
    request,
    imageDigest: image.digest,
    imageRawBytes: image.rawBytes,
    createdAtMs,
    plans: plans.all,
    nodes: [...nodes, ...spares],
    sourceSentBytes: 0,
  };
}

/** The plans that differ, each once. */
class Plans {
  readonly all: Plan[] = [];
  readonly #planOf: (node: string) => Plan;
  readonly #places = new Map<string, number>();

  constructor(planOfNode: (node: string) => Plan) {
    this.#planOf = planOfNode;
  }

  placeOf(node: string): { readonly plan: Plan; readonly place: number } {
    const plan = this.#planOf(node);
    const key = JSON.stringify(plan);
    const place = this.#places.get(key) ?? this.all.push(plan) - 1;
    this.#places.set(key, place);
    return { plan, place };
  }
}

const plannedImage = (
  request: Pick<DeploymentRequest, "grow" | "customize" | "bootLoader">,
  image: DeployableImage,
): PlannedImage => {
  const { grow = true, customize = false } = request;
  if (image.kind === "disk") return { kind: "disk", grow, customize };
  const bootLoader = installedLoader(request, image);
  return { kind: "archive", bootLoader, kernelArguments: image.about?.kernelArguments };
};
