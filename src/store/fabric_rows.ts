import type { Transaction } from "kysely";
import type { Fabric } from "#src/fabric/graph.ts";
import { type FabricStore, type KnownFabric, MAX_RECORDS, type ScanRecord } from "#src/fabric/scan_record.ts";
import type { TakenCredentials } from "#src/fabric/scan_types.ts";
import type { FabricGraphRow, Schema } from "./schema.ts";
import type { Parts } from "./store_parts.ts";
import { readRows, storedObject } from "./stored_rows.ts";

/** The one row of the last graph. */
const LATEST = 1;

/** The last graph is read now; records of scans when they are asked for. */
export async function openFabric({ db, queue, report }: Parts): Promise<FabricStore> {
  const rows = await db.selectFrom("fabric_graph").selectAll().where("id", "=", LATEST).execute();
  const read = readRows(
    rows,
    { table: "fabric_graph", keyOf: ({ id }) => String(id), read: graphOf },
    report,
  );
  const records = async (count: number): Promise<readonly ScanRecord[]> => {
    const found = await db
      .selectFrom("fabric_scans")
      .selectAll()
      .orderBy("id", "desc")
      .limit(count)
      .execute();
    const of = { table: "fabric_scans", keyOf: ({ id }: { id: number }) => String(id) };
    return readRows(found, { ...of, read: ({ record }) => storedObject<ScanRecord>(record, "scan") }, report);
  };
  const [newest] = read[0] ? await records(1) : [];
  const latest = read[0] && withNewest(read[0], newest);
  return {
    latest: () => latest,
    records,
    save: async ({ fabric, record, taken }) => {
      const words = JSON.stringify(record);
      const graph = { fabric: JSON.stringify(fabric), record: words, taken: JSON.stringify(taken) };
      await queue.write("fabric", async (transaction) => {
        await transaction
          .replaceInto("fabric_graph")
          .values({ id: LATEST, ...graph })
          .execute();
        await keepRecord(transaction, record.id, words);
      });
    },
    saveRecord: async (record) => {
      await queue.write("fabricScan", (transaction) =>
        keepRecord(transaction, record.id, JSON.stringify(record)),
      );
    },
  };
}

async function keepRecord(transaction: Transaction<Schema>, id: number, record: string): Promise<void> {
  await transaction.replaceInto("fabric_scans").values({ id, record }).execute();
  await transaction
    .deleteFrom("fabric_scans")
    .where("id", "<=", id - MAX_RECORDS)
    .execute();
}

/** A scan that found the same graph later is a record alone. */
function withNewest(known: KnownFabric, newest: ScanRecord | undefined): KnownFabric {
  if (!newest || newest.id <= known.record.id) return known;
  const takenAtMs = Math.max(known.fabric.takenAtMs, newest.read > 0 ? newest.startedAtMs : 0);
  return { ...known, record: newest, fabric: { ...known.fabric, takenAtMs } };
}

const graphOf = ({ fabric, record, taken }: FabricGraphRow): KnownFabric => ({
  fabric: storedObject<Fabric>(fabric, "fabric"),
  record: storedObject<ScanRecord>(record, "scan"),
  taken: storedList<TakenCredentials>(taken),
});

function storedList<T>(text: string): readonly T[] {
  const value: unknown = JSON.parse(text);
  if (!Array.isArray(value)) throw new SyntaxError("what switches took is not a list");
  return value as T[];
}
