import { expect, test } from "vitest";
import { MemoryDeploymentStore } from "#src/deploy/deployment_store.ts";
import { outcomeOf } from "#src/deploy/outcome.ts";
import { requestFor } from "./fake_appliance.ts";
import { LabRun, stepsOf } from "./lab_run.ts";
import { STRAIGHT } from "./states.ts";

test("a late node goes through all steps and counts", async () => {
  const run = new LabRun({ node1: {}, node2: {} });
  await run.start(["node1"]);
  await run.until("node1", ({ state }) => state.kind === "running" && state.step === "broadcast");
  expect(await run.service.join({ id: "d1", nodes: ["node2"] })).toMatchObject({ ok: true });
  const ended = await run.toEnd();
  expect(ended.nodes.map(({ node, plan, state }) => [node, plan, state.kind])).toEqual([
    ["node1", 0, "done"],
    ["node2", 1, "done"],
  ]);
  expect(ended.nodes[1] && stepsOf(ended.nodes[1])).toEqual(STRAIGHT);
  expect(outcomeOf(ended)).toMatchObject({ places: 2, needed: 2, succeeded: true });
});

test("the deployment does not end before a node that joined at the last moment", async () => {
  const run = new LabRun({ node1: {}, node2: {} });
  await run.start(["node1"]);
  await run.until("node1", ({ state }) => state.kind === "running" && state.step === "await-system");
  await run.service.join({ id: "d1", nodes: ["node2"] });
  expect((await run.toEnd()).nodes.map(({ state }) => state.kind)).toEqual(["done", "done"]);
});

test("it is there after a kill", async () => {
  const run = new LabRun({ node1: {}, node2: {} }, { store: new MemoryDeploymentStore() });
  await run.start(["node1"]);
  await run.service.join({ id: "d1", nodes: ["node2"] });
  await run.restart();
  expect(outcomeOf(await run.toEnd()).ok).toEqual(["node1", "node2"]);
});

test("refusals change nothing", async () => {
  const run = new LabRun({ node1: {}, node2: {}, node3: {} });
  await run.start(["node1"]);
  await run.service.start(requestFor("node2"));
  const kindOf = async (id: string, nodes: readonly string[]): Promise<string> => {
    const joined = await run.service.join({ id, nodes });
    return joined.ok ? "joined" : joined.problem.kind;
  };
  expect(await kindOf("d9", ["node3"])).toBe("ended");
  expect(await kindOf("d1", ["node1", "node3"])).toBe("alreadyIn");
  expect(await kindOf("d1", ["node2", "node3"])).toBe("nodesBusy");
  expect(await kindOf("d1", ["node4"])).toBe("unknownNodes");
  expect(await kindOf("d1", [])).toBe("noNodes");
  expect(run.service.deploymentOf("node3")).toBeUndefined();
  await run.lab.clock.until(run.service.cancel("d1"));
  expect(await kindOf("d1", ["node3"])).toBe("ended");
});

test("of a join and a request for the same node at once one wins", async () => {
  const run = new LabRun({ node1: {}, node2: {} });
  await run.start(["node1"]);
  const [joined, started] = await Promise.all([
    run.service.join({ id: "d1", nodes: ["node2"] }),
    run.service.start(requestFor("node2")),
  ]);
  expect([joined.ok, started.ok].filter(Boolean)).toHaveLength(1);
});
