/**
 * The API for people: REST under /api/v1, JSON, problem details for every
 * refusal. Who may come in: `admission.ts`; who may call what: `route_rights.ts`.
 */
import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from "@fastify/type-provider-typebox";
import fastify, { type FastifyError, type FastifyReply, type FastifyRequest } from "fastify";
import { StartError } from "#src/value/start_error.ts";
import { StorageError } from "#src/value/storage_error.ts";
import { guardDoor } from "./admission.ts";
import type { Api } from "./api.ts";
import type { ApiServices } from "./api_services.ts";
import { API_PREFIX } from "./api_types.ts";
import { auditCalls } from "./audit.ts";
import { backupRoutes } from "./backup_routes.ts";
import { bootRoutes } from "./boot_routes.ts";
import { deploymentActions } from "./deployment_actions.ts";
import { deploymentRoutes } from "./deployment_routes.ts";
import { descriptionRoutes } from "./description_routes.ts";
import { exportRoutes } from "./export_routes.ts";
import { fabricRoutes } from "./fabric_routes.ts";
import { groupRoutes } from "./group_routes.ts";
import { identityRoutes } from "./identity_routes.ts";
import { limitIdle } from "./idle_limit.ts";
import { imageRoutes } from "./image_routes.ts";
import { importRoutes } from "./import_routes.ts";
import { layoutRoutes } from "./layout_routes.ts";
import { Metrics } from "./metrics.ts";
import { metricsRoute } from "./metrics_routes.ts";
import { namingRoutes } from "./naming_routes.ts";
import { nodeImportRoutes } from "./node_import_routes.ts";
import { nodeRoutes } from "./node_routes.ts";
import { openApiRoutes } from "./openapi_routes.ts";
import { operationRoutes } from "./operation_routes.ts";
import { powerRoutes } from "./power_routes.ts";
import { ApiProblem, sendProblem } from "./problem.ts";
import { guardRoutes } from "./route_guard.ts";
import { ROUTE_RIGHTS } from "./route_rights.ts";
import { statsRoutes } from "./stats_routes.ts";
import { statusRoutes } from "./status_routes.ts";
import { tokenRoutes } from "./token_routes.ts";
import { userRoutes } from "./user_routes.ts";
import { webhookRoutes } from "./webhook_routes.ts";
import { workflowRoutes } from "./workflow_routes.ts";

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_CONNECTIONS = 512;
const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 30_000;
/** How often node looks for connections that are past their time limits. */
const LOOK_FOR_LATE_MS = 5000;
/** A body that stops coming for this long is given up. Uploads have a limit of their own. */
const BODY_IDLE_MS = 20_000;

const ROUTES: readonly ((api: Api, services: ApiServices) => void)[] = [
  nodeRoutes,
  identityRoutes,
  namingRoutes,
  groupRoutes,
  workflowRoutes,
  operationRoutes,
  bootRoutes,
  nodeImportRoutes,
  layoutRoutes,
  imageRoutes,
  descriptionRoutes,
  importRoutes,
  exportRoutes,
  backupRoutes,
  statsRoutes,
  deploymentRoutes,
  deploymentActions,
  powerRoutes,
  fabricRoutes,
  statusRoutes,
  userRoutes,
  tokenRoutes,
  webhookRoutes,
];

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
  const described = guardRoutes(api, ROUTE_RIGHTS, API_PREFIX);
  guardDoor(api, services);
  auditCalls(api, services.record);
  api.addHook("onRequest", async (request) => limitIdle(request.raw, BODY_IDLE_MS));
  api.addHook("preValidation", async (request) => refuseUnasked(request));
  api.addHook("preHandler", async (request) => limitIdle(request.raw, 0));
  api.addContentTypeParser("application/octet-stream", (_request, payload, done) => done(null, payload));
  metricsRoute(api, new Metrics(services));
  void api.register(
    (routes, _options, done) => {
      for (const add of ROUTES) add(routes.withTypeProvider<TypeBoxTypeProvider>(), services);
      openApiRoutes(routes.withTypeProvider<TypeBoxTypeProvider>(), services, described);
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

/** A body where none is wanted is a mistake of the caller, or worse. */
function refuseUnasked({ body, routeOptions: { config, schema } }: FastifyRequest): void {
  const isWanted = !config.right || config.right.body !== undefined || schema?.body !== undefined;
  if (isWanted || body === undefined || body === null) return;
  throw new ApiProblem(400, "badRequest", "Cannot accept body: this request takes none");
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
