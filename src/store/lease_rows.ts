import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Lease } from "#src/dhcp/lease_store.ts";
import { type Ipv4, parseIpv4 } from "#src/value/ipv4.ts";
import { parseMac } from "#src/value/mac.ts";
import { StartError } from "#src/value/start_error.ts";
import { JournalFile } from "./journal_file.ts";
import { LeaseJournal } from "./lease_journal.ts";
import { JOURNAL_HEADER, newerVersion, putRecord, readJournal } from "./lease_record.ts";
import type { LeaseRow } from "./schema.ts";
import type { Parts } from "./store_parts.ts";
import { readRows, storedWord, wanted } from "./stored_rows.ts";

export const LEASES_FILE = "leases.journal";

/**
 * Opens the lease journal in `dir`. The rows of a database from before there was one are taken over once.
 *
 * @throws {StartError} it cannot be read or made, or a newer program wrote it
 */
export async function openLeases(dir: string, parts: Parts): Promise<LeaseJournal> {
  const path = join(dir, LEASES_FILE);
  try {
    rmSync(`${path}.new`, { force: true });
    const journal = existsSync(path) ? await openJournal(path, parts) : await makeJournal(path, parts);
    await forgetRows(parts);
    return journal;
  } catch (fault) {
    if (fault instanceof StartError) throw fault;
    throw new StartError(`Cannot open "${path}": ${(fault as Error).message}`, { cause: fault });
  }
}

async function openJournal(path: string, { report }: Parts): Promise<LeaseJournal> {
  const read = readJournal(readFileSync(path));
  const newer = newerVersion(read);
  if (newer !== undefined) {
    throw new StartError(
      `Cannot use "${path}": a newer Brigade made it (version ${newer}); install that version or restore a backup`,
    );
  }
  for (const { row, problem } of read.skipped) report({ table: "leases", row, problem });
  const { leases } = read;
  const file =
    read.version === undefined
      ? await freshFile(path, leases)
      : await JournalFile.open(path, read.wholeBytes);
  return new LeaseJournal({ path, file, leases });
}

async function makeJournal(path: string, { db, report }: Parts): Promise<LeaseJournal> {
  const rows = await db.selectFrom("leases").selectAll().execute();
  const read = readRows(rows, { table: "leases", keyOf: ({ address }) => address, read: leaseOf }, report);
  const leases = new Map(read.map((lease) => [lease.address, lease]));
  return new LeaseJournal({ path, file: await freshFile(path, leases), leases });
}

async function freshFile(path: string, leases: ReadonlyMap<Ipv4, Lease>): Promise<JournalFile> {
  const records = [...leases.values()].map(putRecord);
  const file = await JournalFile.create(`${path}.new`, Buffer.from([JOURNAL_HEADER, ...records].join("")));
  await file.rename(path);
  await file.syncName();
  return file;
}

/** Only when the journal is safe: killed before, the next start takes the rows over again. */
async function forgetRows({ db, queue }: Parts): Promise<void> {
  const row = await db.selectFrom("leases").select("address").limit(1).executeTakeFirst();
  if (row) {
    await queue.write("leasesForget", async (transaction) => {
      await transaction.deleteFrom("leases").execute();
    });
  }
}

const leaseOf = (row: LeaseRow): Lease => ({
  address: wanted(parseIpv4(row.address), "address"),
  mac: wanted(parseMac(row.mac), "MAC"),
  clientId: row.client_id ?? undefined,
  expiresAtMs: row.expires_at_ms,
  state: storedWord(row.state, ["bound", "declined"], "state"),
});
