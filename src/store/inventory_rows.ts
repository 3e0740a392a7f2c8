import type { Transaction } from "kysely";
import type { Inventory } from "#src/agent/inventory.ts";
import type { NodeChange, Origins } from "#src/nodes/node_store.ts";
import type { InventoryRow, Schema } from "./schema.ts";
import type { Parts } from "./store_parts.ts";
import { readRows, storedObject } from "./stored_rows.ts";

/** What each node said last that it is made of: an agent that resumes its session does not say it again. */
export type InventoryStore = {
  readonly byNode: (node: string) => Inventory | undefined;
  /** Larger: said later; 0 for one from before this was kept. */
  readonly saidAtMs: (node: string) => number;
  /** Replaces the inventory; resolves when it is durable. */
  readonly save: (node: string, inventory: Inventory) => Promise<void>;
};

type Said = { readonly inventory: Inventory; readonly saidAtMs: number };

/** Inventories of nodes that got another name, or whose machine is another now: written with the nodes, shown after. */
type Moves = {
  readonly write: (to: Transaction<Schema>) => Promise<void>;
  readonly show: () => void;
};

export type InventoryRows = InventoryStore & { readonly movesOf: (change: NodeChange) => Moves };

/** Reads come from memory. */
export async function openInventories({ db, queue, report }: Parts): Promise<InventoryRows> {
  const rows = await db.selectFrom("inventories").selectAll().execute();
  const read = ({ node, inventory, said_at_ms }: InventoryRow): readonly [string, Said] => [
    node,
    { inventory: storedObject<Inventory>(inventory, "inventory"), saidAtMs: said_at_ms },
  ];
  const byNode = new Map(readRows(rows, { table: "inventories", keyOf: ({ node }) => node, read }, report));
  // Whatever becomes of the clock: what is said later has the larger number.
  let lastMs = Math.max(0, ...[...byNode.values()].map(({ saidAtMs }) => saidAtMs));
  return {
    byNode: (node) => byNode.get(node)?.inventory,
    saidAtMs: (node) => byNode.get(node)?.saidAtMs ?? 0,
    save: async (node, inventory) => {
      const saidAtMs = Math.max(Date.now(), lastMs + 1);
      lastMs = saidAtMs;
      byNode.set(node, { inventory, saidAtMs });
      const row = { node, inventory: JSON.stringify(inventory), said_at_ms: saidAtMs };
      await queue.write("inventory", (transaction) =>
        transaction.replaceInto("inventories").values(row).execute(),
      );
    },
    movesOf: (change) => {
      const sources = sourcesOf(change);
      return {
        write: (to) => write(to, sources),
        show: () => {
          const now = [...sources].map(
            ([node, from]) => [node, byNode.get(from.find((name) => byNode.has(name)) ?? "")] as const,
          );
          for (const [node, said] of now) {
            if (said) byNode.set(node, said);
            else byNode.delete(node);
          }
        },
      };
    },
  };
}

/** Of names that are new, gone, or another machine's now. */
const sourcesOf = ({ remove = [], origins }: NodeChange): Origins =>
  new Map([...remove.map((name) => [name, []] as const), ...(origins ?? [])]);

/** Read before written: two nodes may exchange theirs. */
async function write(to: Transaction<Schema>, sources: Origins): Promise<void> {
  const moved: InventoryRow[] = [];
  for (const [node, from] of sources) {
    for (const name of from) {
      const row = await to.selectFrom("inventories").selectAll().where("node", "=", name).executeTakeFirst();
      if (!row) continue;
      moved.push({ ...row, node });
      break;
    }
  }
  for (const node of sources.keys()) await to.deleteFrom("inventories").where("node", "=", node).execute();
  for (const row of moved) await to.replaceInto("inventories").values(row).execute();
}
