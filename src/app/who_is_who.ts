/** Who is who, looked at again when nodes, agents or the fabric say something new. */

import type { ApplianceEvent } from "#src/events/event.ts";
import type { EventLog } from "#src/events/event_log.ts";
import type { Fabric } from "#src/fabric/graph.ts";
import { machinePlaces } from "#src/fabric/machine_places.ts";
import type { NodeGroups } from "#src/nodes/groups.ts";
import { Identities } from "#src/nodes/identities.ts";
import { NamingRules } from "#src/nodes/naming_rules.ts";
import type { MachineSaid } from "#src/nodes/node_identity.ts";
import { NO_PLACES, type SeenPlaces } from "#src/nodes/place.ts";
import type { NodeRegistry } from "#src/nodes/registry.ts";
import type { InventoryStore } from "#src/store/inventory_rows.ts";
import type { Store } from "#src/store/store.ts";

/** What happens within this time is looked at together. */
const LOOK_EVERY_MS = 1000;

const ABOUT_NODES: ReadonlySet<ApplianceEvent["kind"]> = new Set([
  ...(["nodeAdded", "nodeChanged", "nodeRemoved", "nodesImported", "nodeDiscovered"] as const),
  ...([
    "nodesMerged",
    "nodeSplit",
    "nodeReplaced",
    "nodeMacsSwapped",
    "nodesAccepted",
    "nodesNamed",
  ] as const),
]);

export type WhoIsWhoParts = {
  readonly store: Pick<Store, "findings" | "inventories" | "namingRules">;
  readonly nodes: NodeRegistry;
  readonly events: EventLog;
  readonly groups: Pick<NodeGroups, "byName">;
};

export class WhoIsWho implements AsyncDisposable {
  readonly identities: Identities;
  readonly naming: NamingRules;
  readonly #timer: NodeJS.Timeout;
  readonly #unsubscribe: () => void;
  readonly #saidAtMs: (node: string) => number;
  #places: SeenPlaces = NO_PLACES;
  #scan: () => void = () => {};

  constructor({ store, nodes, events, groups }: WhoIsWhoParts) {
    this.#saidAtMs = store.inventories.saidAtMs;
    const places: SeenPlaces = {
      placesOf: (mac) => this.#places.placesOf(mac),
      hasLeft: (mac, switchId) => this.#places.hasLeft(mac, switchId),
      askedAtMs: () => this.#places.askedAtMs(),
      isWhole: (switchId) => this.#places.isWhole(switchId),
    };
    const saidOf = (node: string): MachineSaid | undefined => machineSaid(store.inventories, node);
    this.identities = new Identities({
      ...{ nodes, saidOf, store: store.findings, record: events.record, nowMs: Date.now },
      places,
      isPinnedGroup: (group) => groups.byName(group)?.pinned === true,
      askScan: () => this.askScan(),
    });
    this.naming = new NamingRules({
      ...{ nodes, places, store: store.namingRules, record: events.record },
      findingsOf: (node) => this.identities.ofNode(node),
    });
    this.#unsubscribe = events.subscribe(({ event }) => {
      if (ABOUT_NODES.has(event.kind)) this.identities.changed();
    });
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** Another graph than before. */
  seeFabric(fabric: Fabric): void {
    const { takenAtMs, ...places } = machinePlaces(fabric, this.#saidAtMs);
    this.#places = { ...places, askedAtMs: () => takenAtMs };
    this.identities.changed();
  }

  /** How switches are asked where somebody is who is doubted. Until then nobody can be asked. */
  scanBy(scan: () => void): void {
    this.#scan = scan;
  }

  /** A cable may have been mended: switches are asked again, soon. */
  askScan(): void {
    this.#scan();
  }

  #look(): void {
    this.identities.look();
    this.naming.apply();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#unsubscribe();
    await this.naming.settled();
    await this.identities.settled();
  }
}

function machineSaid(
  { byNode, saidAtMs }: Pick<InventoryStore, "byNode" | "saidAtMs">,
  node: string,
): MachineSaid | undefined {
  const inventory = byNode(node);
  if (!inventory) return undefined;
  const { serial, uuid } = inventory.dmi;
  return { serial, uuid, macs: inventory.nics.map(({ mac }) => mac), order: saidAtMs(node) };
}
