import { Type } from "@fastify/type-provider-typebox";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { readNodeSet } from "./deployment_request.ts";
import { checkFabric } from "./fabric_check.ts";
import {
  ChainOrderView,
  CheckRequest,
  CheckView,
  FabricView,
  OrderQuery,
  ScanRecordView,
  ScanRequest,
  ScanStateView,
} from "./fabric_types.ts";
import { readAddress } from "./node_routes.ts";
import { ApiProblem } from "./problem.ts";

const MAX_LISTED = 200;
const Listed = Type.Object(
  { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_LISTED })) },
  { additionalProperties: false },
);

export function fabricRoutes(api: Api, services: ApiServices): void {
  const { fabric } = services;
  const state = (): ScanStateView => ({
    ...{ running: fabric.running(), last: fabric.known()?.record, failure: fabric.failure() },
  });

  api.get("/fabric", { schema: { response: { 200: FabricView } } }, async () => {
    const known = fabric.known();
    return known ? { fabric: known.fabric, scan: known.record } : {};
  });

  api.get(
    "/fabric/order",
    { schema: { querystring: OrderQuery, response: { 200: ChainOrderView } } },
    async ({ query }) => fabric.order(readNodeSet(services, query.nodes)),
  );

  api.post(
    "/fabric/check",
    { schema: { body: CheckRequest, response: { 200: CheckView } } },
    async ({ body: { nodes, ...rest } }) => ({
      findings: checkFabric(fabric, {
        ...rest,
        nodes: nodes === undefined ? undefined : readNodeSet(services, nodes),
      }),
    }),
  );

  api.get("/fabric/scan", { schema: { response: { 200: ScanStateView } } }, async () => state());

  api.post(
    "/fabric/scan",
    { schema: { body: ScanRequest, response: { 202: ScanStateView } } },
    async ({ body: { seed } }, reply) => {
      const seeds = seed === undefined ? [] : [readAddress(seed)];
      const refused = fabric.whyNotScan(seeds);
      if (refused !== undefined) throw new ApiProblem(422, "cannotScan", refused);
      fabric.begin(seeds);
      return reply.code(202).send(state());
    },
  );

  api.delete("/fabric/scan", { schema: { response: { 200: ScanStateView } } }, async () => {
    if (!fabric.cancel()) throw new ApiProblem(409, "ended", "Cannot cancel the scan: none is running");
    return state();
  });

  api.get(
    "/fabric/scans",
    { schema: { querystring: Listed, response: { 200: Type.Array(ScanRecordView) } } },
    async ({ query }) => [...(await fabric.history(query.limit ?? 20))],
  );
}
