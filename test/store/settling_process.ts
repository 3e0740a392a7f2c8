/**
 * Merges, splits and exchanges machines as fast as the store takes it, and prints who is who after each
 * change. Somebody kills it; what it printed last, or what would have come next, must be there.
 *
 *     node settling_process.ts DIR
 */
import { writeSync } from "node:fs";
import { planMerge, planReplace, planSplit } from "#src/nodes/node_merge.ts";
import type { MakePlan } from "#src/nodes/node_plan.ts";
import { NodeRegistry } from "#src/nodes/registry.ts";
import { openStore } from "#src/store/store.ts";
import type { Mac } from "#src/value/mac.ts";
import { INVENTORY } from "#test/agent/emulated_agent.ts";

const store = await openStore(process.argv[2] ?? "", (skipped) => {
  throw new Error(JSON.stringify(skipped));
});
const nodes = new NodeRegistry({
  store: store.nodes,
  whyNotAddress: () => undefined,
  whyNotOption: () => undefined,
  isGroup: () => true,
  record: () => {},
});
const [first, second, third] = ["52:54:00:00:00:01", "52:54:00:00:00:02", "52:54:00:00:00:03"] as [
  Mac,
  Mac,
  Mac,
];

if (nodes.all().length === 0) {
  await nodes.add({ name: "n1", macs: [first], kernelArguments: [] });
  nodes.discover(third, "uefi");
  await nodes.settled();
  for (const { name, macs } of nodes.all()) {
    const serial = macs[0] ?? "";
    await store.inventories.save(name, { ...INVENTORY, dmi: { ...INVENTORY.dmi, serial } });
  }
  await nodes.add({ name: "n2", macs: [second], kernelArguments: [] });
}

/** Round and round: exchanged, merged, split. Which is due shows in the nodes, so that a killed one goes on. */
function next(isSplit: boolean): MakePlan {
  if (!nodes.byName("n2")) return planSplit("n1", [second], { kind: "named", name: "n2" });
  const waiting = nodes.all().find(({ status }) => status === "discovered")?.name ?? "";
  return isSplit ? planReplace("n1", waiting, false) : planMerge("n1", "n2", false);
}

for (let isSplit = true; ; isSplit = !isSplit && nodes.byName("n2") !== undefined) {
  const make = next(isSplit);
  const result = await nodes.change(make, { dryRun: false, deploymentOf: () => undefined });
  if (!result.ok) throw new Error(JSON.stringify(result.problem));
  writeSync(1, `${JSON.stringify(nodes.all().map(({ name, macs }) => [name, macs]))}\n`);
}
