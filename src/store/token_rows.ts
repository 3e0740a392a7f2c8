import type { StoredSession, StoredToken, TokenBinding, TokenStore } from "#src/access/boot_token.ts";
import { parseIpv4 } from "#src/value/ipv4.ts";
import { parseMac } from "#src/value/mac.ts";
import type { BootTokenRow, SessionRow } from "./schema.ts";
import type { Parts } from "./store_parts.ts";
import { readRows, wanted } from "./stored_rows.ts";

export async function openTokens({ db, queue, report }: Parts): Promise<TokenStore> {
  const keyOf = ({ node }: { node: string }): string => node;
  const tokenRows = await db.selectFrom("boot_tokens").selectAll().execute();
  const tokens = readRows(tokenRows, { table: "boot_tokens", keyOf, read: tokenOf }, report);
  const sessionRows = await db.selectFrom("sessions").selectAll().execute();
  const sessions = readRows(sessionRows, { table: "sessions", keyOf, read: sessionOf }, report);
  return {
    tokens: () => tokens,
    sessions: () => sessions,
    save: ({ putTokens = [], removeTokens = [], putSessions = [], removeSessions = [] }) =>
      queue.write("bootTokens", async (transaction) => {
        for (const hash of removeTokens)
          await transaction.deleteFrom("boot_tokens").where("hash", "=", hash).execute();
        for (const hash of removeSessions)
          await transaction.deleteFrom("sessions").where("hash", "=", hash).execute();
        for (const token of putTokens)
          await transaction.replaceInto("boot_tokens").values(tokenRow(token)).execute();
        for (const session of putSessions)
          await transaction.replaceInto("sessions").values(sessionRow(session)).execute();
      }),
  };
}

type BindingRow = {
  readonly node: string;
  readonly mac: string;
  readonly address: string;
  readonly deployment: string;
};

const bindingOf = ({ node, mac, address, deployment }: BindingRow): TokenBinding => ({
  node,
  mac: wanted(parseMac(mac), "MAC"),
  address: wanted(parseIpv4(address), "address"),
  deployment,
});

const tokenOf = (row: BootTokenRow): StoredToken => ({
  ...bindingOf(row),
  hash: row.hash,
  expiresAtMs: row.expires_at_ms,
  usedBy: row.used_by ?? undefined,
});

const sessionOf = (row: SessionRow): StoredSession => ({
  ...bindingOf(row),
  hash: row.hash,
  bootId: row.boot_id,
  token: row.token,
  confirmed: row.confirmed === 1,
});

const tokenRow = ({
  hash,
  node,
  mac,
  address,
  deployment,
  expiresAtMs,
  usedBy,
}: StoredToken): BootTokenRow => ({
  hash,
  node,
  mac,
  address,
  deployment,
  expires_at_ms: expiresAtMs,
  used_by: usedBy ?? null,
});

const sessionRow = (session: StoredSession): SessionRow => ({
  hash: session.hash,
  node: session.node,
  mac: session.mac,
  address: session.address,
  deployment: session.deployment,
  boot_id: session.bootId,
  token: session.token,
  confirmed: Number(session.confirmed),
});
