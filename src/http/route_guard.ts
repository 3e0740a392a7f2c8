/** Sees to it that every route has a right and every right a route, before anything listens. */
import type { RouteOptions } from "fastify";
import type { RightsTable, RouteRight } from "./route_rights.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Absent only where there is no route. */
    right?: RouteRight;
  }
}

/** What the guard needs of a server: tests pass a bare one. */
type Guarded = {
  addHook(name: "onRoute", hook: (route: RouteOptions) => void): unknown;
  addHook(name: "onReady", hook: () => Promise<void>): unknown;
};

/**
 * Gives every route that is registered from now on its right, as `config.right`.
 *
 * @param prefix of all routes; is no part of the table
 * @returns the routes, once the server is ready
 * @throws when it should get ready, so that it never does: a route has no row, or a row no route
 */
export function guardRoutes(api: Guarded, table: RightsTable, prefix: string): readonly RouteOptions[] {
  const routes: RouteOptions[] = [];
  const seen = new Set<string>();
  api.addHook("onRoute", (route) => {
    const key = rowOf(route, prefix);
    const right = table[key];
    seen.add(key);
    if (!right) return;
    route.config = { ...route.config, right };
    if (route.method !== "HEAD") routes.push(route);
  });
  api.addHook("onReady", async () => {
    const open = [...seen].filter((key) => !table[key]);
    const idle = Object.keys(table).filter((key) => !seen.has(key));
    if (open.length > 0)
      throw new Error(`Routes have no row in src/http/route_rights.ts: ${open.join(", ")}`);
    if (idle.length > 0)
      throw new Error(`Rows of src/http/route_rights.ts have no route: ${idle.join(", ")}`);
  });
  return routes;
}

/** `GET /nodes`. Whoever may GET may ask for the HEAD of it, which the server adds by itself. */
function rowOf({ method, url }: RouteOptions, prefix: string): string {
  const path = url.startsWith(`${prefix}/`) ? url.slice(prefix.length) : url;
  return `${method === "HEAD" ? "GET" : String(method)} ${path}`;
}
