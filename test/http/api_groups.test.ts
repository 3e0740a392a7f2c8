import Value from "typebox/value";
import { beforeEach, expect, test } from "vitest";
import { GroupView } from "#src/http/group_types.ts";
import { setup } from "./api_fixture.ts";

let { appliance, ask, addNode } = setup();
beforeEach(() => {
  ({ appliance, ask, addNode } = setup());
});

test("groups are added, listed, shown with their nodes, changed and removed", async () => {
  const added = await ask("POST", "/groups", { name: "rack1", dhcpOptions: ["mtu=9000"] });
  expect(added).toMatchObject({ status: 201, json: { name: "rack1", dhcpOptions: ["mtu=9000"], nodes: "" } });
  expect(Value.Errors(GroupView, added.json)).toEqual([]);
  expect((await addNode({ groups: ["rack1"] })).json).toMatchObject({ groups: ["rack1"], dhcpOptions: [] });
  expect((await ask("GET", "/groups")).json).toMatchObject([{ name: "rack1", nodes: "node1" }]);
  const changed = await ask("PATCH", "/groups/rack1", { dhcpOptions: [] });
  expect(changed.json).toMatchObject({ dhcpOptions: [], nodes: "node1" });
  expect(await ask("DELETE", "/groups/rack1")).toMatchObject({
    status: 409,
    json: { type: "/problems/groupInUse" },
  });
  expect((await ask("PATCH", "/nodes/node1", { groups: [], dhcpOptions: ["mtu=68"] })).json).toMatchObject({
    groups: [],
    dhcpOptions: ["mtu=68"],
  });
  expect((await ask("DELETE", "/groups/rack1")).status).toBe(204);
  expect((await ask("GET", "/groups/rack1")).status).toBe(404);
  expect(appliance.events.map(({ kind }) => kind)).toEqual([
    ...["groupAdded", "nodeAdded", "groupChanged", "nodeChanged", "groupRemoved"],
  ]);
});

const REFUSED: readonly (readonly [string, object, number, RegExp])[] = [
  ["a name that is none", { name: "Rack 1" }, 400, /wants lower-case letters/],
  ["a group that is there", { name: "rack0" }, 409, /it is there already/],
  ["an option with a bad value", { name: "rack1", dhcpOptions: ["mtu=1"] }, 400, /"mtu=1": wants a number/],
  [
    "an option that is Brigade's",
    { name: "rack1", dhcpOptions: ["option-54=hex:0a000001"] },
    400,
    /this server/,
  ],
];
test.each(REFUSED)("refuses: %s", async (_, body, status, detail) => {
  await ask("POST", "/groups", { name: "rack0" });
  const refused = await ask("POST", "/groups", body);
  expect(refused.status).toBe(status);
  expect(refused.json.detail).toMatch(detail);
  expect(appliance.groups.all()).toHaveLength(1);
});

test("a node set names groups: for power, deployments and lists; one that is not there does nothing", async () => {
  await ask("POST", "/groups", { name: "rack1" });
  await addNode({ groups: ["rack1"] });
  await addNode({ name: "node2", macs: ["52:54:00:77:00:02"], groups: ["rack1"] });
  await addNode({ name: "node3", macs: ["52:54:00:77:00:03"] });
  const listed = await ask("GET", `/nodes?nodes=${encodeURIComponent("@rack1-node2,node3,node9")}`);
  expect(listed.json).toMatchObject([{ name: "node1" }, { name: "node3" }]);
  expect((await ask("POST", "/power", { nodes: "@rack1", action: "on" })).json).toMatchObject([
    ...[{ node: "node1" }, { node: "node2" }],
  ]);
  const refused = await ask("POST", "/power", { nodes: "@rack1,@rack9", action: "off" });
  expect(refused).toMatchObject({ status: 400, json: { type: "/problems/badNodeSet" } });
  expect(refused.json.detail).toContain('no group is called "rack9"; see "brigade group list"');
  expect((await ask("POST", "/power", { nodes: "@rack1-node3", action: "off" })).status).toBe(400);
});

test("a node cannot be in a group that is not there", async () => {
  expect(await addNode({ groups: ["rack9"] })).toMatchObject({
    status: 400,
    json: { type: "/problems/unknownGroup", detail: expect.stringContaining("brigade group add rack9") },
  });
});
