/**
 * DHCP over the stored state, whose database is held by one transaction that does not end for a while:
 * `node stalled_server.ts INTERFACE DATA SECONDS`. Prints `held` and `free`.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { DhcpServer } from "#src/dhcp/server.ts";
import { findInterface } from "#src/net/interface.ts";
import { NodeRegistry } from "#src/nodes/registry.ts";
import { openInventories } from "#src/store/inventory_rows.ts";
import { openLeases } from "#src/store/lease_rows.ts";
import { migrate } from "#src/store/migrate.ts";
import { openNodes } from "#src/store/node_rows.ts";
import { openSecretBox } from "#src/store/secret_box.ts";
import { openDatabase } from "#src/store/sqlite_database.ts";
import { WriteQueue } from "#src/store/write_queue.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";

const [name = "", data = "", seconds = "30"] = process.argv.slice(2);
mkdirSync(data, { recursive: true });
const path = join(data, "brigade.db");
const { db } = await openDatabase(path);
await migrate(db, path);
const queue = new WriteQueue(db, (fault) => fault);
const onFault = (fault: unknown): never => {
  throw fault;
};
const parts = { db, queue, secrets: openSecretBox(data), report: onFault };
const leases = await openLeases(data, parts);
const nodes = new NodeRegistry({
  store: await openNodes(parts, await openInventories(parts)),
  record: () => {},
  whyNotAddress: () => undefined,
  whyNotOption: () => undefined,
  isGroup: () => false,
});
const own = findInterface(name);
await DhcpServer.listen({
  interface: own,
  subnets: [
    {
      ...{ subnet: own.subnet, server: own.address, isLocal: true },
      pool: { first: "10.60.1.0" as Ipv4, last: "10.60.240.255" as Ipv4 },
    },
  ],
  nodes: {
    byMac: (mac) => nodes.byMac(mac),
    byAddress: (address) => nodes.byAddress(address),
    isBmcAddress: (address) => nodes.isBmcAddress(address),
    withoutAddress: () => nodes.withoutAddress(),
  },
  leases,
  chooseBoot: () => ({ kind: "loader", file: "loaders/undionly.kpxe" }),
  // Each new machine is one more write that waits behind the transaction.
  discover: ({ mac }) => nodes.discover(mac, "bios"),
  record: () => {},
  nowMs: Date.now,
  onFault,
});
void queue.write("nodes", async () => {
  process.stdout.write("held\n");
  await pause(Number(seconds) * 1000);
  process.stdout.write("free\n");
});
