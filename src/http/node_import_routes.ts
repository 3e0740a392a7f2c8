import type { BatchNode } from "#src/nodes/node_batch.ts";
import { describeNodeProblem } from "#src/nodes/node_problem.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import type { NodeCreate } from "./api_types.ts";
import { NodeImportRequest, NodeImportView } from "./node_import_types.ts";
import { readAddress, readMac, readPower } from "./node_routes.ts";
import { ApiProblem } from "./problem.ts";

/** 20,000 nodes with all that can be said of them. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

export function nodeImportRoutes(api: Api, { nodes, deployments }: ApiServices): void {
  api.post(
    "/nodes/import",
    { bodyLimit: MAX_BODY_BYTES, schema: { body: NodeImportRequest, response: { 200: NodeImportView } } },
    async ({ body }): Promise<NodeImportView> => {
      const { update = false, skipBad = false, dryRun = false } = body;
      const read = body.nodes.map((said) => readNode(said, nodes));
      const unread = read.flatMap((one, index) => (one.ok ? [] : [{ index, detail: one.detail }]));
      const good = read.flatMap((one, index) => (one.ok ? [{ index, node: one.node }] : []));
      const result = await nodes.addAll(
        good.map(({ node }) => node),
        {
          ...{ update, skipBad },
          dryRun: dryRun || (unread.length > 0 && !skipBad),
          deploymentOf: (node) => deployments.deploymentOf(node),
        },
      );
      const refused = result.problems.map(({ index, problem }) => ({
        index: good[index]?.index ?? index,
        detail: describeNodeProblem(problem),
      }));
      const problems = [...unread, ...refused].sort((left, right) => left.index - right.index);
      return { stored: result.stored, added: [...result.added], updated: [...result.updated], problems };
    },
  );
}

type Read = { readonly ok: true; readonly node: BatchNode } | { readonly ok: false; readonly detail: string };

function readNode(said: NodeCreate, nodes: ApiServices["nodes"]): Read {
  try {
    const macs = said.macs.map(readMac);
    const known = macs.map((mac) => nodes.byMac(mac)).find((node) => node?.status === "registered");
    const address = said.address === undefined ? undefined : readAddress(said.address);
    const power = said.power && readPower(said.power, known?.power);
    return { ok: true, node: { ...said, macs, address, power } };
  } catch (fault) {
    if (fault instanceof ApiProblem) return { ok: false, detail: fault.message };
    throw fault;
  }
}
