import type { Finding } from "#src/nodes/finding.ts";
import type { FindingStore, KnownFinding } from "#src/nodes/finding_store.ts";
import type { NodeFindingRow } from "./schema.ts";
import type { Parts } from "./store_parts.ts";
import { readRows, storedObject } from "./stored_rows.ts";

export async function openFindings({ db, queue, report }: Parts): Promise<FindingStore> {
  const rows = await db.selectFrom("node_findings").selectAll().orderBy("since_ms").execute();
  const findings = readRows(
    rows,
    { table: "node_findings", keyOf: ({ key }) => key, read: findingOf },
    report,
  );
  return {
    all: () => findings,
    save: ({ put, remove }) =>
      queue.write("findings", async (to) => {
        for (const key of remove) await to.deleteFrom("node_findings").where("key", "=", key).execute();
        for (const one of put) await to.replaceInto("node_findings").values(rowOf(one)).execute();
      }),
  };
}

const findingOf = ({ key, finding, since_ms, accepted }: NodeFindingRow): KnownFinding => ({
  ...{ key, sinceMs: since_ms, isAccepted: accepted === 1 },
  finding: storedObject<Finding>(finding, "finding"),
});

const rowOf = ({ key, finding, sinceMs, isAccepted }: KnownFinding): NodeFindingRow => ({
  ...{ key, since_ms: sinceMs, accepted: Number(isAccepted) },
  finding: JSON.stringify(finding),
});
