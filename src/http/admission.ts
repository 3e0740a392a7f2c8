/**
 * Who may come in. Denies by default: without a good token every path, known or
 * not, answers 401 before a byte of the body is read; with one, a route that
 * wants more than the role of the caller answers 403.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { FailedLogins } from "#src/access/failed_logins.ts";
import { isAtLeast, type Principal } from "#src/access/principal.ts";
import type { Admitted } from "#src/access/users.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { OpenCalls } from "./open_calls.ts";
import { sendProblem } from "./problem.ts";
import type { RouteRight } from "./route_rights.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks. Set before any handler runs. */
    principal: Principal;
    /** The token that let them in; none when it was the token file. */
    tokenId: string | undefined;
  }
}

/** Every request from now on is let in or answered by this. */
export function guardDoor(api: Api, services: ApiServices): void {
  const failed = new FailedLogins();
  const open = new OpenCalls((admitted) => services.users.holds(admitted));
  api.addHook("onClose", async () => open.stop());
  api.decorateRequest("principal");
  api.decorateRequest("tokenId");
  api.addHook("onRequest", async (request, reply) => {
    const admitted = tokenHolder(request, services);
    if (!admitted) return deny(request, reply, { failed, record: services.record });
    request.principal = admitted.principal;
    request.tokenId = admitted.token;
    const { right } = request.routeOptions.config;
    if (right && !isAtLeast(admitted.principal.role, right.role)) return forbid(request, reply, right);
    open.add(admitted, reply.raw);
  });
}

/** Browser sessions of the page will be looked for here, beside tokens. */
function tokenHolder({ headers }: FastifyRequest, { users }: ApiServices): Admitted | undefined {
  const [, token] = /^Bearer ([!-~]{1,200})$/i.exec(headers.authorization ?? "") ?? [];
  return token === undefined ? undefined : users.authenticate(token);
}

type Denial = { readonly failed: FailedLogins; readonly record: ApiServices["record"] };

function deny({ ip }: FastifyRequest, reply: FastifyReply, { failed, record }: Denial): FastifyReply {
  const { retryAfterSec, tell } = failed.note(ip, performance.now());
  if (tell !== undefined) record({ kind: "accessDenied", peer: ip, times: tell });
  // What follows on this connection is a body that nobody wants.
  reply.header("connection", "close");
  if (retryAfterSec !== undefined) {
    reply.header("retry-after", retryAfterSec);
    const message = "Too many requests without a good token came from this address; wait a little";
    return sendProblem(reply, { status: 429, kind: "tooManyFailures", message });
  }
  reply.header("www-authenticate", 'Bearer realm="brigade"');
  const message =
    "The API needs a token: an admin makes one with brigade token create, and the first start wrote one to admin-token in the data folder";
  return sendProblem(reply, { status: 401, kind: "denied", message });
}

function forbid(
  { method, url, principal }: FastifyRequest,
  reply: FastifyReply,
  { role }: RouteRight,
): FastifyReply {
  reply.header("connection", "close");
  const path = url.split("?")[0]?.slice(0, 200);
  const message = `Cannot ${method} ${path}: it needs the role ${role}, and ${principal.name} is ${principal.role}`;
  return sendProblem(reply, { status: 403, kind: "forbidden", message });
}
