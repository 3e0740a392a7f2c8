import { Type } from "@fastify/type-provider-typebox";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { knownDeployment } from "./deployment_actions.ts";
import { readConsent, readRequest, startProblem } from "./deployment_request.ts";
import { streamDeployment } from "./deployment_stream.ts";
import { DeploymentCreate, DeploymentSummary, DeploymentView } from "./deployment_types.ts";
import { gateByFabric } from "./fabric_check.ts";
import { previewOf } from "./preview.ts";
import { PreviewView } from "./preview_types.ts";
import { ApiProblem } from "./problem.ts";
import { deploymentSummary, deploymentView } from "./views.ts";

const Params = Type.Object({ id: Type.String({ maxLength: 32 }) });
const MAX_LISTED = 1000;

export function deploymentRoutes(api: Api, services: ApiServices): void {
  const { deployments } = services;
  const known = knownDeployment(services);

  api.post(
    "/deployments",
    { schema: { body: DeploymentCreate, response: { 200: PreviewView, 201: DeploymentView } } },
    async ({ body }, reply) => {
      const request = readRequest(services, body);
      if (body.dryRun) return reply.code(200).send(await previewOf(services, request, body));
      if (body.checkFabric) await gateByFabric(services, { ...body.checkFabric, nodes: request.nodes });
      const started = await deployments.start(request, readConsent(body));
      if (started.ok) return reply.code(201).send(deploymentView(started.deployment));
      throw startProblem(started.problem);
    },
  );

  api.get(
    "/deployments",
    {
      schema: {
        querystring: Type.Object(
          { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LISTED })) },
          { additionalProperties: false },
        ),
        response: { 200: Type.Array(DeploymentSummary) },
      },
    },
    async ({ query }) => (await deployments.list(query.limit ?? 100)).map(deploymentSummary),
  );

  api.get(
    "/deployments/:id",
    { schema: { params: Params, response: { 200: DeploymentView } } },
    async ({ params }) => deploymentView(await known(params.id)),
  );

  api.delete(
    "/deployments/:id",
    { schema: { params: Params, response: { 200: DeploymentView } } },
    async ({ params }) => {
      const { id, endedAtMs } = await known(params.id);
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
