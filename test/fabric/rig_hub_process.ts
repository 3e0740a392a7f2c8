/**
 * The appliance's end of the agents, in the appliance's namespace: `node rig_hub_process.ts ADDRESS DIRECTORY NODE...`.
 * Prints {@link HubReport}s, one a line.
 */
import { hash } from "node:crypto";
import { AgentHub } from "#src/agent/hub.ts";
import { loadOrCreateIdentity } from "#src/agent/identity.ts";
import type { Inventory } from "#src/agent/inventory.ts";
import { tokenOf } from "#test/broadcast/network.ts";

export type HubReport =
  | { readonly kind: "ready"; readonly endpoint: string; readonly keyDigest: string }
  | { readonly kind: "inventory"; readonly node: string; readonly inventory: Inventory };

const tell = (report: HubReport): void => void process.stdout.write(`${JSON.stringify(report)}\n`);

const [address = "", dir = "", ...nodes] = process.argv.slice(2);
const identity = await loadOrCreateIdentity(dir);
const hub = await AgentHub.listen({
  ...{ address, port: 0, identity, record: () => {} },
  admit: async ({ token }) => {
    const node = nodes.find((one) => tokenOf(one) === token);
    if (node === undefined) return { ok: false, reason: "unknown token" };
    return { ok: true, node, session: hash("sha256", `session of ${node}`) };
  },
  onInventory: (node, inventory) => tell({ kind: "inventory", node, inventory }),
});
tell({ kind: "ready", endpoint: `${address}:${hub.port}`, keyDigest: identity.keyDigest });
