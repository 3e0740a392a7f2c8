/** What of the machines' boots outlives the process: implemented in `store`. */
import type { Mac } from "#src/value/mac.ts";
import type { Lesson, Remembered } from "./boot_memory.ts";
import type { Boot } from "./timeline.ts";

export type StoredBoot = { readonly id: number; readonly mac: Mac; readonly boot: Boot };

/** Times of the ladder are wall clock here: the next process has another clock. */
export type StoredMachine = { readonly mac: Mac; readonly value: Remembered };
export type StoredLesson = { readonly model: string; readonly value: Lesson };

export type BootChanges = {
  readonly boots: { readonly put: readonly StoredBoot[]; readonly removed: readonly number[] };
  readonly machines: { readonly put: readonly StoredMachine[]; readonly removed: readonly Mac[] };
  readonly lessons: { readonly put: readonly StoredLesson[]; readonly removed: readonly string[] };
};

export type BootStore = {
  /** What was stored, oldest first. Read once, at the start. */
  readonly all: () => {
    readonly boots: readonly StoredBoot[];
    readonly machines: readonly StoredMachine[];
    readonly lessons: readonly StoredLesson[];
  };
  /** All or nothing. Survives the process; a loss of power may cost the last changes. */
  readonly save: (changes: BootChanges) => Promise<void>;
};
