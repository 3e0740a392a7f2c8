import type { Transaction } from "kysely";
import type { Lesson, Remembered } from "#src/boot/boot_memory.ts";
import type { BootChanges, BootStore } from "#src/boot/boot_store.ts";
import type { Boot } from "#src/boot/timeline.ts";
import { parseMac } from "#src/value/mac.ts";
import type { BootLessonRow, BootMachineRow, BootRow, Schema } from "./schema.ts";
import type { Parts } from "./store_parts.ts";
import { readRows, storedObject, wanted } from "./stored_rows.ts";

/** SQLite takes 32,766 parameters; few are enough. */
const MAX_ROWS = 100;

/** Reads everything now; what is read is given out once, for the services keep it. */
export async function openBoots({ db, queue, report }: Parts): Promise<BootStore> {
  const rows = {
    boots: await db.selectFrom("boots").selectAll().orderBy("id").execute(),
    machines: await db.selectFrom("boot_machines").selectAll().execute(),
    lessons: await db.selectFrom("boot_lessons").selectAll().execute(),
  };
  const read = {
    boots: readRows(rows.boots, { table: "boots", keyOf: ({ id }) => String(id), read: bootOf }, report),
    machines: readRows(
      rows.machines,
      { table: "boot_machines", keyOf: ({ mac }) => mac, read: machineOf },
      report,
    ),
    lessons: readRows(
      rows.lessons,
      { table: "boot_lessons", keyOf: ({ model }) => model, read: lessonOf },
      report,
    ),
  };
  return { all: () => read, save: (changes) => queue.writeBehind("boots", (to) => save(to, changes)) };
}

async function save(to: Transaction<Schema>, { boots, machines, lessons }: BootChanges): Promise<void> {
  for (const ids of parts(boots.removed)) await to.deleteFrom("boots").where("id", "in", ids).execute();
  for (const some of parts(boots.put)) {
    const rows = some.map(({ id, mac, boot }) => ({ id, mac, boot: JSON.stringify(boot) }));
    await to.replaceInto("boots").values(rows).execute();
  }
  for (const macs of parts(machines.removed))
    await to.deleteFrom("boot_machines").where("mac", "in", macs).execute();
  for (const some of parts(machines.put)) {
    const rows = some.map(({ mac, value }) => ({ mac, remembered: JSON.stringify(value) }));
    await to.replaceInto("boot_machines").values(rows).execute();
  }
  for (const models of parts(lessons.removed))
    await to.deleteFrom("boot_lessons").where("model", "in", models).execute();
  for (const some of parts(lessons.put)) {
    const rows = some.map(({ model, value }) => ({ model, lesson: JSON.stringify(value) }));
    await to.replaceInto("boot_lessons").values(rows).execute();
  }
}

const parts = <T>(list: readonly T[]): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(list.length / MAX_ROWS) }, (_, index) =>
    list.slice(index * MAX_ROWS, (index + 1) * MAX_ROWS),
  );

const bootOf = ({ id, mac, boot }: BootRow) => ({
  ...{ id, mac: wanted(parseMac(mac), "MAC") },
  boot: storedObject<Boot>(boot, "boot"),
});

const machineOf = ({ mac, remembered }: BootMachineRow) => ({
  mac: wanted(parseMac(mac), "MAC"),
  value: storedObject<Remembered>(remembered, "what is remembered"),
});

const lessonOf = ({ model, lesson }: BootLessonRow) => ({
  model,
  value: storedObject<Lesson>(lesson, "lesson"),
});
