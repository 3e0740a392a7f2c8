/** Who is who survives SIGKILL in the midst of merging, splitting and exchanging machines. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { planMerge, planReplace } from "#src/nodes/node_merge.ts";
import { NodeRegistry } from "#src/nodes/registry.ts";
import { openStore, type Store } from "#src/store/store.ts";
import type { Mac } from "#src/value/mac.ts";
import { INVENTORY } from "#test/agent/emulated_agent.ts";

const MACS = ["52:54:00:00:00:01", "52:54:00:00:00:02", "52:54:00:00:00:03"] as Mac[];
const HOW = { dryRun: false, deploymentOf: () => undefined };

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "brigade-settling-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const open = (): Promise<Store> =>
  openStore(dir, (skipped) => {
    throw new Error(JSON.stringify(skipped));
  });

const registryOf = ({ nodes }: Store): NodeRegistry =>
  new NodeRegistry({
    ...{ store: nodes, record: () => {}, isGroup: () => true },
    ...{ whyNotAddress: () => undefined, whyNotOption: () => undefined },
  });

const whoIsWho = (nodes: NodeRegistry): string =>
  JSON.stringify(nodes.all().map(({ name, macs }) => [name, macs]));

test("killed at any moment: the change is there as a whole or not at all, with its inventories", async () => {
  const seen = new Set<string>();
  let rounds = 0;
  for (; rounds < 6; rounds++) {
    const args = [join(import.meta.dirname, "settling_process.ts"), dir];
    const writer = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    writer.stdout.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      // Somewhere in the midst, elsewhere each time.
      if (text.split("\n").length > 14 + 3 * rounds) writer.kill("SIGKILL");
    });
    await once(writer, "close");
    const told = text.split("\n").slice(0, -1);
    for (const line of told) seen.add(line);
    const store = await open();
    const nodes = registryOf(store);
    // What was told last is there, or the one that was being written.
    expect([...seen]).toContain(whoIsWho(nodes));
    expect(nodes.all().flatMap(({ macs }) => macs)).toHaveLength(MACS.length);
    for (const { name, macs } of nodes.all())
      expect([macs[0], undefined], name).toContain(store.inventories.byNode(name)?.dmi.serial);
    await store.close();
  }
  expect(seen.size).toBe(4);
});

test("an inventory goes with its machine, in memory and after the next start", async () => {
  const told = (serial: string) => ({ ...INVENTORY, dmi: { ...INVENTORY.dmi, serial } });
  const store = await open();
  const nodes = registryOf(store);
  const [first, second, third] = MACS as [Mac, Mac, Mac];
  await nodes.add({ name: "n1", macs: [first], kernelArguments: [] });
  await nodes.add({ name: "n2", macs: [second], kernelArguments: [] });
  nodes.discover(third, "uefi");
  await nodes.settled();
  await store.inventories.save("n1", told("S1"));
  await store.inventories.save("n2", told("S2"));
  const serials = ({ inventories }: Store) =>
    ["n1", "n2", "new", "discovered-525400000001"].map((name) => inventories.byNode(name)?.dmi.serial);

  await nodes.update("n2", { name: "new" });
  expect(serials(store)).toEqual(["S1", undefined, "S2", undefined]);
  await nodes.change(planReplace("n1", "discovered-525400000003", false), HOW);
  expect(serials(store)).toEqual([undefined, undefined, "S2", "S1"]);
  await nodes.change(planMerge("n1", "discovered-525400000001", false), HOW);
  expect(serials(store)).toEqual(["S1", undefined, "S2", undefined]);
  await nodes.remove("new");
  await store.close();
  const again = await open();
  expect(serials(again)).toEqual(["S1", undefined, undefined, undefined]);
  await again.close();
});
