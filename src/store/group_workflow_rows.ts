import type { GroupWorkflowStore } from "#src/deploy/group_workflows.ts";
import type { WorkflowOverride } from "#src/deploy/workflow.ts";
import type { Parts } from "./store_parts.ts";
import { readRows, storedObject } from "./stored_rows.ts";

export async function openGroupWorkflows({ db, queue, report }: Parts): Promise<GroupWorkflowStore> {
  const rows = await db.selectFrom("group_workflows").selectAll().execute();
  const read = ({ name, workflow }: { name: string; workflow: string }) =>
    [name, storedObject<WorkflowOverride>(workflow, "workflow")] as const;
  const workflows = new Map(
    readRows(rows, { table: "group_workflows", keyOf: ({ name }) => name, read }, report),
  );
  return {
    all: () => workflows,
    put: (name, workflow) => {
      const rest = { workflow: JSON.stringify(workflow) };
      return queue.write("groupWorkflowPut", async (transaction) => {
        const insert = transaction.insertInto("group_workflows").values({ name, ...rest });
        await insert.onConflict((conflict) => conflict.column("name").doUpdateSet(rest)).execute();
      });
    },
    remove: (name) =>
      queue.write("groupWorkflowRemove", async (transaction) => {
        await transaction.deleteFrom("group_workflows").where("name", "=", name).execute();
      }),
  };
}
