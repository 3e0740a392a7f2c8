import { Type } from "@fastify/type-provider-typebox";
import type { RouteOptions } from "fastify";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { type DescribedRoute, openApiDocument } from "./openapi.ts";

/** @param routes all there are, by the time that somebody asks */
export function openApiRoutes(api: Api, services: ApiServices, routes: readonly RouteOptions[]): void {
  let document: Readonly<Record<string, unknown>> | undefined;
  api.get("/openapi.json", { schema: { response: { 200: Type.Object({}) } } }, async () => {
    document ??= openApiDocument(routes.flatMap(describedRoute), services.status().version);
    return document;
  });
}

function describedRoute({ method, url, config, schema }: RouteOptions): readonly DescribedRoute[] {
  if (!config?.right) return [];
  return [{ method: String(method), url, right: config.right, ...(schema ? { schema } : {}) }];
}
