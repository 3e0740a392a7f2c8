import type { LayoutStore } from "#src/deploy/layout/layout_store.ts";
import type { Parts } from "./store_parts.ts";

/** Rows are texts: whether one can be read is for `Layouts` to say. */
export async function openLayouts({ db, queue }: Parts): Promise<LayoutStore> {
  const layouts = await db.selectFrom("layouts").selectAll().execute();
  return {
    all: () => layouts,
    put: ({ name, text }) =>
      queue.write("layoutPut", async (transaction) => {
        const insert = transaction.insertInto("layouts").values({ name, text });
        await insert.onConflict((conflict) => conflict.column("name").doUpdateSet({ text })).execute();
      }),
    remove: (name) =>
      queue.write("layoutRemove", async (transaction) => {
        await transaction.deleteFrom("layouts").where("name", "=", name).execute();
      }),
  };
}
