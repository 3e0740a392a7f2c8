import Value from "typebox/value";
import { beforeEach, describe, expect, test } from "vitest";
import { StatusView } from "#src/http/api_types.ts";
import { DeploymentSummary, DeploymentView } from "#src/http/deployment_types.ts";
import { KEY, MAC_2, setup } from "./api_fixture.ts";

let { appliance, ask, addNode, deploy } = setup();
beforeEach(() => {
  ({ appliance, ask, addNode, deploy } = setup());
});

describe("deployments", () => {
  beforeEach(async () => {
    await addNode();
    await addNode({ name: "node2", macs: [MAC_2] });
    await addNode({ name: "bad3", macs: ["52:54:00:77:00:03"] });
  });

  test("start with a node set, are listed, shown and end with OK and KO", async () => {
    const made = await deploy({ nodes: "node[1-2],bad3", partitionTable: "mbr", verify: "none" });
    expect(made.status).toBe(201);
    expect(Value.Errors(DeploymentView, made.json)).toEqual([]);
    expect(appliance.deployments.requests).toMatchObject([
      { nodes: ["bad3", "node1", "node2"], partitionTable: "mbr", verify: "none", authorizedKeys: [KEY] },
    ]);
    appliance.deployments.finish("d1");
    const shown = await ask("GET", "/deployments/d1");
    expect(Value.Errors(DeploymentView, shown.json)).toEqual([]);
    expect(shown.json).toMatchObject({
      ok: "node[1-2]",
      ko: "bad3",
      running: "",
      verify: "none",
      nodes: "bad3,node[1-2]",
    });
    expect(shown.text).not.toContain("SECRETISH");
    const list = (await ask("GET", "/deployments?limit=5")).json;
    expect(Value.Errors(DeploymentSummary, list[0])).toEqual([]);
  });

  test("are cancelled once", async () => {
    await deploy();
    expect((await ask("DELETE", "/deployments/d1")).json).toMatchObject({ ko: "node1" });
    expect((await ask("DELETE", "/deployments/d1")).status).toBe(409);
    expect((await ask("DELETE", "/deployments/d9")).status).toBe(404);
  });

  test.each([
    ["unknown image", { image: "nothing" }, 404, /no such image/],
    ["unknown node", { nodes: "node[1-9]" }, 404, /node3/],
    ["broken node set", { nodes: "node[1-" }, 400, /at character 5: bracket is not closed/],
    ["too many names", { nodes: "n[1-999999]" }, 400, /more than 100000/],
    ["no key", { authorizedKeys: [] }, 422, /nobody could log in to it; give a public key with --key/],
    ["customizing an archive", { customize: "yes" }, 400, /customize/],
    ["a probe that is none", { probe: { kind: "tcp", port: 0 } }, 400, /probe/],
    ["a way to verify that is none", { verify: "twice" }, 400, /verify/],
    ["a partition table of another age", { partitionTable: "sun" }, 400, /partitionTable/],
  ])("are refused: %s", async (_, change, status, detail) => {
    const refused = await deploy(change);
    expect(refused.status).toBe(status);
    expect(refused.json.detail).toMatch(detail);
  });

  test("one node has one deployment", async () => {
    await deploy();
    const second = await deploy({ nodes: "node[1-2]" });
    expect(second).toMatchObject({ status: 409, json: { type: "/problems/nodesBusy" } });
    expect(second.json.detail).toContain("node1 is being installed by d1 since 1970-01-01T00:01:00.000Z");
    const taken = { holder: "d1", since: "1970-01-01T00:01:00.000Z" };
    expect(second.json).toMatchObject({ ...taken, busy: [{ node: "node1", ...taken }] });
  });
});

describe("power", () => {
  beforeEach(async () => {
    await addNode();
    await addNode({ name: "bad2", macs: [MAC_2] });
  });

  test("says of each node what came of it", async () => {
    expect((await ask("POST", "/power", { nodes: "node1,bad2", action: "on" })).json).toEqual([
      { node: "bad2", ok: false, problem: "Cannot reach the BMC of bad2" },
      { node: "node1", ok: true, state: "on" },
    ]);
  });

  test("an unknown node switches nothing", async () => {
    const refused = await ask("POST", "/power", { nodes: "node[1-3]", action: "on" });
    expect(refused).toMatchObject({ status: 404, json: { type: "/problems/unknownNodes" } });
    expect(refused.json.detail).toContain("node[2-3]");
    expect(appliance.powered.size).toBe(0);
  });

  test("a node that is being installed is left alone unless forced, but may be looked at", async () => {
    await deploy();
    const off = { nodes: "node1", action: "off" };
    expect((await ask("POST", "/power", off)).status).toBe(409);
    expect((await ask("POST", "/power", { nodes: "node1", action: "status" })).status).toBe(200);
    expect((await ask("POST", "/power", { ...off, force: true })).json).toMatchObject([
      { ok: true, state: "off" },
    ]);
  });

  test("raw commands are no action", async () => {
    expect((await ask("POST", "/power", { nodes: "node1", action: "raw 0x00" })).status).toBe(400);
  });
});

test("status counts what there is", async () => {
  const { json } = await ask("GET", "/status");
  expect(Value.Errors(StatusView, json)).toEqual([]);
  expect(json).toMatchObject({ nodes: 0, images: 1, runningDeployments: 0, interface: "eth1" });
});

test("an unknown resource is a problem with its name", async () => {
  expect(await ask("GET", "/nothing")).toMatchObject({ status: 404, json: { type: "/problems/noRoute" } });
});

test("a bug is answered without its words and reported", async () => {
  appliance.deployments.byId = async () => {
    throw new Error("secret detail");
  };
  const answer = await ask("GET", "/deployments/d1");
  expect(answer.status).toBe(500);
  expect(answer.text).not.toContain("secret detail");
  expect(appliance.faults).toMatchObject([{ message: "secret detail" }]);
});
