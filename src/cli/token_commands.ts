import type { Command } from "commander";
import type { NewTokenView, TokenCreate, TokenView } from "#src/http/user_types.ts";
import { usageFault } from "./cli_fault.ts";
import { asking, type Commands, type Context, segment } from "./command_context.ts";
import { table, time } from "./output.ts";

type CreateOptions = { readonly user?: string; readonly label?: string; readonly expires?: string };

export function tokenCommands(program: Command, commands: Commands): void {
  const token = program.command("token").description("tokens that open the API");

  const create = token
    .command("create")
    .description("make a token; it is printed this once, and nowhere kept")
    .option("--user <user>", "whose; your own without it")
    .option("--label <text>", "what it is for")
    .option("--expires <time>", "such as 12h, 30d or 52w; it does not expire without it");
  asking<CreateOptions>(create, commands, createToken);

  const list = token.command("list").option("--user <user>", "those of one user only");
  asking<{ user?: string }>(
    list.description("list your tokens; an admin sees all"),
    commands,
    async ({ client, options, show }) => {
      const query = options.user === undefined ? "" : `?user=${segment(options.user)}`;
      const tokens = await client.get<readonly TokenView[]>(`/tokens${query}`);
      show(tokens, () => tokenTable(tokens));
    },
  );

  const revoke = token.command("revoke").argument("<ids...>", "as token list shows them");
  asking(
    revoke.description("make tokens worthless; what they are in the midst of ends"),
    commands,
    async ({ client, show }, ...ids) => {
      for (const id of ids) await client.send("DELETE", `/tokens/${segment(id)}`);
      show({ revoked: ids }, () => `Revoked ${ids.join(" ")}\n`);
    },
  );
}

async function createToken({ client, io, options, show }: Context<CreateOptions>): Promise<undefined> {
  const { user, label, expires } = options;
  const body: TokenCreate = {
    ...(user === undefined ? {} : { user }),
    ...(label === undefined ? {} : { label }),
    ...(expires === undefined ? {} : { expiresInSec: readDurationSec(expires) }),
  };
  const made = await client.send<NewTokenView>("POST", "/tokens", body);
  if (!options.json) io.err(`Token ${made.id} of ${made.user}; keep it, it is not shown again:\n`);
  show(made, () => `${made.token}\n`);
}

const UNIT_SEC = { m: 60, h: 3600, d: 86_400, w: 7 * 86_400 } as const;

/** @throws {CliFault} it is no duration */
export function readDurationSec(text: string): number {
  const [, count = "", unit = ""] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  const unitSec = Object.entries(UNIT_SEC).find(([name]) => name === unit)?.[1];
  if (unitSec !== undefined) return Number(count) * unitSec;
  throw usageFault(`Cannot read --expires ${text}: wants a number and m, h, d or w, like 30d`);
}

export const tokenTable = (tokens: readonly TokenView[]): string =>
  table(
    ["TOKEN", "USER", "LABEL", "MADE", "LAST USED", "EXPIRES"],
    tokens.map(({ id, user, label, createdAtMs, lastUsedAtMs, expiresAtMs }) => [
      ...[id, user, label || "-", time(createdAtMs)],
      lastUsedAtMs === undefined ? "never" : time(lastUsedAtMs),
      expiresAtMs === undefined ? "never" : time(expiresAtMs),
    ]),
  );
