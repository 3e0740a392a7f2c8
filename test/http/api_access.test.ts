import fastify from "fastify";
import Value from "typebox/value";
import { beforeEach, describe, expect, test } from "vitest";
import { isAtLeast, ROLES, type Role } from "#src/access/principal.ts";
import { Problem } from "#src/http/api_types.ts";
import { guardRoutes } from "#src/http/route_guard.ts";
import { type RightsTable, ROUTE_RIGHTS } from "#src/http/route_rights.ts";
import { IPMI, type Method, setup } from "./api_fixture.ts";
import { TOKEN } from "./fake_appliance.ts";

let { appliance, api, ask, addNode, deploy } = setup();
beforeEach(() => {
  ({ appliance, api, ask, addNode, deploy } = setup());
});

/** Who is enough for what, written down a second time: whoever changes the table of rights means it. */
const EXPECTED: Readonly<Record<Role, readonly string[]>> = {
  viewer: [
    ...["GET /status", "GET /doctor", "GET /events", "GET /me", "GET /openapi.json", "GET /metrics"],
    ...["GET /nodes", "GET /nodes/:name", "GET /nodes/:name/boots"],
    ...["GET /identity/findings", "GET /identity/naming", "GET /groups", "GET /groups/:name"],
    ...["GET /layouts", "GET /layouts/:name"],
    ...["GET /groups/:name/workflow", "GET /ssh-key"],
    ...[
      "GET /images",
      "GET /images/:name",
      "GET /images/:name/description",
      "GET /imports",
      "GET /imports/:name",
    ],
    ...["GET /deployments", "GET /deployments/:id", "GET /deployments/:id/events"],
    ...["GET /stats", "GET /stats/failures", "GET /stats/steps", "GET /stats/slowest"],
    ...["GET /stats/boots", "GET /stats/runs", "GET /windows"],
    ...["GET /fabric", "GET /fabric/order", "POST /fabric/check", "GET /fabric/scan", "GET /fabric/scans"],
  ],
  user: [
    ...["GET /tokens", "POST /tokens", "DELETE /tokens/:id"],
    ...["PATCH /images/:name", "POST /image-descriptions"],
    ...["PUT /images/:name", "DELETE /images/:name", "POST /images/:name/verify", "GET /images/:name/raw"],
    ...["POST /deployments", "DELETE /deployments/:id", "POST /deployments/:id/continue"],
    ...["POST /deployments/:id/nodes", "POST /deployments/:id/retry"],
  ],
  admin: [
    ...["GET /users", "POST /users", "GET /users/:name", "PATCH /users/:name", "DELETE /users/:name"],
    ...["POST /nodes", "PATCH /nodes/:name", "DELETE /nodes/:name"],
    ...["POST /nodes/import", "POST /nodes/accept", "POST /nodes/name-by-port"],
    ...["POST /nodes/:name/merge", "POST /nodes/:name/split"],
    ...["POST /nodes/:name/replace", "POST /nodes/:name/swap"],
    ...["POST /identity/naming", "DELETE /identity/naming/:id"],
    ...["POST /groups", "PATCH /groups/:name", "DELETE /groups/:name"],
    ...["POST /layouts", "DELETE /layouts/:name"],
    ...["PUT /groups/:name/workflow", "DELETE /groups/:name/workflow"],
    ...["GET /groups/:name/operations", "PUT /groups/:name/operations", "DELETE /groups/:name/operations"],
    ...["GET /webhooks", "POST /webhooks", "DELETE /webhooks/:id", "POST /webhooks/:id/test"],
    ...["GET /backup", "POST /power", "POST /fabric/scan", "DELETE /fabric/scan"],
  ],
};

/** Of what belongs to somebody, users touch their own only. */
const OWN = [
  ...["GET /tokens", "POST /tokens", "DELETE /tokens/:id"],
  ...["PUT /images/:name", "PATCH /images/:name", "DELETE /images/:name", "DELETE /deployments/:id"],
  ...["POST /deployments/:id/continue", "POST /deployments/:id/nodes", "POST /deployments/:id/retry"],
];

type Row = readonly [Method, string, Role];
const ROUTES: readonly Row[] = ROLES.flatMap((role) =>
  EXPECTED[role].map((key): Row => {
    const [method = "", path = ""] = key.split(" ");
    return [method as Method, path, role];
  }),
);
/** With something in the place of each parameter. */
const urlOf = (path: string): string =>
  path === "/metrics" ? path : `/api/v1${path.replaceAll(/:\w+/g, "node1")}`;

test("the table of rights is the one that is expected here", () => {
  const expected = ROUTES.map(([method, path, role]) => [`${method} ${path}`, role]);
  const found = Object.entries(ROUTE_RIGHTS).map(([key, { role }]) => [key, role]);
  expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
  expect(Object.keys(ROUTE_RIGHTS).filter((key) => ROUTE_RIGHTS[key]?.own)).toEqual(
    expect.arrayContaining(OWN),
  );
  expect(Object.values(ROUTE_RIGHTS).filter(({ own }) => own).length).toBe(OWN.length);
});

/** Answers 299 to whoever would have come to the handler. */
function setupDoor() {
  const door = setup();
  door.api.addHook("onRequest", async (_, reply) => reply.code(299).send());
  return door;
}

describe.each([undefined, ...ROLES])("with the role %s", (role) => {
  test("every route answers as its row says", async () => {
    const door = setupDoor();
    const headers = role === undefined ? {} : { authorization: `Bearer ${await door.tokenOf(role)}` };
    const found: unknown[] = [];
    const expected: unknown[] = [];
    for (const [method, path, least] of ROUTES) {
      const answer = await door.api.inject({ method, url: urlOf(path), headers });
      // More than 20 without a token in a minute are told to wait.
      const status = answer.statusCode === 429 ? 401 : answer.statusCode;
      found.push([method, path, status]);
      expected.push([method, path, role === undefined ? 401 : isAtLeast(role, least) ? 299 : 403]);
    }
    expect(found).toEqual(expected);
  });
});

describe("the server does not get ready when", () => {
  const serve = async (table: RightsTable, ...paths: string[]): Promise<unknown> => {
    const api = fastify();
    guardRoutes(api, table, "/api/v1");
    void api.register(
      (routes, _options, done) => {
        for (const path of paths) routes.get(path, async () => "");
        done();
      },
      { prefix: "/api/v1" },
    );
    try {
      await api.ready();
      return "ready";
    } catch (fault) {
      return (fault as Error).message;
    }
  };
  const right = { role: "viewer", summary: "Look" } as const;

  test("a route has no row", async () => {
    expect(await serve({ "GET /a": right }, "/a")).toBe("ready");
    expect(await serve({ "GET /a": right }, "/a", "/b")).toBe(
      "Routes have no row in src/http/route_rights.ts: GET /b",
    );
  });

  test("a row has no route", async () => {
    expect(await serve({ "GET /a": right, "POST /a": right }, "/a")).toBe(
      "Rows of src/http/route_rights.ts have no route: POST /a",
    );
  });
});

const CREDENTIALS: readonly (readonly [string, string | undefined])[] = [
  ["no header", undefined],
  ["a wrong token", `Bearer ${"00".repeat(32)}`],
  ["an empty token", "Bearer "],
  ["the token as a password", `Basic ${Buffer.from(`admin:${TOKEN}`).toString("base64")}`],
  ["the token and more", `Bearer ${TOKEN}0`],
];
describe.each(CREDENTIALS)("with %s", (_, authorization) => {
  test.each([...ROUTES, ["GET", "/nothing", "viewer"] as const])("%s %s is denied", async (method, path) => {
    const url = urlOf(path);
    const headers = authorization === undefined ? {} : { authorization };
    const response = await api.inject({ method, url, headers });
    expect(response.statusCode).toBe(401);
    expect(Value.Check(Problem, response.json())).toBe(true);
    expect(appliance.nodes.all()).toEqual([]);
  });
});

describe("hostile bodies", () => {
  const json = { "content-type": "application/json" };
  const BODIES: readonly (readonly [string, string, number])[] = [
    ["not JSON", "{", 400],
    ["100,000 open brackets", "[".repeat(100_000), 400],
    ["100,000 nested lists", `${"[".repeat(100_000)}${"]".repeat(100_000)}`, 400],
    ["deep inside a known field", `{"name":${"[".repeat(50_000)}${"]".repeat(50_000)}}`, 400],
    ["__proto__", '{"__proto__":{"admin":true},"name":"node1","macs":["52:54:00:77:00:01"]}', 400],
    ["constructor.prototype", '{"constructor":{"prototype":{"admin":true}}}', 400],
    ["2 MB", JSON.stringify({ name: "x".repeat(2_000_000) }), 413],
  ];
  /** Every route that takes JSON: the ones that take a body of another kind do not parse it. */
  const TAKING = ROUTES.filter(
    ([method, path]) => /POST|PATCH|PUT/.test(method) && !ROUTE_RIGHTS[`${method} ${path}`]?.body,
  );

  test.each(BODIES)("%s is refused by every route", async (_, payload, status) => {
    expect(TAKING.length).toBeGreaterThan(20);
    for (const [method, path] of TAKING) {
      // Many nodes at once are the one large body that there is.
      if (status === 413 && path === "/nodes/import") continue;
      const answer = await ask(method, path.replaceAll(/:\w+/g, "node1"), payload, json);
      expect([method, path, answer.status]).toEqual([method, path, status]);
    }
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
    expect(appliance.faults).toEqual([]);
    expect((await ask("GET", "/status")).status).toBe(200);
  });

  test("an unknown field is refused by every route, however deep", async () => {
    for (const body of [{ admin: true }, { nodes: "node1", action: "on", extra: { admin: true } }])
      for (const [method, path] of TAKING) {
        const answer = await ask(method, path.replaceAll(/:\w+/g, "node1"), body);
        expect([path, answer.status]).toEqual([path, 400]);
      }
  });

  test.each(["a", "-", ".", "[1-9],", "\\", "a-"])(
    "100 kB of %j in any text field are answered quickly",
    async (text) => {
      const long = text.repeat(100_000 / text.length);
      const startedMs = performance.now();
      await addNode({ name: long });
      await addNode({ macs: [long] });
      await addNode({ kernelArguments: [long] });
      await addNode({ power: { ...IPMI, address: long } });
      await ask("POST", "/power", { nodes: long, action: "status" });
      await deploy({ image: long, nodes: long, authorizedKeys: [long], disk: long });
      expect(performance.now() - startedMs).toBeLessThan(2000);
    },
  );

  test("a form from another site is no request", async () => {
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect((await ask("POST", "/power", "nodes=node1&action=off", form)).status).toBe(415);
  });
});
