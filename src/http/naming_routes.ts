import { Type } from "@fastify/type-provider-typebox";
import { planNames } from "#src/nodes/name_by_port.ts";
import type { NamingRule } from "#src/nodes/naming_rule.ts";
import { describeNodeProblem } from "#src/nodes/node_problem.ts";
import { planRename } from "#src/nodes/node_rename.ts";
import { type Places, placeText } from "#src/nodes/place.ts";
import { readPortPattern } from "#src/nodes/port_pattern.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { readNodeSet } from "./deployment_request.ts";
import { NameByPort, NamesByPort, NamingRuleCreate, NamingRuleView } from "./naming_types.ts";
import { ApiProblem } from "./problem.ts";

const Params = Type.Object({ id: Type.Integer({ minimum: 1 }) });

export function namingRoutes(api: Api, services: ApiServices): void {
  const { naming } = services;

  api.post(
    "/nodes/name-by-port",
    { schema: { body: NameByPort, response: { 200: NamesByPort } } },
    async ({ body }) => nameByPort(services, body),
  );

  api.get("/identity/naming", { schema: { response: { 200: Type.Array(NamingRuleView) } } }, async () =>
    naming.all().map(view),
  );

  api.post(
    "/identity/naming",
    { schema: { body: NamingRuleCreate, response: { 201: NamingRuleView } } },
    async ({ body: { switches, pattern, register = false } }, reply) => {
      const added = await naming.add({ switches, pattern, isRegistering: register });
      if (!added.ok) throw badPattern(added.problem.pattern, added.problem.why);
      return reply.code(201).send(view(added.rule));
    },
  );

  api.delete(
    "/identity/naming/:id",
    { schema: { params: Params, response: { 204: Type.Null() } } },
    async ({ params: { id } }, reply) => {
      if (!(await naming.remove(id)))
        throw new ApiProblem(
          404,
          "unknown",
          `No naming rule has number ${id}; see "brigade node naming list"`,
        );
      return reply.code(204).send(null);
    },
  );
}

const view = ({ id, switches, pattern, isRegistering }: NamingRule): NamingRuleView => ({
  ...{ id, switches, pattern, register: isRegistering },
});

const badPattern = (pattern: string, why: string): ApiProblem =>
  new ApiProblem(400, "badPattern", `Cannot use pattern ${JSON.stringify(pattern)}: ${why}`);

/** All of them or, with a problem, none. */
async function nameByPort(services: ApiServices, body: NameByPort): Promise<NamesByPort> {
  const { nodes, deployments, identities } = services;
  const read = readPortPattern(body.pattern);
  if (!read.ok) throw badPattern(body.pattern, read.why);
  const request = {
    pattern: read.pattern,
    switches: body.switches,
    nodes: body.nodes === undefined ? undefined : readNodeSet(services, body.nodes),
  };
  const findingsOf = (node: string) => identities.ofNode(node);
  const places: Places = { placesOf: (mac) => identities.placesOf(mac) };
  const { names, problems } = planNames(request, { nodes: nodes.all(), places, findingsOf });
  const dryRun = body.dryRun === true || problems.length > 0;
  const deploymentOf = (node: string) => deployments.deploymentOf(node);
  const changed = await nodes.change(planRename(names, { isRegistering: true }), { dryRun, deploymentOf });
  // What is told already may be the reason why they do not fit.
  const more = changed.ok || problems.length > 0 ? [] : [describeNodeProblem(changed.problem)];
  return {
    stored: changed.ok && changed.stored,
    names: names.map(({ node, name, place }) => ({ node, name, place: placeText(place) })),
    problems: [
      ...problems.map(({ nodes: those, problem }) => ({ nodes: [...those], problem })),
      ...more.map((problem) => ({ nodes: [], problem })),
    ],
  };
}
