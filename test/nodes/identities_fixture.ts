/** Who is who among three nodes in memory, with all that it asks in hand. */
import { MemoryFindingStore } from "#src/nodes/finding_store.ts";
import { type FindingEvent, Identities } from "#src/nodes/identities.ts";
import type { MachineSaid } from "#src/nodes/node_identity.ts";
import { MemoryNodeStore } from "#src/nodes/node_store.ts";
import type { Place } from "#src/nodes/place.ts";
import { NodeRegistry } from "#src/nodes/registry.ts";
import type { Mac } from "#src/value/mac.ts";
import { mac, port } from "./judged.ts";

export const HOW = { dryRun: false, deploymentOf: () => undefined };

/** Three nodes, in memory; a second one over the same stores is the next start. */
export async function setup(stores = { nodes: new MemoryNodeStore(), findings: new MemoryFindingStore() }) {
  const nodes = new NodeRegistry({
    ...{ store: stores.nodes, isGroup: () => true, record: () => {} },
    ...{ whyNotAddress: () => undefined, whyNotOption: () => undefined },
  });
  for (const number of [1, 2, 3])
    await nodes.add({ name: `n${number}`, macs: [mac(number)], kernelArguments: [] });
  const said = new Map<string, MachineSaid>();
  const places = new Map<Mac, readonly Place[]>();
  /** Switches that did not say all when they were asked. */
  const unsure = new Set<string>();
  const asked = { atMs: 0, count: 0 };
  const clock = { nowMs: 1 };
  const events: FindingEvent[] = [];
  const identities = new Identities({
    ...{ nodes, store: stores.findings, saidOf: (name) => said.get(name) },
    places: {
      placesOf: (one) => places.get(one) ?? [],
      hasLeft: (_, id) => !unsure.has(id),
      isWhole: (id) => !unsure.has(id),
      askedAtMs: () => asked.atMs,
    },
    isPinnedGroup: (group) => group === "pinned",
    ...{ record: (event) => events.push(event), nowMs: () => clock.nowMs, askScan: () => asked.count++ },
  });
  const at = (number: number, ...ports: readonly number[]): void => {
    places.set(mac(number), ports.map(port));
    identities.changed();
    identities.look();
  };
  /** Switches were asked at that time, and what came of it is looked at a second later. */
  const scan = (sec: number, number: number, ...ports: readonly number[]): void => {
    asked.atMs = sec * 1000;
    clock.nowMs = asked.atMs + 1000;
    at(number, ...ports);
  };
  const say = (number: number, words: Partial<MachineSaid>): void => {
    said.set(`n${number}`, { serial: "", uuid: "", macs: [mac(number)], order: number, ...words });
    identities.changed();
    identities.look();
  };
  /** No switch sees anybody. */
  const off = (): void => {
    places.clear();
    identities.changed();
    identities.look();
  };
  return { nodes, identities, events, at, off, say, scan, stores, unsure, asked, clock };
}
