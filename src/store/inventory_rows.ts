import type { Inventory } from "#src/agent/inventory.ts";
import type { InventoryRow } from "./schema.ts";
import type { Parts } from "./store_parts.ts";
import { readRows, storedObject } from "./stored_rows.ts";

/** What each node said last that it is made of: an agent that resumes its session does not say it again. */
export type InventoryStore = {
  readonly byNode: (node: string) => Inventory | undefined;
  /** Replaces the inventory; resolves when it is durable. */
  readonly save: (node: string, inventory: Inventory) => Promise<void>;
};

/** Reads come from memory. */
export async function openInventories({ db, queue, report }: Parts): Promise<InventoryStore> {
  const rows = await db.selectFrom("inventories").selectAll().execute();
  const read = ({ node, inventory }: InventoryRow): readonly [string, Inventory] => [
    node,
    storedObject<Inventory>(inventory, "inventory"),
  ];
  const byNode = new Map(readRows(rows, { table: "inventories", keyOf: ({ node }) => node, read }, report));
  return {
    byNode: (node) => byNode.get(node),
    save: async (node, inventory) => {
      byNode.set(node, inventory);
      const row = { node, inventory: JSON.stringify(inventory) };
      await queue.write((transaction) => transaction.replaceInto("inventories").values(row).execute());
    },
  };
}
