/** From what an agent says of Secure Boot, over TLS and the store, to the loader that its machine is told at the next boot. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { knownMachine } from "#src/app/boot_services.ts";
import { BootMemory } from "#src/boot/boot_memory.ts";
import type { Node } from "#src/nodes/node.ts";
import { openStore } from "#src/store/store.ts";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { Mac } from "#src/value/mac.ts";
import { INVENTORY } from "#test/agent/emulated_agent.ts";
import { HubFixture } from "#test/agent/hub_fixture.ts";

const MAC = "52:54:00:77:00:01" as Mac;
const node = (secureBoot?: boolean): Node => ({
  ...{ name: "node1", macs: [MAC], status: "registered", kernelArguments: [] },
  ...(secureBoot === undefined ? {} : { secureBoot }),
});

test.each([
  { says: true, settings: node(), loader: "loaders/shimx64.efi" },
  { says: false, settings: node(), loader: "loaders/snponly.efi" },
  { says: true, settings: node(false), loader: "loaders/snponly.efi" },
  { says: false, settings: node(true), loader: "loaders/shimx64.efi" },
])(
  "an agent with Secure Boot $says, the operator's word $settings.secureBoot: $loader",
  async ({ says, settings, loader }) => {
    const dir = mkdtempSync(join(tmpdir(), "brigade-sb-"));
    const refuse = (skipped: unknown): never => {
      throw new Error(JSON.stringify(skipped));
    };
    try {
      const saved = Promise.withResolvers<void>();
      const store = await openStore(dir, refuse);
      {
        await using fixture = await HubFixture.start({
          onInventory: (name, inventory) => {
            store.inventories.save(name, inventory).then(saved.resolve, saved.reject);
          },
        });
        fixture.agent("node1", { inventory: { ...INVENTORY, secureBoot: says } });
        await saved.promise;
      }
      await store.close();
      // The next boot may come after a restart.
      const again = await openStore(dir, refuse);
      const boots = new BootMemory({ has: () => true, record: () => {}, nowMs: () => 1 });
      const client = { mac: MAC, archCode: 7, program: "pxe", exchange: 1, fetchesHttp: true } as const;
      const known = knownMachine({ nodes: { byMac: () => settings }, store: again }, MAC);
      const config = { serverAddress: "10.77.0.1" as Ipv4, httpPort: 8080 };
      const told = boots.choose({ ...client, vendorClass: "PXEClient" }, config, known);
      expect(told).toEqual({ kind: "loader", file: loader });
      await again.close();
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  },
);
