import Value from "typebox/value";
import { beforeEach, describe, expect, test } from "vitest";
import type { ChainOrder } from "#src/fabric/order_types.ts";
import type { KnownFabric } from "#src/fabric/scan_record.ts";
import {
  ChainOrderView,
  CheckView,
  FabricView,
  ScanRecordView,
  ScanStateView,
} from "#src/http/fabric_types.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import { madeFabric } from "#test/fabric/made_fabric.ts";
import { setup } from "./api_fixture.ts";

let { appliance, ask, addNode, deploy } = setup();
beforeEach(() => {
  ({ appliance, ask, addNode, deploy } = setup());
});

const silent = "10.0.0.9" as Ipv4;
const KNOWN: KnownFabric = {
  fabric: {
    ...madeFabric({
      links: [
        { ends: "core/1 - leaf1/9", speedMbit: 20_000, cables: ["core/1 - leaf1/9", "core/2 - leaf1/10"] },
      ],
      at: { "(appliance)": "core/7", node1: "leaf1/1", node2: ["leaf1/2", 1000], node3: "core/3" },
      ports: { "core/3": { inErrors: 3, inDiscards: 1, inPackets: 100 } },
    }),
    crowds: [{ at: { switch: "core", port: "9" }, machines: 5000 }],
    contradictions: [{ kind: "ring", at: [{ switch: "core" }], text: "a ring" }],
  },
  record: {
    ...{
      id: 3,
      trigger: "asked",
      startedAtMs: 1,
      endedAtMs: 2,
      read: 2,
      gaps: [],
      changes: [],
      moreChanges: 0,
    },
    silent: [{ address: silent, reason: "noAnswer" }],
    notes: [
      { kind: "tableCut", address: silent, gap: { table: "x", reason: "loop" } },
      { kind: "outside", address: silent, namedBy: silent },
      { kind: "limit", limit: "deadline", left: 2 },
      { kind: "threadEnded" },
    ],
  },
  taken: [{ address: silent, credentials: 0 }],
};

test("before anything is known the answer is empty and no fault", async () => {
  expect((await ask("GET", "/fabric")).json).toEqual({});
  expect((await ask("GET", "/fabric/scan")).json).toEqual({});
  expect((await ask("GET", "/fabric/scans")).json).toEqual([]);
});

test("what is known is as the schemas say", async () => {
  appliance.fabric.graph = KNOWN;
  const view = await ask("GET", "/fabric");
  expect(Value.Errors(FabricView, view.json)).toEqual([]);
  expect(view.json).toEqual({ fabric: KNOWN.fabric, scan: KNOWN.record });
  const scans = await ask("GET", "/fabric/scans?limit=1");
  expect(Value.Errors(ScanRecordView, scans.json[0])).toEqual([]);
  // Which credentials a switch took is nobody's business.
  expect(view.text).not.toContain('"taken"');
});

test("an order goes from the appliance's switch down, each switch once", async () => {
  appliance.fabric.graph = KNOWN;
  const order = await ask("GET", `/fabric/order?nodes=${encodeURIComponent("node[1-4]")}`);
  expect(Value.Errors(ChainOrderView, order.json)).toEqual([]);
  const nodes = (order.json as ChainOrder).nodes.map(({ node }) => node);
  expect(nodes.toSorted()).toEqual(["node1", "node2", "node3", "node4"]);
  expect(nodes.at(-1)).toBe("node4");
  expect(Math.abs(nodes.indexOf("node1") - nodes.indexOf("node2"))).toBe(1);
  expect((await ask("GET", "/fabric/order?nodes=node[1")).status).toBe(400);
});

describe("a scan", () => {
  test("begins, is seen to run, and can be cancelled once", async () => {
    const begun = await ask("POST", "/fabric/scan", { seed: "10.0.0.1" });
    expect(begun.status).toBe(202);
    expect(Value.Errors(ScanStateView, begun.json)).toEqual([]);
    expect(begun.json).toEqual({ running: { trigger: "asked", startedAtMs: 1 } });
    expect(appliance.fabric.seeds).toEqual(["10.0.0.1"]);
    expect((await ask("DELETE", "/fabric/scan")).status).toBe(200);
    const again = await ask("DELETE", "/fabric/scan");
    expect([again.status, again.json.type]).toEqual([409, "/problems/ended"]);
  });

  test("asks nobody outside of the prefixes", async () => {
    const refused = await ask("POST", "/fabric/scan", { seed: "192.0.2.1" });
    expect([refused.status, refused.json.type]).toEqual([422, "/problems/cannotScan"]);
    expect(appliance.fabric.scan).toBeUndefined();
  });

  test.each([{ seed: "switch1.example" }, { seed: 7 }, { seeds: [] }])("%j is refused", async (body) => {
    expect((await ask("POST", "/fabric/scan", body)).status).toBe(400);
  });

  test("that failed says why", async () => {
    appliance.fabric.problem = { atMs: 5, problem: "its thread has ended" };
    const state = await ask("GET", "/fabric/scan");
    expect(Value.Errors(ScanStateView, state.json)).toEqual([]);
    expect(state.json).toEqual({ failure: { atMs: 5, problem: "its thread has ended" } });
  });
});

const WRONG = "nodes:\n  node1: leaf1/2\n  node3: core/1\n";

describe("the cabling", () => {
  test("is checked against a file, of all or of some nodes", async () => {
    appliance.fabric.graph = KNOWN;
    const all = await ask("POST", "/fabric/check", { expected: WRONG });
    expect(Value.Errors(CheckView, all.json)).toEqual([]);
    const of = (view: unknown): readonly (string | undefined)[] =>
      (view as CheckView).findings.filter(({ severity }) => severity === "error").map(({ node }) => node);
    expect(of(all.json).toSorted()).toEqual(["node1", "node3"]);
    const some = await ask("POST", "/fabric/check", { expected: WRONG, nodes: "node[3-4]" });
    expect(of(some.json)).toEqual(["node3"]);
  });

  test("of which nothing is known is no clean one", async () => {
    const unknown = await ask("POST", "/fabric/check", {});
    expect([unknown.status, unknown.json.type]).toEqual([409, "/problems/fabricUnknown"]);
  });

  test("is not checked against a file that cannot be read", async () => {
    appliance.fabric.graph = KNOWN;
    const refused = await ask("POST", "/fabric/check", { expected: "nodes:\n  node1:\n" });
    expect([refused.status, refused.json.type]).toEqual([400, "/problems/badCabling"]);
    expect(refused.json.detail).toContain("line 2");
  });
});

describe("a deployment with a gate", () => {
  beforeEach(async () => {
    appliance.fabric.graph = KNOWN;
    await addNode();
  });

  test("is refused with the findings of its nodes, after a look at the switches, and starts nothing", async () => {
    const refused = await deploy({ checkFabric: { expected: WRONG } });
    expect([refused.status, refused.json.type]).toEqual([409, "/problems/cablingErrors"]);
    expect(refused.json.detail).toContain("node1");
    expect(refused.json.detail).not.toContain("node3");
    expect(appliance.fabric.refreshes).toHaveLength(1);
    expect(appliance.deployments.running()).toEqual([]);
  });

  test("starts when there are no errors; other nodes' errors are not its own", async () => {
    const expected = "nodes:\n  node1: leaf1/1\n  node3: core/4\n";
    expect((await deploy({ checkFabric: { expected } })).status).toBe(201);
  });

  test("is refused when nothing is known", async () => {
    appliance.fabric.graph = undefined;
    expect((await deploy({ checkFabric: {} })).json.type).toBe("/problems/fabricUnknown");
  });

  test("nobody looks at the fabric for a deployment without one", async () => {
    expect((await deploy()).status).toBe(201);
    expect(appliance.fabric.refreshes).toEqual([]);
  });
});
