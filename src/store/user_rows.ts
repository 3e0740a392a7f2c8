import { ROLES } from "#src/access/principal.ts";
import type { ApiToken, User, UserStore } from "#src/access/user.ts";
import type { ApiTokenRow, UserRow } from "./schema.ts";
import type { Parts } from "./store_parts.ts";
import { readRows, storedWord } from "./stored_rows.ts";

export async function openUsers({ db, queue, report }: Parts): Promise<UserStore> {
  const userRows = await db.selectFrom("users").selectAll().execute();
  const users = readRows(userRows, { table: "users", keyOf: ({ name }) => name, read: userOf }, report);
  const tokenRows = await db.selectFrom("api_tokens").selectAll().execute();
  const tokens = readRows(tokenRows, { table: "api_tokens", keyOf: ({ id }) => id, read: tokenOf }, report);
  return {
    users: () => users,
    tokens: () => tokens,
    save: ({ putUsers = [], removeUsers = [], putTokens = [], removeTokens = [] }) =>
      queue.write("users", async (to) => {
        for (const id of removeTokens) await to.deleteFrom("api_tokens").where("id", "=", id).execute();
        for (const name of removeUsers) await to.deleteFrom("users").where("name", "=", name).execute();
        for (const user of putUsers) await to.replaceInto("users").values(userRow(user)).execute();
        for (const token of putTokens) await to.replaceInto("api_tokens").values(tokenRow(token)).execute();
      }),
    saveUse: (id, lastUsedAtMs) =>
      queue.writeBehind("userSeen", async (to) => {
        const used = to.updateTable("api_tokens").set({ last_used_at_ms: lastUsedAtMs });
        await used.where("id", "=", id).execute();
      }),
  };
}

const userOf = ({ name, role, created_at_ms, disabled }: UserRow): User => ({
  ...{ name, role: storedWord(role, ROLES, "role") },
  ...{ createdAtMs: created_at_ms, disabled: disabled !== 0 },
});

const userRow = ({ name, role, createdAtMs, disabled }: User): UserRow => ({
  ...{ name, role, created_at_ms: createdAtMs, disabled: Number(disabled) },
});

const tokenOf = (row: ApiTokenRow): ApiToken => ({
  ...{ id: row.id, label: row.label, user: row.user, hash: row.hash },
  createdAtMs: row.created_at_ms,
  lastUsedAtMs: row.last_used_at_ms ?? undefined,
  expiresAtMs: row.expires_at_ms ?? undefined,
});

const tokenRow = (token: ApiToken): ApiTokenRow => ({
  ...{ id: token.id, label: token.label, user: token.user, hash: token.hash },
  created_at_ms: token.createdAtMs,
  last_used_at_ms: token.lastUsedAtMs ?? null,
  expires_at_ms: token.expiresAtMs ?? null,
});
