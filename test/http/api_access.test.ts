import Value from "typebox/value";
import { beforeEach, describe, expect, test } from "vitest";
import { Problem } from "#src/http/api_types.ts";
import { IPMI, type Method, setup } from "./api_fixture.ts";
import { TOKEN } from "./fake_appliance.ts";

let { appliance, api, ask, addNode, deploy } = setup();
beforeEach(() => {
  ({ appliance, api, ask, addNode, deploy } = setup());
});

const ROUTES: readonly (readonly [Method, string])[] = [
  ["GET", "/api/v1/nodes"],
  ["POST", "/api/v1/nodes"],
  ["GET", "/api/v1/nodes/:name"],
  ["PATCH", "/api/v1/nodes/:name"],
  ["DELETE", "/api/v1/nodes/:name"],
  ["POST", "/api/v1/nodes/import"],
  ["POST", "/api/v1/nodes/accept"],
  ["GET", "/api/v1/identity/findings"],
  ["POST", "/api/v1/nodes/name-by-port"],
  ["GET", "/api/v1/identity/naming"],
  ["POST", "/api/v1/identity/naming"],
  ["DELETE", "/api/v1/identity/naming/:id"],
  ["POST", "/api/v1/nodes/:name/merge"],
  ["POST", "/api/v1/nodes/:name/split"],
  ["POST", "/api/v1/nodes/:name/replace"],
  ["POST", "/api/v1/nodes/:name/swap"],
  ["GET", "/api/v1/groups"],
  ["POST", "/api/v1/groups"],
  ["GET", "/api/v1/groups/:name"],
  ["PATCH", "/api/v1/groups/:name"],
  ["DELETE", "/api/v1/groups/:name"],
  ["GET", "/api/v1/groups/:name/workflow"],
  ["PUT", "/api/v1/groups/:name/workflow"],
  ["DELETE", "/api/v1/groups/:name/workflow"],
  ["GET", "/api/v1/ssh-key"],
  ["GET", "/api/v1/nodes/:name/boots"],
  ["GET", "/api/v1/images"],
  ["GET", "/api/v1/images/:name"],
  ["PUT", "/api/v1/images/:name"],
  ["DELETE", "/api/v1/images/:name"],
  ["POST", "/api/v1/images/:name/verify"],
  ["GET", "/api/v1/images/:name/raw"],
  ["GET", "/api/v1/imports"],
  ["GET", "/api/v1/imports/:name"],
  ["POST", "/api/v1/deployments"],
  ["GET", "/api/v1/deployments"],
  ["GET", "/api/v1/deployments/:id"],
  ["DELETE", "/api/v1/deployments/:id"],
  ["POST", "/api/v1/deployments/:id/continue"],
  ["POST", "/api/v1/deployments/:id/nodes"],
  ["POST", "/api/v1/deployments/:id/retry"],
  ["GET", "/api/v1/deployments/:id/events"],
  ["POST", "/api/v1/power"],
  ["GET", "/api/v1/fabric"],
  ["GET", "/api/v1/fabric/order"],
  ["POST", "/api/v1/fabric/check"],
  ["GET", "/api/v1/fabric/scan"],
  ["POST", "/api/v1/fabric/scan"],
  ["DELETE", "/api/v1/fabric/scan"],
  ["GET", "/api/v1/fabric/scans"],
  ["GET", "/api/v1/backup"],
  ["GET", "/api/v1/status"],
  ["GET", "/api/v1/events"],
  ["GET", "/api/v1/doctor"],
];

test("the table knows every route: a new one needs a row", async () => {
  await api.ready();
  const listed = new Set(ROUTES.map(([method, path]) => `${method} ${path}`));
  const known = [...new Set(ROUTES.map(([, path]) => path))];
  const served = known.flatMap((url) =>
    (["GET", "POST", "PUT", "PATCH", "DELETE"] as const)
      .filter((method) => api.hasRoute({ method, url }))
      .map((method) => `${method} ${url}`),
  );
  expect(new Set(served)).toEqual(listed);
  // The tree is printed with one line for each path; no path may be missing above.
  const leaves = api
    .printRoutes({ commonPrefix: false, includeHooks: false })
    .match(/\((?:GET|POST|PUT|PATCH|DELETE|HEAD|, )+\)/g);
  expect(leaves?.length).toBe(known.length);
});

const CREDENTIALS: readonly (readonly [string, string | undefined])[] = [
  ["no header", undefined],
  ["a wrong token", `Bearer ${"00".repeat(32)}`],
  ["an empty token", "Bearer "],
  ["the token as a password", `Basic ${Buffer.from(`admin:${TOKEN}`).toString("base64")}`],
  ["the token and more", `Bearer ${TOKEN}0`],
];
describe.each(CREDENTIALS)("with %s", (_, authorization) => {
  test.each([...ROUTES, ["GET", "/api/v1/nothing"] as const, ["GET", "/"] as const])(
    "%s %s is denied",
    async (method, path) => {
      const url = path.replace(/:\w+/, "node1");
      const headers = authorization === undefined ? {} : { authorization };
      const response = await api.inject({ method, url, headers });
      expect(response.statusCode).toBe(401);
      expect(Value.Check(Problem, response.json())).toBe(true);
      expect(appliance.nodes.all()).toEqual([]);
    },
  );
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
  test.each(BODIES)("%s is refused", async (_, payload, status) => {
    for (const path of ["/nodes", "/deployments", "/power"]) {
      expect((await ask("POST", path, payload, json)).status).toBe(status);
    }
    expect(({} as { admin?: unknown }).admin).toBeUndefined();
    expect(appliance.faults).toEqual([]);
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
