import { Type } from "@fastify/type-provider-typebox";
import type { Deployment, StartProblem } from "#src/deploy/deployment.ts";
import { describeStartProblem } from "#src/deploy/start_problem.ts";
import { describeNodeSetError, parseNodeSet } from "#src/value/node_set.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { streamDeployment } from "./deployment_stream.ts";
import { DeploymentCreate, DeploymentSummary, DeploymentView } from "./deployment_types.ts";
import { gateByFabric } from "./fabric_check.ts";
import { holders } from "./holders.ts";
import { ApiProblem, notFound } from "./problem.ts";
import { deploymentSummary, deploymentView } from "./views.ts";

const Params = Type.Object({ id: Type.String({ maxLength: 32 }) });
const MAX_LISTED = 1000;

export function deploymentRoutes(api: Api, services: ApiServices): void {
  const { deployments } = services;
  const known = async (id: string): Promise<Deployment> => {
    const deployment = await deployments.byId(id);
    if (!deployment) throw notFound("deployment", id, "deployment list");
    return deployment;
  };

  api.post(
    "/deployments",
    { schema: { body: DeploymentCreate, response: { 201: DeploymentView } } },
    async ({ body }, reply) => {
      const { image, authorizedKeys, partitionTable = "gpt", verify, disk } = body;
      const request = {
        image,
        nodes: readNodeSet(services, body.nodes),
        authorizedKeys,
        partitionTable,
        verify,
        disk,
      };
      if (body.checkFabric) await gateByFabric(services, { ...body.checkFabric, nodes: request.nodes });
      const started = await deployments.start(request);
      if (started.ok) return reply.code(201).send(deploymentView(started.deployment));
      const { problem } = started;
      throw startProblem(problem);
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

/** Names in natural order. @throws ApiProblem when it is no node set, or names a group that is not there */
export function readNodeSet({ groups, nodes }: ApiServices, text: string): readonly string[] {
  const members = new Map<string, readonly string[]>();
  const read = parseNodeSet(text, (name) => {
    if (groups.byName(name) && !members.has(name)) members.set(name, nodes.membersOf(name));
    return members.get(name);
  });
  if (read.ok) return read.names;
  throw new ApiProblem(400, "badNodeSet", describeNodeSetError(text, read.error));
}

function startProblem(problem: StartProblem): ApiProblem {
  const more = problem.kind === "nodesBusy" ? holders(problem.nodes) : {};
  return new ApiProblem(statusOf(problem), problem.kind, describeStartProblem(problem), more);
}

function statusOf({ kind }: StartProblem): number {
  if (kind === "unknownImage" || kind === "unknownNodes") return 404;
  if (kind === "nodesBusy") return 409;
  // Everything else is a request that is understood and cannot be carried out as it stands.
  return 422;
}
