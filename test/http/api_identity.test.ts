import Value from "typebox/value";
import { beforeEach, expect, test } from "vitest";
import { NodesChanged } from "#src/http/identity_types.ts";
import type { Mac } from "#src/value/mac.ts";
import { IPMI, MAC, MAC_2, PASSWORD, setup } from "./api_fixture.ts";

let { appliance, ask, addNode, deploy } = setup();
beforeEach(() => {
  ({ appliance, ask, addNode, deploy } = setup());
});

const DISCOVERED = `discovered-${MAC_2.replaceAll(":", "")}`;

test("two become one and two again; each is an event", async () => {
  await addNode();
  appliance.nodes.discover(MAC_2 as Mac, "uefi");
  const merged = await ask("POST", "/nodes/node1/merge", { other: DISCOVERED });
  expect(merged).toMatchObject({
    status: 200,
    json: { stored: true, nodes: [{ name: "node1", macs: [MAC, MAC_2] }], gone: [DISCOVERED] },
  });
  expect(Value.Errors(NodesChanged, merged.json)).toEqual([]);
  expect(merged.text).not.toContain(PASSWORD);
  const split = await ask("POST", "/nodes/node1/split", { macs: [MAC_2], name: "node2" });
  expect(split.json).toMatchObject({ nodes: [{ macs: [MAC] }, { name: "node2", macs: [MAC_2] }], gone: [] });
  expect(appliance.events.slice(-2)).toEqual([
    { kind: "nodesMerged", node: "node1", other: DISCOVERED },
    { kind: "nodeSplit", node: "node1", other: "node2", macs: [MAC_2] },
  ]);
});

test("a new machine takes the place of the old one, which is a discovered one then", async () => {
  await addNode({ address: "10.77.0.11" });
  appliance.nodes.discover(MAC_2 as Mac, "uefi");
  const tried = await ask("POST", "/nodes/node1/replace", { with: DISCOVERED, dryRun: true });
  expect(tried.json).toMatchObject({ stored: false, nodes: [{ macs: [MAC_2] }, { macs: [MAC] }] });
  expect((await ask("GET", "/nodes/node1")).json).toMatchObject({ macs: [MAC] });
  await ask("POST", "/nodes/node1/replace", { with: DISCOVERED });
  expect((await ask("GET", "/nodes")).json).toMatchObject([
    { name: "discovered-525400770001", macs: [MAC], status: "discovered" },
    { name: "node1", macs: [MAC_2], address: "10.77.0.11", power: { address: IPMI.address } },
  ]);
});

test("nodes that are being installed are left alone, and stay what they are", async () => {
  await addNode();
  await addNode({ name: "node2", macs: [MAC_2] });
  await deploy({ nodes: "node2" });
  for (const [path, body] of [
    ["/nodes/node1/merge", { other: "node2" }],
    ["/nodes/node2/merge", { other: "node1" }],
    ["/nodes/node1/swap", { other: "node2" }],
  ] as const)
    expect(await ask("POST", path, body)).toMatchObject({
      status: 409,
      json: { type: "/problems/nodeBusy", detail: expect.stringContaining("node2") },
    });
  expect((await ask("GET", "/nodes")).json).toHaveLength(2);
});

test.each([
  ["/nodes/node9/merge", { other: "node1" }, 404, "unknownNode"],
  ["/nodes/node1/merge", { other: "node1" }, 400, "sameNode"],
  ["/nodes/node1/split", { macs: [MAC] }, 400, "noMac"],
  ["/nodes/node1/split", { macs: ["x".repeat(12)] }, 400, "badMac"],
  ["/nodes/node1/split", { macs: [MAC], name: "a", to: "b" }, 400, "badRequest"],
  ["/nodes/node1/split", { macs: [] }, 400, "badRequest"],
  ["/nodes/node1/replace", { with: "node2" }, 409, "notDiscovered"],
  ["/nodes/node1/replace", {}, 400, "badRequest"],
])("POST %s %j answers %i %s", async (path, body, status, kind) => {
  await addNode();
  await addNode({ name: "node2", macs: [MAC_2] });
  expect(await ask("POST", path, body)).toMatchObject({ status, json: { type: `/problems/${kind}` } });
});
