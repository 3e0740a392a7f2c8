import { Type } from "@fastify/type-provider-typebox";
import type { Deployment } from "#src/deploy/deployment.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { knownDeployment } from "./deployment_actions.ts";
import { readConsent, readRequest, startProblem, wantKeys } from "./deployment_request.ts";
import { streamDeployment } from "./deployment_stream.ts";
import { DeploymentCreate, DeploymentSummary, DeploymentView } from "./deployment_types.ts";
import { gateByFabric } from "./fabric_check.ts";
import { viewerOf } from "./image_lookup.ts";
import { requireOwn } from "./ownership.ts";
import { nextLink, type Page, pageQuery } from "./paging.ts";
import { previewOf } from "./preview.ts";
import { PreviewView } from "./preview_types.ts";
import { ApiProblem } from "./problem.ts";
import { deploymentSummary, deploymentView } from "./views.ts";

const Params = Type.Object({ id: Type.String({ maxLength: 32 }) });
const Listed = Type.Object(
  { ...pageQuery, after: Type.Optional(Params.properties.id) },
  { additionalProperties: false },
);
const DEFAULT_LISTED = 20;
/** Each is read with its nodes: more than these at once are too much for the memory. Who asks for more follows the link. */
const MAX_LISTED = 100;

export function deploymentRoutes(api: Api, services: ApiServices): void {
  const { deployments } = services;
  const known = knownDeployment(services);

  api.post(
    "/deployments",
    { schema: { body: DeploymentCreate, response: { 200: PreviewView, 201: DeploymentView } } },
    async (asked, reply) => {
      const { body, principal } = asked;
      const request = { ...readRequest(services, body, viewerOf(asked)), owner: principal.name };
      wantKeys(services, request);
      if (body.dryRun)
        return reply.code(200).send(await previewOf(services, request, { ...body, principal }));
      if (body.checkFabric) await gateByFabric(services, { ...body.checkFabric, nodes: request.nodes });
      const started = await deployments.start(request, readConsent(body, principal));
      if (started.ok) return reply.code(201).send(deploymentView(started.deployment));
      throw startProblem(started.problem);
    },
  );

  api.get(
    "/deployments",
    {
      schema: {
        querystring: Listed,
        response: { 200: Type.Array(DeploymentSummary) },
      },
    },
    async ({ query, url }, reply) => {
      const { items, next } = await newestOf(deployments, query);
      if (next !== undefined) reply.header("link", nextLink(url, next));
      return items.map(deploymentSummary);
    },
  );

  api.get(
    "/deployments/:id",
    { schema: { params: Params, response: { 200: DeploymentView } } },
    async ({ params }) => deploymentView(await known(params.id)),
  );

  api.delete(
    "/deployments/:id",
    { schema: { params: Params, response: { 200: DeploymentView } } },
    async ({ params, principal }) => {
      const { id, endedAtMs, request } = await known(params.id);
      requireOwn(principal, request.owner, `cancel ${id}`);
      if (endedAtMs !== undefined || !(await deployments.cancel(id)))
        throw new ApiProblem(409, "ended", `Cannot cancel ${id}: it has ended`);
      return deploymentView(await known(id));
    },
  );

  api.get("/deployments/:id/events", { schema: { params: Params } }, async ({ params, raw }, reply) => {
    const { id } = await known(params.id);
    reply.hijack();
    streamDeployment({ id, deployments, request: raw, response: reply.raw });
  });
}

/** One more is asked for than is told: whether there is a next page. */
async function newestOf(
  deployments: ApiServices["deployments"],
  { limit = DEFAULT_LISTED, after }: Page,
): Promise<{ readonly items: readonly Deployment[]; readonly next?: string | undefined }> {
  const most = Math.min(limit, MAX_LISTED);
  const found = await deployments.list(most + 1, after);
  const items = found.slice(0, most);
  return { items, next: found.length > most ? items.at(-1)?.id : undefined };
}
