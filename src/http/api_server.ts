/**
 * The API for people: REST under /api/v1, JSON, problem details for every
 * refusal. Denies by default: without the admin token every path, known or
 * not, answers 401 before a byte of the body is read.
 */
import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from "@fastify/type-provider-typebox";
import fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from "fastify";
import { StartError } from "#src/value/start_error.ts";
import { StorageError } from "#src/value/storage_error.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { API_PREFIX } from "./api_types.ts";
import { backupRoutes } from "./backup_routes.ts";
import { bootRoutes } from "./boot_routes.ts";
import { deploymentActions } from "./deployment_actions.ts";
import { deploymentRoutes } from "./deployment_routes.ts";
import { exportRoutes } from "./export_routes.ts";
import { fabricRoutes } from "./fabric_routes.ts";
import { groupRoutes } from "./group_routes.ts";
import { identityRoutes } from "./identity_routes.ts";
import { limitIdle } from "./idle_limit.ts";
import { imageRoutes } from "./image_routes.ts";
import { importRoutes } from "./import_routes.ts";
import { namingRoutes } from "./naming_routes.ts";
import { nodeImportRoutes } from "./node_import_routes.ts";
import { nodeRoutes } from "./node_routes.ts";
import { powerRoutes } from "./power_routes.ts";
import { ApiProblem, sendProblem } from "./problem.ts";
import { statusRoutes } from "./status_routes.ts";
import { workflowRoutes } from "./workflow_routes.ts";

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_CONNECTIONS = 512;
const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 30_000;
/** How often node looks for connections that are past their time limits. */
const LOOK_FOR_LATE_MS = 5000;
/** A body that stops coming for this long is given up. Uploads have a limit of their own. */
const BODY_IDLE_MS = 20_000;

/** Everything but listening: tests inject requests. */
export function apiServer(services: ApiServices): Api {
  const api = fastify({
    bodyLimit: MAX_BODY_BYTES,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: true,
    // Both are the defaults; said here because the API's safety rests on them.
    onProtoPoisoning: "error",
    onConstructorPoisoning: "error",
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: LOOK_FOR_LATE_MS },
  }).withTypeProvider<TypeBoxTypeProvider>();
  api.server.maxConnections = MAX_CONNECTIONS;
  api.setValidatorCompiler(TypeBoxValidatorCompiler);
  // The views name every field; a second filter would only hide their mistakes.
  api.setSerializerCompiler(() => (value) => JSON.stringify(value));
  api.setErrorHandler((fault: FastifyError, _, reply) => answerFault(fault, reply, services));
  api.setNotFoundHandler((request, reply) =>
    sendProblem(reply, {
      status: 404,
      kind: "noRoute",
      message: `No such resource: ${request.method} ${request.url}`,
    }),
  );
  api.addHook("onRequest", async (request, reply) => {
    if (!isAllowed(request, services)) return refuse(reply);
    limitIdle(request.raw, BODY_IDLE_MS);
  });
  api.addHook("preHandler", async (request) => limitIdle(request.raw, 0));
  api.addContentTypeParser("application/octet-stream", (_request, payload, done) => done(null, payload));
  void api.register(
    (routes, _options, done) => {
      for (const add of [
        nodeRoutes,
        identityRoutes,
        namingRoutes,
        groupRoutes,
        workflowRoutes,
        bootRoutes,
        nodeImportRoutes,
        imageRoutes,
        importRoutes,
        exportRoutes,
        backupRoutes,
        deploymentRoutes,
        deploymentActions,
        powerRoutes,
        fabricRoutes,
        statusRoutes,
      ])
        add(routes.withTypeProvider<TypeBoxTypeProvider>(), services);
      done();
    },
    { prefix: API_PREFIX },
  );
  return api;
}

export type ListenOptions = {
  readonly address: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Ends a refusal to start: who holds the port. */
  readonly describePortInUse?: (port: number) => string;
};

/** Binds and starts to serve. @throws {StartError} the address cannot be bound */
export async function listenApi(
  api: Api,
  { address, port, describePortInUse }: ListenOptions,
): Promise<number> {
  try {
    await api.listen({ host: address, port });
  } catch (fault) {
    const { code, message } = fault as NodeJS.ErrnoException;
    const inUse = code === "EADDRINUSE" ? (describePortInUse?.(port) ?? "address in use") : message;
    throw new StartError(`Cannot bind TCP port ${port} on ${address} for the API: ${inUse}`, {
      cause: fault,
    });
  }
  const bound = api.server.address();
  return typeof bound === "object" && bound !== null ? bound.port : port;
}

function isAllowed(request: FastifyRequest, { isAdminToken }: ApiServices): boolean {
  const [, token] = /^Bearer ([!-~]{1,200})$/i.exec(request.headers.authorization ?? "") ?? [];
  return token !== undefined && isAdminToken(token);
}

function refuse(reply: FastifyReply): FastifyReply {
  // What follows on this connection is a body that nobody wants.
  reply.header("www-authenticate", 'Bearer realm="brigade"').header("connection", "close");
  const message = "The API needs the admin token: the first start wrote it to admin-token in the data folder";
  return sendProblem(reply, { status: 401, kind: "denied", message });
}

function answerFault(fault: FastifyError, reply: FastifyReply, services: ApiServices): FastifyReply {
  const problem = problemOf(fault);
  if (problem.status === 500 && !("kind" in fault)) services.onFault(fault);
  return sendProblem(reply, problem);
}

type AnyFault = FastifyError & { readonly status?: unknown; readonly kind?: unknown };

function problemOf(fault: AnyFault): Parameters<typeof sendProblem>[1] {
  if (fault instanceof ApiProblem) return fault;
  const { status, kind, message, statusCode, validation, validationContext = "request" } = fault;
  if (typeof status === "number" && typeof kind === "string") return { status, kind, message };
  const storage = [fault, fault.cause].find((one) => one instanceof StorageError);
  if (storage)
    return storage.kind === "diskFull"
      ? { status: 507, kind: "diskFull", message: storage.message }
      : { status: 503, kind: "storeFailed", message: storage.message };
  if (validation)
    return { status: 400, kind: "badRequest", message: describeValidation(validationContext, validation) };
  if (statusCode !== undefined && statusCode < 500)
    return { status: statusCode, kind: "badRequest", message: `Cannot read the request: ${message}` };
  const told = "The appliance failed to answer; its log says why";
  return { status: 500, kind: "failed", message: told };
}

/** The first of what was found: the others often follow from it. */
function describeValidation(context: string, found: NonNullable<FastifyError["validation"]>): string {
  const { instancePath = "", keyword, message } = found[0] ?? {};
  // TypeBox says that a field which may not be there met the schema `false`.
  const why = keyword === "boolean" ? "there is no such field" : (message ?? "it does not fit the schema");
  return `Cannot accept ${context}${instancePath.slice(0, 100)}: ${why}`;
}
