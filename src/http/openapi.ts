/**
 * The API's description (OpenAPI 3.1) out of what its routes are checked with: it cannot say anything else than
 * what the server does. Pure.
 */
import type { RouteRight } from "./route_rights.ts";

/** A route as fastify knows it. */
export type DescribedRoute = {
  readonly method: string;
  /** With prefix, parameters as `:name`. */
  readonly url: string;
  readonly right: RouteRight;
  readonly schema?: {
    readonly body?: unknown;
    readonly querystring?: unknown;
    readonly params?: unknown;
    readonly response?: unknown;
  };
};

type Json = { readonly [key: string]: unknown };

const PROBLEM = "application/problem+json";
const problem = { $ref: "#/components/responses/Problem" };

/** @returns plain JSON */
export function openApiDocument(routes: readonly DescribedRoute[], version: string): Json {
  const byPath = Map.groupBy(routes, ({ url }) => templateOf(url));
  const paths = [...byPath].map(([path, those]) => [
    path,
    Object.fromEntries(those.map((route) => [route.method.toLowerCase(), operation(route)])),
  ]);
  return {
    openapi: "3.1.1",
    info: {
      title: "Brigade",
      version,
      description:
        "Installs operating systems on whole clusters. Times are milliseconds since 1970, sizes are bytes.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [{ token: [] }],
    tags: [...new Set(routes.map(tagOf))].sort().map((name) => ({ name })),
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "As `brigade token create` prints it." },
      },
      schemas: { Problem: PROBLEM_SCHEMA },
      responses: {
        Problem: {
          description: "Why not (RFC 9457). The last part of `type` says it to programs.",
          content: { [PROBLEM]: { schema: { $ref: "#/components/schemas/Problem" } } },
        },
      },
    },
  };
}

const PROBLEM_SCHEMA = {
  type: "object",
  required: ["type", "title", "status", "detail"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
  },
};

function operation(route: DescribedRoute): Json {
  const { right, schema = {} } = route;
  const body = bodyOf(route);
  const parameters = [
    ...parametersIn("path", schema.params),
    ...parametersIn("query", schema.querystring),
    ...(right.resumes ? [LAST_EVENT_ID] : []),
  ];
  return {
    operationId: operationId(route),
    summary: right.summary,
    tags: [tagOf(route)],
    "x-brigade-role": right.role,
    ...(right.own ? { "x-brigade-own": true } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { required: true, content: body } } : {}),
    responses: {
      ...responsesOf(route),
      ...{ 401: problem, 403: problem, 429: problem, default: problem },
    },
  };
}

const LAST_EVENT_ID = {
  ...{ name: "last-event-id", in: "header", required: false, schema: { type: "string" } },
  description: "The id of the last event that was seen; the stream goes on behind it.",
};

function bodyOf({ right, schema }: DescribedRoute): Json | undefined {
  if (right.body !== undefined) return { [right.body]: {} };
  return schema?.body === undefined ? undefined : { "application/json": { schema: plain(schema.body) } };
}

function responsesOf({ right, schema }: DescribedRoute): Json {
  if (right.answer !== undefined)
    return { 200: { description: right.summary, content: { [right.answer]: textOrBytes(right.answer) } } };
  const said = Object.entries(objectOf(schema?.response));
  return Object.fromEntries(
    said.map(([status, one]) => {
      const found = objectOf(plain(one));
      const description = right.summary;
      if (found["type"] === "null") return [status, { description }];
      const content = { "application/json": { schema: found } };
      return [status, isPaged(schema) ? { description, headers: NEXT, content } : { description, content }];
    }),
  );
}

const NEXT = {
  link: {
    description: 'The next page, as rel="next" (RFC 8288); absent on the last.',
    schema: { type: "string" },
  },
};

const isPaged = (schema: DescribedRoute["schema"]): boolean =>
  "after" in objectOf(objectOf(schema?.querystring)["properties"]);

/** Bytes have no schema in OpenAPI 3.1. */
const textOrBytes = (media: string): Json =>
  media.startsWith("text/") ? { schema: { type: "string" } } : {};

function parametersIn(place: "path" | "query", schema: unknown): readonly Json[] {
  const { properties, required = [] } = objectOf(plain(schema));
  return Object.entries(objectOf(properties)).map(([name, one]) => ({
    ...{ name, in: place },
    required: place === "path" || (Array.isArray(required) && required.includes(name)),
    schema: one,
  }));
}

/** `/nodes/:name` is `/nodes/{name}` there. */
const templateOf = (url: string): string => url.replaceAll(/:(\w+)/g, "{$1}");

const segmentsOf = (url: string): readonly string[] =>
  url.split("/").filter((part) => part !== "" && part !== "api" && part !== "v1");

const tagOf = ({ url }: DescribedRoute): string => segmentsOf(url)[0] ?? "api";

/** `getNodesByName`. */
function operationId({ method, url }: DescribedRoute): string {
  const words = segmentsOf(url).flatMap((part) =>
    part.startsWith(":") ? ["by", part.slice(1)] : part.split(/\W+/),
  );
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

/** What the library keeps on its schemas beside JSON is left behind, and its tuples are spelt as JSON Schema 2020-12 has them. */
const plain = (schema: unknown): unknown =>
  schema === undefined ? undefined : JSON.parse(JSON.stringify(schema), withPrefixItems);

function withPrefixItems(_key: string, value: unknown): unknown {
  const { items, additionalItems = true, ...rest } = objectOf(value);
  return Array.isArray(items) ? { ...rest, prefixItems: items, items: additionalItems } : value;
}

const objectOf = (value: unknown): Json =>
  typeof value === "object" && value !== null ? (value as Json) : {};
