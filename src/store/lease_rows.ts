import type { Lease, LeaseStore } from "#src/dhcp/lease_store.ts";
import { type Ipv4, parseIpv4 } from "#src/value/ipv4.ts";
import { parseMac } from "#src/value/mac.ts";
import type { LeaseRow } from "./schema.ts";
import type { Parts } from "./store_parts.ts";
import { readRows, storedWord, wanted } from "./stored_rows.ts";

export async function openLeases({ db, queue, report }: Parts): Promise<LeaseStore> {
  const rows = await db.selectFrom("leases").selectAll().execute();
  const leases = readRows(rows, { table: "leases", keyOf: ({ address }) => address, read: leaseOf }, report);
  return {
    all: () => leases,
    put: (lease) => {
      const row = rowOf(lease);
      return queue.write(async (transaction) => {
        await transaction.replaceInto("leases").values(row).execute();
      });
    },
    remove: (address: Ipv4) =>
      queue.write(async (transaction) => {
        await transaction.deleteFrom("leases").where("address", "=", address).execute();
      }),
  };
}

const leaseOf = (row: LeaseRow): Lease => ({
  address: wanted(parseIpv4(row.address), "address"),
  mac: wanted(parseMac(row.mac), "MAC"),
  clientId: row.client_id ?? undefined,
  expiresAtMs: row.expires_at_ms,
  state: storedWord(row.state, ["bound", "declined"], "state"),
});

const rowOf = ({ address, mac, clientId, expiresAtMs, state }: Lease): LeaseRow => ({
  address,
  mac,
  client_id: clientId ?? null,
  expires_at_ms: expiresAtMs,
  state,
});
