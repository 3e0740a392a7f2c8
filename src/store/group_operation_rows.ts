import type { GroupOperationStore } from "#src/deploy/group_operations.ts";
import type { Operation } from "#src/deploy/operation.ts";
import type { Parts } from "./store_parts.ts";
import { readRows, storedArray } from "./stored_rows.ts";

export async function openGroupOperations({ db, queue, report }: Parts): Promise<GroupOperationStore> {
  const rows = await db.selectFrom("group_operations").selectAll().execute();
  const entries = readRows(
    rows,
    {
      table: "group_operations",
      keyOf: ({ name }) => name,
      read: ({ name, operations }) => [name, storedArray<Operation>(operations, "operations")] as const,
    },
    report,
  );
  return {
    all: () => new Map(entries),
    put: (name, operations) => {
      const row = { name, operations: JSON.stringify(operations) };
      return queue.write("groupOperationsPut", async (to) => {
        await to.replaceInto("group_operations").values(row).execute();
      });
    },
    remove: (name) =>
      queue.write("groupOperationsRemove", async (to) => {
        await to.deleteFrom("group_operations").where("name", "=", name).execute();
      }),
  };
}
