import Value from "typebox/value";
import { beforeEach, expect, test } from "vitest";
import { BootsView } from "#src/http/boot_types.ts";
import { offer, script, tell, toScript } from "#test/boot/boot_story.ts";
import { MAC, MAC_2, setup } from "./api_fixture.ts";

let { appliance, ask, addNode } = setup();
beforeEach(() => {
  ({ appliance, ask, addNode } = setup());
});

/** Seconds since 1970 on the appliance's clock. */
const nowSec = (): number => appliance.tickMs(0) / 1000;

test("a node's boots are told in order, with where the last one stands still", async () => {
  await addNode();
  const startSec = nowSec();
  tell(appliance.timelines, [...toScript(startSec), script(startSec + 4.5)]);
  appliance.tickMs(120_000);
  const boots = await ask("GET", "/nodes/node1/boots");
  expect(Value.Errors(BootsView, boots.json)).toEqual([]);
  expect(boots.json).toMatchObject({
    node: "node1",
    macs: [MAC],
    boots: [{ startedAtMs: startSec * 1000, leftOut: 0, delays: [], stall: { cause: "kernelMissing" } }],
  });
  const [boot] = (boots.json as BootsView).boots;
  expect(boot?.entries.map(({ kind, times }) => `${kind} ${times}`)).toEqual([
    ...["discover 1", "offer 1", "request 1", "ack 1", "file 1"],
    ...["discover 1", "offer 1", "request 1", "ack 1", "script 2"],
  ]);
});

test("they follow the node to its new name", async () => {
  await addNode();
  tell(appliance.timelines, [offer(nowSec())]);
  await ask("PATCH", "/nodes/node1", { name: "node2" });
  expect((await ask("GET", "/nodes/node2/boots")).json).toMatchObject({ node: "node2", boots: [{}] });
  expect((await ask("GET", "/nodes/node1/boots")).status).toBe(404);
});

test("a machine that is no node is asked for by its MAC, in any spelling", async () => {
  tell(appliance.timelines, [offer(nowSec())]);
  const told = (await ask("GET", `/nodes/${MAC.replaceAll(":", "-").toUpperCase()}/boots`)).json;
  expect(told).toMatchObject({ macs: [MAC], boots: [{ entries: [{ kind: "offer" }] }] });
  expect(told).not.toHaveProperty("node");
  expect((await ask("GET", `/nodes/${MAC_2}/boots`)).json).toEqual({ macs: [MAC_2], boots: [] });
  await addNode();
  expect((await ask("GET", `/nodes/${MAC}/boots`)).json).toMatchObject({ node: "node1", boots: [{}] });
});
