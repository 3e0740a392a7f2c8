import { beforeAll, describe, expect, test } from "vitest";
import { ROUTE_RIGHTS } from "#src/http/route_rights.ts";
import { setup } from "./api_fixture.ts";

type Parameter = { name: string; in: string; required: boolean; schema: object };
type Operation = {
  operationId: string;
  summary: string;
  tags: string[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema?: Schema }> };
  responses: Record<
    string,
    { description?: string; content?: Record<string, { schema?: Schema }>; $ref?: string }
  >;
  [extension: `x-${string}`]: unknown;
};
type Schema = { [key: string]: unknown };
type Document = {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; responses: Record<string, Schema> };
  security: object[];
  tags: { name: string }[];
};

let document: Document;
let operations: readonly (readonly [string, string, Operation])[] = [];
beforeAll(async () => {
  const { ask } = setup();
  document = (await ask("GET", "/openapi.json")).json;
  operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => [method, path, operation] as const),
  );
});

/** As the table of rights writes it. */
const rowOf = (method: string, path: string): string =>
  `${method.toUpperCase()} ${path.replace(/^\/api\/v1/, "").replaceAll(/\{(\w+)\}/g, ":$1")}`;

test("every route is there with the role that it wants, and nothing else", () => {
  const found = operations.map(([method, path, operation]) => [
    rowOf(method, path),
    operation["x-brigade-role"],
  ]);
  const expected = Object.entries(ROUTE_RIGHTS).map(([key, { role }]) => [key, role]);
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
  expect(found.length).toBe(expected.length);
});

test("it is OpenAPI 3.1 in its outlines", () => {
  expect(document.openapi).toMatch(/^3\.1\.\d+$/);
  expect(document.info).toMatchObject({ title: "Brigade", version: "0.0.0-test" });
  expect(document.security).toEqual([{ token: [] }]);
  expect(Object.keys(document).sort()).toEqual(
    ["components", "info", "openapi", "paths", "security", "servers", "tags"].sort(),
  );
  const ids = operations.map(([, , { operationId }]) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !/^[a-z][A-Za-z0-9]+$/.test(id))).toEqual([]);
  const tags = new Set(document.tags.map(({ name }) => name));
  expect(operations.flatMap(([, , operation]) => operation.tags).filter((tag) => !tags.has(tag))).toEqual([]);
});

test("every route says what it is, what it answers and why it may not", () => {
  for (const [method, path, { summary, responses }] of operations) {
    expect(summary, path).toMatch(/^[A-Z][^\n]{3,100}[^.\n]$/);
    const good = Object.entries(responses).filter(([status]) => /^2\d\d$/.test(status));
    expect(good.length, `${method} ${path}`).toBeGreaterThanOrEqual(1);
    for (const [status, answer] of good) {
      expect(answer.description, path).toBeTruthy();
      expect(Object.keys(answer.content ?? {}).length, `${method} ${path}`).toBe(status === "204" ? 0 : 1);
    }
    for (const other of ["401", "403", "429", "default"])
      expect(responses[other]).toEqual({ $ref: "#/components/responses/Problem" });
  }
});

test("every parameter of a path is described, and no other", () => {
  for (const [, path, { parameters = [] }] of operations) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const told = parameters.filter((one) => one.in === "path");
    expect(told.map(({ name }) => name).sort(), path).toEqual(inPath.sort());
    expect(told.every(({ required }) => required)).toBe(true);
    expect(parameters.every(({ schema }) => typeof schema === "object")).toBe(true);
    expect(new Set(parameters.map((one) => `${one.in} ${one.name}`)).size).toBe(parameters.length);
  }
});

const TYPES = ["object", "array", "string", "integer", "number", "boolean", "null"];
/** Every schema within one. */
function* schemasIn(schema: unknown): Generator<Schema> {
  if (typeof schema !== "object" || schema === null) return;
  const one = schema as Schema;
  yield one;
  for (const key of ["anyOf", "allOf", "oneOf", "prefixItems"])
    for (const each of (one[key] as unknown[]) ?? []) yield* schemasIn(each);
  for (const key of ["properties", "patternProperties"])
    for (const each of Object.values((one[key] as object) ?? {})) yield* schemasIn(each);
  for (const key of ["items", "additionalProperties", "not"]) yield* schemasIn(one[key]);
}

const bodySchemas = () =>
  operations.flatMap(([method, path, { requestBody }]) => {
    const schema = requestBody?.content["application/json"]?.schema;
    return schema ? [[`${method} ${path}`, schema] as const] : [];
  });

describe("schemas", () => {
  test("are JSON Schema", () => {
    const all = operations.flatMap(([, , { responses, requestBody, parameters = [] }]) => [
      ...Object.values(responses).flatMap(({ content }) =>
        Object.values(content ?? {}).map(({ schema }) => schema),
      ),
      ...Object.values(requestBody?.content ?? {}).map(({ schema }) => schema),
      ...parameters.map(({ schema }) => schema),
    ]);
    const every = all.flatMap((schema) => [...schemasIn(schema)]);
    expect(every.length).toBeGreaterThan(500);
    for (const schema of every) {
      // What the library keeps for itself must not come out.
      expect(Object.keys(schema).filter((key) => key.startsWith("~"))).toEqual([]);
      // A list of them was what older drafts had.
      expect(Array.isArray(schema["items"])).toBe(false);
      if ("type" in schema) expect(TYPES).toContain(schema["type"]);
      for (const name of (schema["required"] as string[]) ?? [])
        expect(Object.keys(schema["properties"] as object)).toContain(name);
    }
  });

  test("of bodies refuse what they do not know, at every depth", () => {
    expect(bodySchemas().length).toBeGreaterThan(15);
    for (const [route, schema] of bodySchemas())
      for (const one of schemasIn(schema))
        if (one["type"] === "object" && "properties" in one)
          expect(one["additionalProperties"], route).toBe(false);
  });
});

test("lists that come in pages say so", () => {
  const paged = operations.filter(([, , { parameters = [] }]) =>
    parameters.some(({ name }) => name === "after"),
  );
  expect(paged.map(([, path]) => path).sort()).toEqual([
    "/api/v1/deployments",
    "/api/v1/images",
    "/api/v1/nodes",
  ]);
});

test("one operation, whole", () => {
  expect(document.paths["/api/v1/tokens/{id}"]?.["delete"]).toMatchInlineSnapshot(`
    {
      "operationId": "deleteTokensById",
      "parameters": [
        {
          "in": "path",
          "name": "id",
          "required": true,
          "schema": {
            "maxLength": 32,
            "type": "string",
          },
        },
      ],
      "responses": {
        "204": {
          "description": "Revoke a token",
        },
        "401": {
          "$ref": "#/components/responses/Problem",
        },
        "403": {
          "$ref": "#/components/responses/Problem",
        },
        "429": {
          "$ref": "#/components/responses/Problem",
        },
        "default": {
          "$ref": "#/components/responses/Problem",
        },
      },
      "summary": "Revoke a token",
      "tags": [
        "tokens",
      ],
      "x-brigade-own": true,
      "x-brigade-role": "user",
    }
  `);
});
