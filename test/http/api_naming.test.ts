import Value from "typebox/value";
import { beforeEach, expect, test } from "vitest";
import { NamesByPort } from "#src/http/naming_types.ts";
import type { Mac } from "#src/value/mac.ts";
import { MAC, MAC_2, setup } from "./api_fixture.ts";

let { appliance, ask, addNode, deploy } = setup();
beforeEach(() => {
  ({ appliance, ask, addNode, deploy } = setup());
});

const place = (index: number, port: string) => {
  const mac = `52:54:00:77:00:0${index}` as Mac;
  appliance.nodes.discover(mac, "uefi");
  appliance.places.set(mac, [{ switchId: "s1", switchName: "rack2-sw", port }]);
  appliance.identities.changed();
};

test("a rack gets its names at once, and is registered", async () => {
  place(1, "Gi1/0/2");
  place(2, "Gi1/0/1");
  const body = { pattern: "rack2-u{port}", switches: "rack2-*" };
  const tried = await ask("POST", "/nodes/name-by-port", { ...body, dryRun: true });
  expect(tried.json).toMatchObject({ stored: false, problems: [], names: [{ name: "rack2-u2" }, {}] });
  const named = await ask("POST", "/nodes/name-by-port", body);
  expect(Value.Errors(NamesByPort, named.json)).toEqual([]);
  expect(named.json).toMatchObject({
    stored: true,
    names: [
      { node: "discovered-525400770001", name: "rack2-u2", place: "rack2-sw Gi1/0/2" },
      { name: "rack2-u1" },
    ],
  });
  expect((await ask("GET", "/nodes")).json).toMatchObject([
    { name: "rack2-u1", macs: [MAC_2], status: "registered" },
    { name: "rack2-u2", macs: [MAC], status: "registered" },
  ]);
  expect(appliance.events.at(-1)).toEqual({ kind: "nodesNamed", nodes: ["rack2-u2", "rack2-u1"] });
  const told = appliance.events.length;
  expect((await ask("POST", "/nodes/name-by-port", body)).json).toMatchObject({
    stored: true,
    problems: [],
  });
  expect(appliance.events).toHaveLength(told);
});

test("with one that cannot be named none is", async () => {
  place(1, "Gi1/0/2");
  place(2, "mgmt");
  const named = await ask("POST", "/nodes/name-by-port", { pattern: "n{port}" });
  expect(named).toMatchObject({
    status: 200,
    json: { stored: false, problems: [{ nodes: ["discovered-525400770002"] }] },
  });
  expect((await ask("GET", "/nodes")).json).toMatchObject([
    { status: "discovered" },
    { status: "discovered" },
  ]);
  expect(await ask("POST", "/nodes/name-by-port", { pattern: "n" })).toMatchObject({
    status: 400,
    json: { type: "/problems/badPattern" },
  });
});

test("what is being installed keeps its name", async () => {
  await addNode();
  place(1, "Gi1/0/2");
  await deploy();
  expect((await ask("POST", "/nodes/name-by-port", { pattern: "n{port}" })).json).toMatchObject({
    stored: false,
    problems: [{ problem: expect.stringContaining("is being installed by d1") }],
  });
});

test("rules are added, listed and removed", async () => {
  const rule = { switches: "rack2-*", pattern: "u{port}" };
  const added = await ask("POST", "/identity/naming", rule);
  expect(added).toMatchObject({ status: 201, json: { id: 1, ...rule, register: false } });
  expect((await ask("GET", "/identity/naming")).json).toEqual([added.json]);
  expect((await ask("POST", "/identity/naming", { ...rule, pattern: "u" })).status).toBe(400);
  expect((await ask("DELETE", "/identity/naming/1")).status).toBe(204);
  expect((await ask("DELETE", "/identity/naming/1")).status).toBe(404);
});
