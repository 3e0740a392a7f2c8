import { Type } from "@fastify/type-provider-typebox";
import type { WorkflowOverride } from "#src/deploy/workflow.ts";
import { readWorkflow } from "#src/deploy/workflow_input.ts";
import { describeGroupProblem } from "#src/nodes/group.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { ApiProblem } from "./problem.ts";
import { GroupWorkflowView, SshKeyView, WorkflowInput } from "./workflow_types.ts";

const Params = Type.Object({ name: Type.String({ maxLength: 63 }) });

/** @throws ApiProblem when it names a way or step that there is none of */
export function checkedWorkflow(input: WorkflowInput): WorkflowOverride {
  const read = readWorkflow(input);
  if (read.ok) return read.workflow;
  throw new ApiProblem(422, "badWorkflow", `Cannot use this workflow: ${read.why}`);
}

/** How groups want deployments gone about, and the key by which the appliance gets into running systems. */
export function workflowRoutes(api: Api, services: ApiServices): void {
  const { groups, groupWorkflows, sshPublicKey, record } = services;
  const known = (name: string): string => {
    if (groups.byName(name)) return name;
    throw new ApiProblem(404, "unknownGroup", describeGroupProblem({ kind: "unknownGroup", group: name }));
  };
  const view = (name: string): GroupWorkflowView => ({
    workflow: (groupWorkflows.of(name) ?? null) as GroupWorkflowView["workflow"],
  });

  api.get(
    "/groups/:name/workflow",
    { schema: { params: Params, response: { 200: GroupWorkflowView } } },
    async ({ params }) => view(known(params.name)),
  );

  api.put(
    "/groups/:name/workflow",
    { schema: { params: Params, body: WorkflowInput, response: { 200: GroupWorkflowView } } },
    async ({ params, body }) => {
      const group = known(params.name);
      await groupWorkflows.set(group, checkedWorkflow(body));
      record({ kind: "groupChanged", group });
      return view(group);
    },
  );

  api.delete(
    "/groups/:name/workflow",
    { schema: { params: Params, response: { 204: Type.Null() } } },
    async ({ params }, reply) => {
      const group = known(params.name);
      await groupWorkflows.clear(group);
      record({ kind: "groupChanged", group });
      return reply.code(204).send(null);
    },
  );

  api.get("/ssh-key", { schema: { response: { 200: SshKeyView } } }, async () => ({
    publicKey: sshPublicKey,
  }));
}
