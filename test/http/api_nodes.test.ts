import Value from "typebox/value";
import { beforeEach, expect, test } from "vitest";
import { NodeView } from "#src/http/api_types.ts";
import { StorageError } from "#src/value/storage_error.ts";
import { IPMI, MAC_2, PASSWORD, setup } from "./api_fixture.ts";

let { appliance, ask, addNode, deploy } = setup();
beforeEach(() => {
  ({ appliance, ask, addNode, deploy } = setup());
});

test("nodes are added, listed, shown, changed and removed", async () => {
  const added = await addNode({ address: "10.77.0.11", kernelArguments: ["quiet"] });
  expect(added.status).toBe(201);
  expect(Value.Errors(NodeView, added.json)).toEqual([]);
  expect(added.json).toMatchObject({
    name: "node1",
    address: "10.77.0.11",
    hasAgent: false,
    status: "registered",
  });
  expect((await ask("GET", "/nodes")).json).toEqual([added.json]);
  const changed = await ask("PATCH", "/nodes/node1", { address: null, name: "node2" });
  expect(changed.json).toMatchObject({ name: "node2", power: { address: "10.77.0.201", port: 623 } });
  expect(changed.json).not.toHaveProperty("address");
  expect((await ask("GET", "/nodes/node1")).status).toBe(404);
  expect((await ask("DELETE", "/nodes/node2")).status).toBe(204);
  expect((await ask("GET", "/nodes")).json).toEqual([]);
});

test("their passwords go in and never come out", async () => {
  const said = [
    await addNode(),
    await ask("GET", "/nodes"),
    await ask("GET", "/nodes/node1"),
    await ask("PATCH", "/nodes/node1", { kernelArguments: ["quiet"] }),
    await ask("PATCH", "/nodes/node1", { power: { ...IPMI, password: `${PASSWORD}-that-is-too-long` } }),
    await ask("POST", "/power", { nodes: "node1", action: "status" }),
    await ask("GET", "/status"),
  ];
  expect(said.map(({ text }) => text).join()).not.toContain(PASSWORD);
  expect(JSON.stringify(appliance.events)).not.toContain(PASSWORD);
  expect(appliance.nodes.byName("node1")?.power).toMatchObject({ password: PASSWORD });
});

test("a password stays with its BMC and follows to no other", async () => {
  await addNode();
  const { password: _, ...without } = IPMI;
  expect((await ask("PATCH", "/nodes/node1", { power: without })).status).toBe(200);
  expect(appliance.nodes.byName("node1")?.power).toMatchObject({ password: PASSWORD });
  const elsewhere = await ask("PATCH", "/nodes/node1", { power: { ...without, address: "10.77.0.66" } });
  expect(elsewhere).toMatchObject({ status: 400, json: { type: "/problems/noPassword" } });
  expect((await addNode({ name: "node2", macs: [MAC_2], power: without })).status).toBe(400);
});

const REFUSED: readonly (readonly [string, object, number, RegExp])[] = [
  ["name taken", { macs: [MAC_2] }, 409, /another node has that name/],
  ["MAC taken", { name: "node2" }, 409, /belongs to "node1"/],
  ["no MAC", { name: "node2", macs: ["hello-world-x"] }, 400, /twelve hex digits/],
  ["address that is none", { name: "node2", macs: [], address: "10.77.0.300" }, 400, /./],
  ["address outside", { name: "node2", macs: [MAC_2], address: "10.1.0.1" }, 400, /not in 10.77.0.0/],
  ["unknown field", { name: "node2", admin: true }, 400, /body.admin: there is no such field/],
  [
    "option for an address of a BMC",
    { name: "node2", power: { ...IPMI, address: "-oProxyCommand=x" } },
    400,
    /BMC address/,
  ],
  ["newline in the command", { name: "node2", power: { driver: "command", command: ["a\nb"] } }, 400, /./],
];
test.each(REFUSED)("refuses: %s", async (_, change, status, detail) => {
  await addNode();
  const refused = await addNode(change);
  expect(refused.status).toBe(status);
  expect(refused.type).toMatch(/^application\/problem\+json/);
  expect(refused.json.detail).toMatch(detail);
  expect(appliance.nodes.all()).toHaveLength(1);
});

test("stay what they are while they are being installed", async () => {
  await addNode();
  await deploy();
  const refused = await ask("DELETE", "/nodes/node1");
  expect(refused.status).toBe(409);
  expect(refused.json.detail).toContain("d1");
  expect((await ask("PATCH", "/nodes/node1", { name: "node9" })).status).toBe(409);
  expect((await ask("PATCH", "/nodes/node1", { address: null })).status).toBe(409);
  expect((await ask("PATCH", "/nodes/node1", { kernelArguments: [] })).status).toBe(200);
  expect((await ask("GET", "/nodes/node1")).json).toMatchObject({ deployment: "d1" });
});

test.each([
  ["diskFull", 507],
  ["failed", 503],
] as const)(
  "what cannot be stored (%s) is answered %d with the file's name, and did not happen",
  async (kind, status) => {
    appliance.store.save = async () => {
      throw new StorageError(kind, 'Cannot write "/data/brigade.db": for a reason');
    };
    const refused = await addNode();
    expect(refused).toMatchObject({
      status,
      json: { detail: 'Cannot write "/data/brigade.db": for a reason' },
    });
    expect(appliance.nodes.all()).toEqual([]);
    expect(appliance.faults).toEqual([]);
  },
);
