/** What may be asked of a deployment. */
import Value from "typebox/value";
import { beforeEach, expect, test } from "vitest";
import { DeploymentView } from "#src/http/deployment_types.ts";
import { GroupOperationsView } from "#src/http/operation_types.ts";
import { PreviewView } from "#src/http/preview_types.ts";
import { KEY, MAC_2, setup } from "./api_fixture.ts";

let { appliance, ask, askAs, tokenOf, addNode, deploy } = setup();

const DISK = { name: "/dev/vda", bytes: 10_000_000_000, removable: false, sectorBytes: 512 };

beforeEach(async () => {
  ({ appliance, ask, askAs, tokenOf, addNode, deploy } = setup());
  await addNode();
  await addNode({ name: "node2", macs: [MAC_2] });
  await addNode({ name: "bad3", macs: ["52:54:00:77:00:03"] });
});

test("nodes stop before a breakpoint, and go on when they are told to", async () => {
  await deploy({ nodes: "node[1-2]", breakpoints: ["format"] });
  appliance.deployments.finish("d1");
  const stands = { state: { kind: "paused", step: "format", phase: 2 } };
  expect((await ask("GET", "/deployments/d1")).json).toMatchObject({ progress: [stands, stands] });
  const went = await ask("POST", "/deployments/d1/continue", { nodes: "node1" });
  expect(went).toMatchObject({ status: 200, json: { deployment: "d1", continued: "node1" } });
  expect((await ask("POST", "/deployments/d1/continue", {})).json).toMatchObject({ continued: "node2" });
  expect(await ask("POST", "/deployments/d1/continue", {})).toMatchObject({
    status: 409,
    json: { type: "/problems/notPaused" },
  });
  expect((await ask("POST", "/deployments/d1/continue", { nodes: "node[1-3]" })).status).toBe(404);
  expect((await ask("POST", "/deployments/d9/continue", {})).status).toBe(404);
});

test("a success is what the rule says, and KO nodes say what is left of them", async () => {
  await deploy({ nodes: "node1,bad3", success: "50%" });
  expect((await ask("GET", "/deployments/d1")).json).toMatchObject({ success: "50%", needed: 1 });
  appliance.deployments.finish("d1");
  const { json } = await ask("GET", "/deployments/d1");
  expect(Value.Errors(DeploymentView, json)).toEqual([]);
  expect(json).toMatchObject({ succeeded: true, ok: "node1", ko: "bad3" });
  expect(json.progress[0]).toMatchObject({ node: "bad3", left: "halfWritten" });
  expect((await deploy({ nodes: "node1", success: "most" })).json.detail).toContain("wants all, a number");
});

test("late nodes join, spares are named, failed ones are tried again", async () => {
  await deploy({ nodes: "bad3", spares: "node2" });
  expect((await ask("GET", "/deployments/d1")).json).toMatchObject({ nodes: "bad3", spare: "node2" });
  const joined = await ask("POST", "/deployments/d1/nodes", { nodes: "node1" });
  expect(joined).toMatchObject({ status: 200, json: { nodes: "bad3,node1" } });
  expect((await ask("POST", "/deployments/d1/nodes", { nodes: "node1" })).json.type).toBe(
    "/problems/alreadyIn",
  );
  expect((await ask("POST", "/deployments/d1/retry", {})).json.type).toBe("/problems/running");
  appliance.deployments.finish("d1");
  expect((await ask("POST", "/deployments/d1/nodes", { nodes: "node2" })).json.type).toBe("/problems/ended");
  expect(await ask("POST", "/deployments/d1/retry", {})).toMatchObject({
    status: 201,
    json: { id: "d2", nodes: "bad3", spare: "", retryOf: "d1" },
  });
});

test("a retry installs what the first deployment did, or nothing", async () => {
  await deploy({ nodes: "bad3" });
  appliance.deployments.finish("d1");
  const image = appliance.images.get("debian-12:1");
  if (!image) throw new Error("no image");
  appliance.images.set("debian-12:1", { ...image, digest: "ef".repeat(32) });
  const refused = await ask("POST", "/deployments/d1/retry", {});
  expect(refused).toMatchObject({ status: 409, json: { type: "/problems/otherImage" } });
  appliance.images.set("debian-12:1", image);
  expect((await ask("POST", "/deployments/d1/retry", {})).status).toBe(201);
});

test("a retry does not install what has become private meanwhile", async () => {
  const alice = await tokenOf("user", "alice");
  const body = { image: "debian-12", nodes: "bad3", authorizedKeys: [KEY] };
  expect((await askAs(alice, "POST", "/deployments", body)).status).toBe(201);
  appliance.deployments.finish("d1");
  await ask("PATCH", "/images/debian-12", { visibility: "private" });
  expect((await askAs(alice, "POST", "/deployments/d1/retry", {})).status).toBe(404);
});

test("a protected node wants an admin's word", async () => {
  expect((await ask("PATCH", "/nodes/node1", { protected: true })).json).toMatchObject({ protected: true });
  const refused = await deploy({ nodes: "node[1-2]" });
  expect(refused).toMatchObject({ status: 409, json: { type: "/problems/protectedNodes" } });
  expect(refused.json.detail).toContain("node1: protected");
  expect((await deploy({ nodes: "node[1-2]", forceProtected: true })).status).toBe(201);
});

test("many nodes want their number to be said", async () => {
  for (const index of [4, 5, 6]) await addNode({ name: `node${index}`, macs: [`52:54:00:77:00:0${index}`] });
  const many = { nodes: "node[1-2,4-6],bad3" };
  expect(await deploy(many)).toMatchObject({
    status: 422,
    json: { type: "/problems/unconfirmed", confirm: "6" },
  });
  expect((await deploy({ ...many, confirm: "5" })).json.detail).toContain(
    '"5" nodes were confirmed, and it is 6',
  );
  expect((await deploy({ ...many, confirm: "6" })).status).toBe(201);
});

test("a dry run says what would happen and does nothing", async () => {
  appliance.inventories.set("node1", { disks: [DISK] } as never);
  await deploy({ nodes: "node2" });
  const seen = await deploy({ nodes: "node[1-2]", breakpoints: ["format"], dryRun: true });
  expect(seen.status).toBe(200);
  expect(seen.json.problems).toMatchObject([{ kind: "nodesBusy" }]);
  const free = await deploy({ nodes: "node1,bad3", breakpoints: ["format"], dryRun: true });
  expect(Value.Errors(PreviewView, free.json)).toEqual([]);
  expect(free.json).toMatchObject({ nodes: "bad3,node1", needed: 2, problems: [] });
  expect(free.json.plans[0].phases[1][0].steps[1]).toEqual({
    ...{ name: "format", timeLimitSec: 300, maxAttempts: 2, pauseBefore: true },
  });
  expect(free.json.disks).toMatchObject([
    { nodes: "bad3", why: "its disks are not known: it was never in the ramdisk" },
    { nodes: "node1", disk: "/dev/vda", bytes: DISK.bytes },
  ]);
  expect(free.json.chains.flat()).toEqual(["bad3", "node1"]);
  expect(appliance.deployments.running()).toHaveLength(1);
});

test("a breakpoint at no step is refused with those that there are", async () => {
  const refused = await deploy({ breakpoints: ["frmat"] });
  expect(refused).toMatchObject({ status: 400, json: { type: "/problems/unknownStep" } });
  expect(refused.json.detail).toContain("partition, format");
});

const CHECK = { name: "check", when: "before", step: "format", run: "true\n", environment: { WANTED: "1" } };
const MOTD = { name: "motd", when: "after", step: "identity", send: "aGVsbG8=", to: "/mnt/target/etc/motd" };

test("operations go along with a request, and what cannot be done is refused with its name", async () => {
  expect((await deploy({ operations: [CHECK, MOTD] })).status).toBe(201);
  expect(appliance.deployments.requests[0]?.operations).toEqual([
    {
      ...{ name: "check", when: "before", step: "format", timeLimitSec: 300, maxAttempts: 1 },
      action: { kind: "run", script: "true\n", environment: { WANTED: "1" } },
    },
    {
      ...{ name: "motd", when: "after", step: "identity", timeLimitSec: 300, maxAttempts: 1 },
      action: { kind: "send", content: "aGVsbG8=", to: "/mnt/target/etc/motd", mode: "0644" },
    },
  ]);
  const refused = await deploy({ nodes: "node2", operations: [{ ...CHECK, step: "await-system" }] });
  expect(refused).toMatchObject({ status: 422, json: { type: "/problems/badOperation" } });
  expect(refused.json.detail).toContain('"check": before await-system the agent has left the node');
  const strange = await deploy({ nodes: "node2", operations: [{ ...CHECK, step: "bake" }] });
  expect(strange.json.detail).toContain("there is no step bake, but ");
  expect((await deploy({ nodes: "node2", operations: [{ ...CHECK, to: "/x" }] })).status).toBe(400);
  expect((await deploy({ nodes: "node2", operations: [{ ...MOTD, send: "not base64!" }] })).status).toBe(400);
});

test("a group has operations of its own until it is removed", async () => {
  await ask("POST", "/groups", { name: "rack1" });
  const path = "/groups/rack1/operations";
  expect((await ask("GET", path)).json).toEqual({ group: "rack1", operations: [] });
  const put = await ask("PUT", path, { operations: [CHECK] });
  expect(Value.Errors(GroupOperationsView, put.json)).toEqual([]);
  expect(put.json.operations).toEqual([{ ...CHECK, timeLimitSec: 300, attempts: 1 }]);
  expect((await ask("GET", path)).json).toEqual(put.json);
  expect((await ask("PUT", path, { operations: [{ ...CHECK, attempts: 99 }] })).status).toBe(422);
  expect((await ask("PUT", "/groups/rack9/operations", { operations: [] })).status).toBe(404);
  expect((await ask("DELETE", path)).status).toBe(204);
  expect((await ask("GET", path)).json.operations).toEqual([]);
  await ask("PUT", path, { operations: [CHECK] });
  await ask("DELETE", "/groups/rack1");
  expect(appliance.groupOperations.of("rack1")).toEqual([]);
});

test("only admins may mean protected nodes", async () => {
  await ask("PATCH", "/nodes/node1", { protected: true });
  const asked = { image: "debian-12", nodes: "node1", authorizedKeys: [KEY], forceProtected: true };
  for (const dryRun of [false, true]) {
    const refused = await askAs(await tokenOf("user"), "POST", "/deployments", { ...asked, dryRun });
    expect(refused).toMatchObject({ status: 403, json: { type: "/problems/adminsOnly" } });
  }
  expect((await ask("POST", "/deployments", asked)).status).toBe(201);
});
