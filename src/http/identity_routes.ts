import { Type } from "@fastify/type-provider-typebox";
import { nodesOf } from "#src/nodes/finding.ts";
import { planMerge, planReplace, planSplit, planSwap, type SplitTo } from "#src/nodes/node_merge.ts";
import type { ChangeResult, MakePlan } from "#src/nodes/node_plan.ts";
import { describeNodeProblem } from "#src/nodes/node_problem.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { readNodeSet } from "./deployment_request.ts";
import { FindingView } from "./finding_types.ts";
import { NodeMerge, NodeReplace, NodeSplit, NodeSwap, NodesAccept, NodesChanged } from "./identity_types.ts";
import { readMac, statusOf } from "./node_routes.ts";
import { ApiProblem } from "./problem.ts";
import { NodeSetText } from "./text_bounds.ts";
import { findingView, nodeView } from "./views.ts";

const Wanted = Type.Object({ nodes: Type.Optional(NodeSetText) }, { additionalProperties: false });
const Params = Type.Object({ name: Type.String({ maxLength: 63 }) });

/** One node out of two, two out of one, one in the place of another. */
export function identityRoutes(api: Api, services: ApiServices): void {
  api.post(
    "/nodes/:name/merge",
    { schema: { params: Params, body: NodeMerge, response: { 200: NodesChanged } } },
    async ({ params: { name }, body: { other, force = false, dryRun } }) =>
      change(services, planMerge(name, other, force), dryRun),
  );

  api.post(
    "/nodes/:name/split",
    { schema: { params: Params, body: NodeSplit, response: { 200: NodesChanged } } },
    async ({ params: { name }, body }) =>
      change(services, planSplit(name, body.macs.map(readMac), splitTo(body)), body.dryRun),
  );

  api.post(
    "/nodes/:name/replace",
    { schema: { params: Params, body: NodeReplace, response: { 200: NodesChanged } } },
    async ({ params: { name }, body }) =>
      change(services, planReplace(name, body.with, body.forget ?? false), body.dryRun),
  );

  api.post(
    "/nodes/:name/swap",
    { schema: { params: Params, body: NodeSwap, response: { 200: NodesChanged } } },
    async ({ params: { name }, body }) => change(services, planSwap(name, body.other), body.dryRun),
  );

  api.post(
    "/nodes/accept",
    { schema: { body: NodesAccept, response: { 200: NodesChanged } } },
    async ({ body: { nodes: text, dryRun = false } }) => {
      const names = readNodeSet(services, text);
      const accepted = await services.identities.accept(names, { dryRun, deploymentOf: () => undefined });
      return changedView(services, accepted);
    },
  );

  api.get(
    "/identity/findings",
    { schema: { querystring: Wanted, response: { 200: Type.Array(FindingView) } } },
    async ({ query: { nodes: text } }) => {
      const wanted = text === undefined ? undefined : new Set(readNodeSet(services, text));
      return services.identities
        .open()
        .filter(({ finding }) => !wanted || nodesOf(finding).some((name) => wanted.has(name)))
        .map(({ finding, sinceMs }) => ({ ...findingView(finding), sinceMs }));
    },
  );
}

function splitTo({ name, to }: NodeSplit): SplitTo {
  if (name !== undefined && to !== undefined)
    throw new ApiProblem(
      400,
      "badRequest",
      "Cannot split a node: say either the new name or the node to go to",
    );
  if (name !== undefined) return { kind: "named", name };
  return to === undefined ? { kind: "discovered" } : { kind: "existing", node: to };
}

/** Carries it out, or only tells what would be. @throws {ApiProblem} it cannot be done; nothing was changed */
export async function change(
  services: Pick<ApiServices, "nodes" | "deployments" | "seen">,
  plan: MakePlan,
  dryRun = false,
): Promise<NodesChanged> {
  const { nodes, deployments } = services;
  const deploymentOf = (node: string): string | undefined => deployments.deploymentOf(node);
  return changedView(services, await nodes.change(plan, { dryRun, deploymentOf }));
}

function changedView({ seen, deployments }: Pick<ApiServices, "seen" | "deployments">, result: ChangeResult) {
  if (!result.ok) {
    const { problem } = result;
    throw new ApiProblem(statusOf(problem), problem.kind, describeNodeProblem(problem));
  }
  return {
    stored: result.stored,
    nodes: result.nodes.map((node) =>
      nodeView(node, { ...seen(node), deployment: deployments.deploymentOf(node.name) }),
    ),
    gone: [...result.gone],
  };
}
