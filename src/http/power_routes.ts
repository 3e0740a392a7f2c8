import { Type } from "@fastify/type-provider-typebox";
import type { Node } from "#src/nodes/node.ts";
import { foldNodeSet } from "#src/value/node_set.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { readNodeSet } from "./deployment_request.ts";
import { holders } from "./holders.ts";
import { PowerOutcome, PowerRequest } from "./power_types.ts";
import { ApiProblem } from "./problem.ts";

/** One machine, its BMC's retries included. */
const TIME_LIMIT_MS = 180_000;
/** Questions that are asked side by side. Of commands the power window says how many. */
const MAX_PARALLEL = 32;
/** For a slot of the power window: 4000 machines at one a second. */
const WAIT_LIMIT_MS = 3_600_000;

export function powerRoutes(api: Api, services: ApiServices): void {
  api.post(
    "/power",
    { schema: { body: PowerRequest, response: { 200: Type.Array(PowerOutcome) } } },
    async ({ body: { nodes: text, action, force } }, { raw }) => {
      const gone = new AbortController();
      raw.once("close", () => gone.abort());
      const nodes = readNodes(services, readNodeSet(services, text));
      if (action !== "status" && !force) refuseBusy(services, nodes);
      const parallel = action === "status" ? MAX_PARALLEL : nodes.length;
      return await inParallel(nodes, parallel, (node) =>
        actOn(services, node, { action, gone: gone.signal }),
      );
    },
  );
}

/** All or nothing: a typing error must not switch half of the machines. */
function readNodes({ nodes }: ApiServices, names: readonly string[]): readonly Node[] {
  const unknown = names.filter((name) => !nodes.byName(name));
  if (unknown.length > 0) {
    const detail = `No node is called ${foldNodeSet(unknown)}; nothing was done; see "brigade node list"`;
    throw new ApiProblem(404, "unknownNodes", detail);
  }
  return names.flatMap((name) => nodes.byName(name) ?? []);
}

function refuseBusy({ deployments }: ApiServices, nodes: readonly Node[]): void {
  const running = new Map(deployments.running().map(({ id, createdAtMs }) => [id, createdAtMs]));
  const busy = nodes.flatMap(({ name: node }) => {
    const deployment = deployments.deploymentOf(node);
    return deployment === undefined ? [] : [{ node, deployment, sinceMs: running.get(deployment) ?? 0 }];
  });
  if (busy.length === 0) return;
  const detail = `Cannot switch ${foldNodeSet(busy.map(({ node }) => node))}: a deployment is installing; nothing was done; cancel it, or say --force`;
  throw new ApiProblem(409, "nodesBusy", detail, holders(busy));
}

async function actOn(
  { power }: ApiServices,
  node: Node,
  { action, gone }: { readonly action: PowerRequest["action"]; readonly gone: AbortSignal },
): Promise<PowerOutcome> {
  const wait = AbortSignal.any([gone, AbortSignal.timeout(WAIT_LIMIT_MS)]);
  let signal = wait;
  try {
    using _slot =
      action === "status"
        ? undefined
        : await power.reserve(node.name, { lane: "power", action, signal: wait });
    signal = AbortSignal.timeout(TIME_LIMIT_MS);
    const result = await power.act(node, action, signal);
    return result.ok
      ? { node: node.name, ok: true, state: result.state }
      : { node: node.name, ok: false, problem: result.problem };
  } catch (fault) {
    if (!signal.aborted) throw fault;
    if (signal === wait)
      return {
        node: node.name,
        ok: false,
        problem: `Cannot ${action} ${node.name}: it waited for the power window in vain`,
      };
    const problem = `Cannot ${action} ${node.name}: its BMC took more than ${TIME_LIMIT_MS / 1000} s`;
    return { node: node.name, ok: false, problem };
  }
}

/** Results in the order of `items`. */
async function inParallel<T, R>(
  items: readonly T[],
  parallel: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const left = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of left) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, worker));
  return results;
}
