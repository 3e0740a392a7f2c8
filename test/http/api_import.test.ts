import Value from "typebox/value";
import { beforeEach, expect, test } from "vitest";
import { NodeImportView } from "#src/http/node_import_types.ts";
import type { Mac } from "#src/value/mac.ts";
import { IPMI, MAC, MAC_2, setup } from "./api_fixture.ts";

let { appliance, ask, addNode, deploy } = setup();
beforeEach(() => {
  ({ appliance, ask, addNode, deploy } = setup());
});
const MAC_3 = "52:54:00:77:00:03";
const names = (): readonly string[] => appliance.nodes.all().map(({ name }) => name);

test("many nodes come in one transaction, and discovered machines are adopted", async () => {
  appliance.nodes.discover(MAC_2 as Mac, "uefi");
  const nodes = [
    { name: "node1", macs: [MAC], address: "10.77.0.11", power: IPMI },
    { name: "node2", macs: [MAC_2] },
  ];
  const imported = await ask("POST", "/nodes/import", { nodes });
  expect(imported.json).toEqual({ stored: true, added: ["node1", "node2"], updated: [], problems: [] });
  expect(Value.Errors(NodeImportView, imported.json)).toEqual([]);
  expect(appliance.nodes.byName("node2")).toMatchObject({ firmware: "uefi", status: "registered" });
  expect(appliance.store.all()).toHaveLength(2);
  expect(appliance.events.at(-1)).toEqual({ kind: "nodesImported", added: 2, updated: 0 });
});

test("one problem leaves out all, and every problem is told; with skipBad the others come", async () => {
  await addNode();
  const nodes = [
    { name: "node2", macs: [MAC_2] },
    { name: "other", macs: [MAC] },
    { name: "node3", macs: [MAC_3], address: "10.99.0.1" },
    { name: "node4", macs: [MAC_2] },
    { name: "node5", macs: ["not-a-mac-at-all"] },
  ];
  const refused = await ask("POST", "/nodes/import", { nodes });
  expect(refused.json).toMatchObject({
    stored: false,
    problems: [{ index: 1 }, { index: 2 }, { index: 3 }, { index: 4 }],
  });
  expect(names()).toEqual(["node1"]);
  const skipped = await ask("POST", "/nodes/import", { nodes, skipBad: true });
  expect(skipped.json).toMatchObject({ stored: true, added: ["node2"] });
  expect(names()).toEqual(["node1", "node2"]);
});

test("a dry run tells what would be and changes nothing", async () => {
  const told = await ask("POST", "/nodes/import", { nodes: [{ name: "node1", macs: [MAC] }], dryRun: true });
  expect(told.json).toMatchObject({ stored: false, added: ["node1"] });
  expect(names()).toEqual([]);
});

test("with update, a known machine is changed in what is said: the rest stays", async () => {
  await addNode({ address: "10.77.0.11", kernelArguments: ["quiet"] });
  const nodes = [{ name: "renamed", macs: [MAC_2, MAC] }];
  expect((await ask("POST", "/nodes/import", { nodes, update: true })).json).toMatchObject({
    updated: ["renamed"],
  });
  expect(appliance.nodes.all()).toMatchObject([
    { name: "renamed", macs: [MAC_2, MAC], address: "10.77.0.11", kernelArguments: ["quiet"], power: IPMI },
  ]);
  expect((await ask("POST", "/nodes/import", { nodes, update: true })).json).toMatchObject({ stored: true });
});

test("a node that is being installed stays what it is", async () => {
  await addNode();
  await deploy();
  const refused = await ask("POST", "/nodes/import", {
    nodes: [{ name: "other", macs: [MAC] }],
    update: true,
  });
  expect(refused.json).toMatchObject({
    stored: false,
    problems: [{ detail: expect.stringMatching(/being installed/) }],
  });
});

test("with update, nodes swap names and addresses in one file", async () => {
  await addNode({ address: "10.77.0.11" });
  await addNode({ name: "node2", macs: [MAC_2], address: "10.77.0.12" });
  const nodes = [
    { name: "node2", macs: [MAC], address: "10.77.0.12" },
    { name: "node1", macs: [MAC_2], address: "10.77.0.11" },
  ];
  const swapped = await ask("POST", "/nodes/import", { nodes, update: true });
  expect(swapped.json).toEqual({ stored: true, added: [], updated: ["node2", "node1"], problems: [] });
  expect(appliance.nodes.byName("node1")).toMatchObject({ macs: [MAC_2], address: "10.77.0.11" });
  expect(appliance.nodes.byMac(MAC as Mac)).toMatchObject({ name: "node2", address: "10.77.0.12" });
  expect(appliance.store.all()).toHaveLength(2);
});

test("who keeps its name is not to blame; who cannot be changed keeps its own, and nobody takes it", async () => {
  await addNode();
  await addNode({ name: "node2", macs: [MAC_2] });
  const asked = (nodes: readonly object[], skipBad = false) =>
    ask("POST", "/nodes/import", { nodes, update: true, skipBad });
  const taken = await asked([
    { name: "node2", macs: [MAC] },
    { name: "node2", macs: [MAC_2] },
  ]);
  expect(taken.json).toMatchObject({ stored: false, problems: [{ index: 0 }] });
  const half = await asked(
    [
      { name: "node2", macs: [MAC] },
      { name: "node1", macs: [MAC_2], address: "10.99.0.1" },
    ],
    true,
  );
  expect(half.json).toMatchObject({ stored: false, updated: [], problems: [{ index: 0 }, { index: 1 }] });
  expect(appliance.nodes.all().map(({ name, macs }) => [name, macs[0]])).toEqual([
    ["node1", MAC],
    ["node2", MAC_2],
  ]);
});
