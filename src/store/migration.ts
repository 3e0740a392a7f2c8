import type { Kysely } from "kysely";

/** One step from a schema to the next. What was released never changes: a new need is a new step at the end. */
export type Migration = {
  readonly name: string;
  /** Runs inside a transaction; knows tables by name only, because the schema's type shows the last version. */
  readonly up: (db: Kysely<never>) => Promise<void>;
};
