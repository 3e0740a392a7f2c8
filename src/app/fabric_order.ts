/** The order of a broadcast out of what is known of the wiring. */
import type { Inventory } from "#src/agent/inventory.ts";
import type { Order, Place } from "#src/broadcast/order.ts";
import { NOWHERE } from "#src/broadcast/order.ts";
import { APPLIANCE } from "#src/fabric/fabric_messages.ts";
import type { Fabric } from "#src/fabric/graph.ts";
import { chainOrder } from "#src/fabric/order.ts";
import type { ChainOrder } from "#src/fabric/order_types.ts";
import type { Mac } from "#src/value/mac.ts";

export type OrderFacts = {
  readonly fabric: Fabric | undefined;
  readonly inventoryOf: (node: string) => Inventory | undefined;
  /** The card that the node's agent speaks over, while it is connected. */
  readonly bootMacOf: (node: string) => Mac | undefined;
  /** The appliance's own link. */
  readonly sourceMbit: number | undefined;
};

const NOTHING: Fabric = { takenAtMs: 0, switches: [], links: [], attachments: [], contradictions: [] };

/** By the switches, else by name. */
export function orderOfNodes(nodes: readonly string[], facts: OrderFacts): ChainOrder {
  const { fabric = NOTHING, inventoryOf, bootMacOf, sourceMbit } = facts;
  return chainOrder(fabric, {
    ...{ appliance: APPLIANCE, nodes, sourceMbit, macOf: bootMacOf },
    linkMbitOf: (node) => {
      const mac = bootMacOf(node);
      return inventoryOf(node)?.nics.find((nic) => nic.mac === mac)?.speedMbit ?? undefined;
    },
  });
}

/** As broadcasts want it. How many chains there are the fabric says only where it knows speeds. */
export function placesOf({ nodes, chains }: ChainOrder): Order {
  const places = new Map<string, Place>(nodes.map(({ node, position, path }) => [node, { position, path }]));
  const order = { placeOf: (node: string) => places.get(node) ?? NOWHERE, count: places.size };
  const isBound =
    nodes.some(({ path }) => path.length > 0) &&
    chains.some(({ bounds }) => bounds.some(({ by }) => by !== "appliance"));
  if (!isBound) return order;
  const numbers = new Map(nodes.map(({ node, chain }) => [node, chain]));
  return { ...order, chainOf: (node) => numbers.get(node) };
}
