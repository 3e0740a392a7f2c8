/** Who is who in the running appliance: real agents, the real store, the whole program killed. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WhoIsWho } from "#src/app/who_is_who.ts";
import type { ApplianceEvent } from "#src/events/event.ts";
import { EventLog } from "#src/events/event_log.ts";
import type { Fabric } from "#src/fabric/graph.ts";
import type { NodeView } from "#src/http/api_types.ts";
import { NodeRegistry } from "#src/nodes/registry.ts";
import { openStore, type Store } from "#src/store/store.ts";
import type { Mac } from "#src/value/mac.ts";
import { INVENTORY } from "#test/agent/emulated_agent.ts";
import { HubFixture } from "#test/agent/hub_fixture.ts";
import { isRoot, Wire } from "#test/boot/namespaces.ts";
import { Serving } from "./serving.ts";

const UUID = "4c4c4544-0043-3510-8052-b4c04f4a3132";
const macOf = (number: number): Mac => `52:54:00:00:00:0${number}` as Mac;

let data = "";
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "brigade-who-"));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

const open = (): Promise<Store> =>
  openStore(data, (skipped) => {
    throw new Error(JSON.stringify(skipped));
  });

/** One switch that has learnt MAC 1 on this port. */
const fabric = (port: string): Fabric => ({
  ...{ takenAtMs: 1, links: [], contradictions: [] },
  switches: [
    {
      ...{ id: "s1", name: "rack1-sw", description: "", addresses: [], macs: [], members: [], ports: [] },
      knowledge: "read",
    },
  ],
  attachments: [
    {
      ...{ mac: macOf(1), at: { switch: "s1", port }, confidence: "inferred" },
      evidence: [{ source: "macTable", by: "s1" }],
    },
  ],
});

const inventory = (number: number, more: readonly Mac[] = []): typeof INVENTORY => ({
  ...INVENTORY,
  dmi: { ...INVENTORY.dmi, serial: `SN-000${number}`, uuid: UUID },
  nics: [macOf(number), ...more].map((mac, index) => ({
    ...{ name: `eth${index}`, mac, speedMbit: 1000, carrier: true },
    ...{ driver: "virtio_net", pciPath: "", address: null },
  })),
});

test("three machines with one UUID are told apart, and a card of one of them is recognised", async () => {
  const store = await open();
  const events = new EventLog({ nowMs: Date.now });
  const told: ApplianceEvent[] = [];
  events.subscribe(({ event }) => told.push(event));
  const nodes = new NodeRegistry({
    ...{ store: store.nodes, record: events.record, isGroup: () => true },
    ...{ whyNotAddress: () => undefined, whyNotOption: () => undefined },
  });
  for (const number of [1, 2, 3])
    await nodes.add({ name: `node${number}`, macs: [macOf(number)], kernelArguments: [] });
  nodes.discover(macOf(9), "uefi");
  try {
    await using whoIsWho = new WhoIsWho({ store, nodes, events, groups: { byName: () => undefined } });
    await using hub = await HubFixture.start({
      onInventory: (node, said) => {
        void store.inventories.save(node, said);
        whoIsWho.identities.changed();
      },
    });
    for (const number of [1, 2, 3]) {
      const more = number === 2 ? [macOf(9)] : [];
      hub.agent(`node${number}`, { bootMac: macOf(number), inventory: inventory(number, more) });
      await hub.hub.waitForAgent(`node${number}`, AbortSignal.timeout(10_000));
    }
    expect(whoIsWho.identities.open().map(({ finding }) => finding)).toMatchObject([
      { kind: "secondCard", node: "node2", other: "discovered-525400000009", by: "inventory" },
      { kind: "shared", what: "UUID", nodes: ["node1", "node2", "node3"] },
    ]);
    expect(told.filter(({ kind }) => kind === "identityDoubt")).toHaveLength(2);
    await nodes.settled();
    await whoIsWho.identities.settled();
  } finally {
    await store.close();
  }
  const again = await open();
  expect(again.nodes.all().map(({ name, identity }) => [name, identity?.serial, identity?.uuid])).toEqual([
    ["node1", "SN-0001", undefined],
    ["node2", "SN-0002", undefined],
    ["node3", "SN-0003", undefined],
    ["discovered-525400000009", undefined, undefined],
  ]);
  expect(again.findings.all()).toHaveLength(2);
  await again.close();
});

/** `brigade …` beside the running one. */
function brigade(
  space: string,
  ...words: readonly string[]
): { readonly code: number | null; readonly out: string } {
  const argv = ["netns", "exec", space, process.execPath, "--no-warnings", "src/app/main.ts", ...words];
  const { status, stdout } = spawnSync("ip", [...argv, "--data", data], { encoding: "utf8" });
  return { code: status, out: stdout };
}

test.skipIf(!isRoot)(
  "a pinned node that moved is held, over kill -9, until it is accepted; then that stays",
  async () => {
    const store = await open();
    const place = { switchId: "s1", switchName: "rack1-sw", port: "Eth1" };
    await store.nodes.save({
      put: [
        {
          ...{ name: "node1", macs: [macOf(1)], status: "registered", kernelArguments: [], pinned: true },
          identity: { places: { [macOf(1)]: place } },
        },
      ],
    });
    const record = { ...({ id: 1, trigger: "asked", startedAtMs: 1, endedAtMs: 2, read: 1 } as const) };
    await store.fabric.save({
      fabric: fabric("Eth7"),
      taken: [],
      record: { ...record, silent: [], notes: [], gaps: [], changes: [], moreChanges: 0 },
    });
    await store.close();
    using wire = new Wire("who");
    const space = wire.plug("srv", { address: "10.77.0.1/24" });
    const node = (): NodeView =>
      JSON.parse(brigade(space, "node", "show", "node1", "--json").out) as NodeView;
    {
      await using serving = new Serving(space, ["--data", data]);
      await serving.says("moved from rack1-sw Eth1 to rack1-sw Eth7");
      await serving.says("Serving");
      expect(node().held).toContain('settle it with "brigade node accept node1"');
      await serving.kill("SIGKILL");
    }
    {
      await using serving = new Serving(space, ["--data", data]);
      await serving.says("Serving");
      expect(brigade(space, "node", "conflicts")).toMatchObject({
        code: 1,
        out: expect.stringContaining("Eth7"),
      });
      expect(brigade(space, "node", "accept", "node1").code).toBe(0);
      await serving.kill("SIGKILL");
    }
    await using serving = new Serving(space, ["--data", data]);
    await serving.says("Serving");
    expect(node()).toMatchObject({ findings: [], identity: { places: [{ expected: "rack1-sw Eth7" }] } });
    expect(node().held).toBeUndefined();
    expect(brigade(space, "node", "name-by-port", "--pattern", "u{port:02}").out).toMatch(
      /^node1 +u07 +rack1-sw Eth7$/m,
    );
  },
);
