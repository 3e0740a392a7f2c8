import type { GroupStore } from "#src/nodes/group_store.ts";
import type { Parts } from "./store_parts.ts";
import { readRows, storedStrings } from "./stored_rows.ts";

export async function openGroups({ db, queue, report }: Parts): Promise<GroupStore> {
  const rows = await db.selectFrom("node_groups").selectAll().execute();
  const groups = readRows(
    rows,
    {
      table: "node_groups",
      keyOf: ({ name }) => name,
      read: ({ name, dhcp_options, pinned }) => ({
        ...{ name, dhcpOptions: storedStrings(dhcp_options, "dhcp_options") },
        ...(pinned === 1 ? { pinned: true } : {}),
      }),
    },
    report,
  );
  return {
    all: () => groups,
    put: ({ name, dhcpOptions, pinned = false }) => {
      const rest = { dhcp_options: JSON.stringify(dhcpOptions), pinned: Number(pinned) };
      return queue.write("groupPut", async (transaction) => {
        const insert = transaction.insertInto("node_groups").values({ name, ...rest });
        await insert.onConflict((conflict) => conflict.column("name").doUpdateSet(rest)).execute();
      });
    },
    remove: (name) =>
      queue.write("groupRemove", async (transaction) => {
        await transaction.deleteFrom("node_groups").where("name", "=", name).execute();
      }),
  };
}
