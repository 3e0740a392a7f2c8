import type { Deployment, DeploymentRequest } from "./deployment.ts";
import { planOf } from "./plan.ts";
import type { DeployableImage } from "./request_check.ts";
import { firstState } from "./transition.ts";
import { mergeWorkflows } from "./workflow.ts";

const SPARE = { kind: "spare" } as const;

/** A deployment at its beginning, nothing of it done. Pure. */
export function newDeployment(
  request: DeploymentRequest,
  {
    id,
    image,
    createdAtMs,
  }: { readonly id: string; readonly image: DeployableImage; readonly createdAtMs: number },
): Deployment {
  const workflow = mergeWorkflows([request.workflow ?? {}]);
  const plan = planOf({ workflow, breakpoints: request.breakpoints });
  return {
    id,
    request,
    imageDigest: image.digest,
    imageRawBytes: image.rawBytes,
    createdAtMs,
    plans: [plan],
    nodes: [
      ...request.nodes.map((node) => ({ node, state: firstState(plan), plan: 0, records: [] })),
      ...(request.spares ?? []).map((node) => ({ node, state: SPARE, plan: 0, records: [] })),
    ],
    sourceSentBytes: 0,
  };
}
