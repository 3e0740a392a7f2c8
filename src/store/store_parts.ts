import type { Kysely } from "kysely";
import type { Schema } from "./schema.ts";
import type { SecretBox } from "./secret_box.ts";
import type { ReportSkipped } from "./stored_rows.ts";
import type { WriteQueue } from "./write_queue.ts";

/** What every repository is built from. Reads go to `db`, writes through `queue` only. */
export type Parts = {
  readonly db: Kysely<Schema>;
  readonly queue: WriteQueue;
  readonly secrets: SecretBox;
  readonly report: ReportSkipped;
};
