/** Writes to a store until it is killed at the point that it was told; says what was acknowledged. */
import { newDeployment } from "#src/deploy/new_deployment.ts";
import { openStore } from "#src/store/store.ts";
import { readWritePoint } from "#src/store/write_names.ts";
import { INVENTORY } from "#test/agent/emulated_agent.ts";
import { IMAGE, requestFor } from "#test/deploy/fake_appliance.ts";
import { nodeNamed } from "#test/deploy/fake_lab.ts";
import { recordOf } from "#test/deploy/states.ts";

const [, , dir = "", text] = process.argv;
const point = readWritePoint(text);
const store = await openStore(dir, () => {}, {
  reach: (name, moment) => {
    if (name === point?.name && moment === point.moment) process.kill(process.pid, "SIGKILL");
  },
});
const said = (what: string): void => void process.stdout.write(`${what}\n`);

await store.groups.put({ name: "rack1", dhcpOptions: [] });
said("group");
await store.nodes.save({ put: [nodeNamed("node1")] });
said("node");
await store.inventories.save("node1", INVENTORY);
said("inventory");
const deployment = newDeployment(requestFor("node1"), { id: "d1", image: IMAGE, createdAtMs: 1 });
await store.deployments.create(deployment);
said("deployment");
for (const progress of deployment.nodes)
  await store.deployments.saveNode("d1", {
    ...progress,
    state: { kind: "done" },
    records: [recordOf("sync")],
  });
said("progress");
await store.deployments.saveTotals("d1", { endedAtMs: 9, sourceSentBytes: 7 });
said("totals");
await store.groups.remove("rack1");
said("removed");
await store.close();
