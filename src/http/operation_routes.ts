/** What admins have the nodes of a group do beside the steps of each deployment. */
import { Type } from "@fastify/type-provider-typebox";
import { describeGroupProblem } from "#src/nodes/group.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { operationView, readOperations } from "./operation_input.ts";
import { GroupOperationsInput, GroupOperationsView } from "./operation_types.ts";
import { ApiProblem } from "./problem.ts";

const Params = Type.Object({ name: Type.String({ maxLength: 63 }) });

export function operationRoutes(api: Api, { groups, groupOperations, record }: ApiServices): void {
  const known = (name: string): string => {
    if (groups.byName(name)) return name;
    throw new ApiProblem(404, "unknownGroup", describeGroupProblem({ kind: "unknownGroup", group: name }));
  };
  const view = (group: string): GroupOperationsView => ({
    group,
    operations: groupOperations.of(group).map(operationView),
  });

  api.get(
    "/groups/:name/operations",
    { schema: { params: Params, response: { 200: GroupOperationsView } } },
    async ({ params }) => view(known(params.name)),
  );

  api.put(
    "/groups/:name/operations",
    { schema: { params: Params, body: GroupOperationsInput, response: { 200: GroupOperationsView } } },
    async ({ params, body }) => {
      const group = known(params.name);
      await groupOperations.set(group, readOperations(body.operations));
      record({ kind: "groupChanged", group });
      return view(group);
    },
  );

  api.delete(
    "/groups/:name/operations",
    { schema: { params: Params, response: { 204: Type.Null() } } },
    async ({ params }, reply) => {
      const group = known(params.name);
      await groupOperations.clear(group);
      record({ kind: "groupChanged", group });
      return reply.code(204).send(null);
    },
  );
}
