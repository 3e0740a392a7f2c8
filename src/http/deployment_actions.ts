/** What may be asked of a deployment that is there. */
import { Type } from "@fastify/type-provider-typebox";
import type { Deployment } from "#src/deploy/deployment.ts";
import { outcomeOf } from "#src/deploy/outcome.ts";
import { findImage, type ImageViewer, imageOfLabel } from "#src/images/image_reference.ts";
import { foldNodeSet } from "#src/value/node_set.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { joinProblem, readConsent, readNodeSet, startProblem } from "./deployment_request.ts";
import {
  ContinueView,
  DeploymentAdd,
  DeploymentContinue,
  DeploymentRetry,
  DeploymentView,
} from "./deployment_types.ts";
import { viewerOf } from "./image_lookup.ts";
import { requireOwn } from "./ownership.ts";
import { ApiProblem, notFound } from "./problem.ts";
import { deploymentView } from "./views.ts";

const Params = Type.Object({ id: Type.String({ maxLength: 32 }) });

/** @returns finds a deployment. @throws {ApiProblem} there is none of that id */
export const knownDeployment =
  ({ deployments }: Pick<ApiServices, "deployments">) =>
  async (id: string): Promise<Deployment> => {
    const deployment = await deployments.byId(id);
    if (!deployment) throw notFound("deployment", id, "deployment list");
    return deployment;
  };

export function deploymentActions(api: Api, services: ApiServices): void {
  const { deployments } = services;
  const known = knownDeployment(services);

  api.post(
    "/deployments/:id/continue",
    { schema: { params: Params, body: DeploymentContinue, response: { 200: ContinueView } } },
    async ({ params, body, principal }) => {
      const deployment = await known(params.id);
      requireOwn(principal, deployment.request.owner, `continue ${deployment.id}`);
      const nodes = body.nodes === undefined ? undefined : readNodeSet(services, body.nodes);
      refuseUnless(nodes, deployment);
      const continued = await deployments.goOn(deployment.id, nodes);
      if (continued.length > 0) return { deployment: deployment.id, continued: foldNodeSet(continued) };
      const detail = `Cannot continue ${deployment.id}: none of ${nodes ? foldNodeSet(nodes) : "its nodes"} stands before a step`;
      throw new ApiProblem(409, "notPaused", detail);
    },
  );

  api.post(
    "/deployments/:id/nodes",
    { schema: { params: Params, body: DeploymentAdd, response: { 200: DeploymentView } } },
    async ({ params, body, principal }) => {
      const { id, request } = await known(params.id);
      requireOwn(principal, request.owner, `add nodes to ${id}`);
      const joined = await deployments.join({
        ...{ id, nodes: readNodeSet(services, body.nodes) },
        ...readConsent(body, principal),
      });
      if (joined.ok) return deploymentView(joined.deployment);
      throw joinProblem(joined.problem);
    },
  );

  api.post(
    "/deployments/:id/retry",
    { schema: { params: Params, body: DeploymentRetry, response: { 201: DeploymentView } } },
    async (asked, reply) => {
      const { params, body, principal } = asked;
      const before = await known(params.id);
      requireOwn(principal, before.request.owner, `retry ${before.id}`);
      const request = { ...retryOf(before), owner: principal.name };
      refuseOtherImage(services, before, viewerOf(asked));
      const started = await deployments.start(request, readConsent(body, principal));
      if (started.ok) return reply.code(201).send(deploymentView(started.deployment));
      throw startProblem(started.problem);
    },
  );
}

function refuseUnless(asked: readonly string[] | undefined, { id, nodes }: Deployment): void {
  const members = new Set(nodes.map(({ node }) => node));
  const strangers = asked?.filter((node) => !members.has(node)) ?? [];
  if (strangers.length === 0) return;
  throw new ApiProblem(404, "unknownNodes", `Cannot continue ${id}: it has no ${foldNodeSet(strangers)}`);
}

/** What may be installed may have changed, and so may what the label leads to. @throws ApiProblem */
function refuseOtherImage(
  { images }: ApiServices,
  { id, imageDigest, request: { image: label } }: Deployment,
  viewer: ImageViewer,
): void {
  const labelled = imageOfLabel(images.all(), label);
  const found = labelled && findImage(images.all(), labelled, viewer);
  if (found?.kind !== "found") throw startProblem({ kind: "unknownImage", image: label });
  if (found.image.digest === imageDigest) return;
  const detail = `Cannot retry ${id}: image "${label}" is not the one that it installed; start a new deployment`;
  throw new ApiProblem(409, "otherImage", detail);
}

/** The same again, for those that did not get to the end. */
function retryOf(deployment: Deployment): Deployment["request"] {
  const { id, endedAtMs, request } = deployment;
  if (endedAtMs === undefined) throw new ApiProblem(409, "running", `Cannot retry ${id}: it has not ended`);
  const nodes = outcomeOf(deployment).ko.map(({ node }) => node);
  if (nodes.length === 0)
    throw new ApiProblem(409, "nothingFailed", `Cannot retry ${id}: all its nodes are OK`);
  return { ...request, nodes, spares: undefined, success: undefined, retryOf: id };
}
