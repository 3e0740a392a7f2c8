import { Type } from "@fastify/type-provider-typebox";
import { describeGroupProblem, type NodeGroup } from "#src/nodes/group.ts";
import type { GroupResult } from "#src/nodes/groups.ts";
import { foldNodeSet } from "#src/value/node_set.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { GroupCreate, GroupUpdate, GroupView } from "./group_types.ts";
import { ApiProblem } from "./problem.ts";

const Params = Type.Object({ name: Type.String({ maxLength: 63 }) });

export function groupRoutes(api: Api, { groups, groupWorkflows, groupOperations, nodes }: ApiServices): void {
  const view = ({ name, dhcpOptions, pinned = false }: NodeGroup): GroupView => ({
    name,
    dhcpOptions: [...dhcpOptions],
    pinned,
    nodes: foldNodeSet(
      nodes
        .all()
        .filter((node) => node.groups?.includes(name))
        .map((node) => node.name),
    ),
  });

  api.get("/groups", { schema: { response: { 200: Type.Array(GroupView) } } }, async () =>
    groups.all().map(view),
  );

  api.get(
    "/groups/:name",
    { schema: { params: Params, response: { 200: GroupView } } },
    async ({ params }) => {
      const group = groups.byName(params.name);
      return view(
        done(
          group ? { ok: true, group } : { ok: false, problem: { kind: "unknownGroup", group: params.name } },
        ),
      );
    },
  );

  api.post(
    "/groups",
    { schema: { body: GroupCreate, response: { 201: GroupView } } },
    async ({ body: { name, dhcpOptions = [], pinned } }, reply) =>
      reply.code(201).send(view(done(await groups.add({ name, dhcpOptions, pinned })))),
  );

  api.patch(
    "/groups/:name",
    { schema: { params: Params, body: GroupUpdate, response: { 200: GroupView } } },
    async ({ params, body }) => view(done(await groups.update(params.name, body))),
  );

  api.delete(
    "/groups/:name",
    { schema: { params: Params, response: { 204: Type.Null() } } },
    async ({ params }, reply) => {
      done(await groups.remove(params.name));
      await groupWorkflows.clear(params.name);
      await groupOperations.clear(params.name);
      return reply.code(204).send(null);
    },
  );
}

function done(result: GroupResult): NodeGroup {
  if (result.ok) return result.group;
  const { problem } = result;
  const status =
    problem.kind === "unknownGroup"
      ? 404
      : problem.kind === "groupTaken" || problem.kind === "groupInUse"
        ? 409
        : 400;
  throw new ApiProblem(status, problem.kind, describeGroupProblem(problem));
}
