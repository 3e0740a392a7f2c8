import type { Command } from "commander";
import type { MeView, RoleWord, TokenView, UserUpdate, UserView } from "#src/http/user_types.ts";
import { usageFault } from "./cli_fault.ts";
import { asking, type Commands, type Context, segment } from "./command_context.ts";
import { fields, table, time } from "./output.ts";
import { tokenTable } from "./token_commands.ts";

type RoleOptions = { readonly role?: string };
type SetOptions = RoleOptions & { readonly disable?: boolean; readonly enable?: boolean };

const ROLE_HELP = "viewer looks, user deploys and keeps images, admin does everything";

export function userCommands(program: Command, commands: Commands): void {
  const user = program.command("user").description("who may use the API, and how far");

  const list = user.command("list").description("list users");
  asking(list, commands, async ({ client, show }) => {
    const users = await client.get<readonly UserView[]>("/users");
    show(users, () =>
      table(
        ["USER", "ROLE", "TOKENS", "STATE"],
        users.map(({ name, role, tokens, disabled }) => [
          ...[name, role, String(tokens), disabled ? "disabled" : "enabled"],
        ]),
      ),
    );
  });

  const show = user.command("show").argument("[user]", "who asks, when left out");
  asking(show.description("show one user and their tokens"), commands, showUser);

  const add = user.command("add").argument("<name>").option("--role <role>", ROLE_HELP, "user");
  asking<RoleOptions>(
    add.description("add a user; make a token for them next"),
    commands,
    async ({ client, options, show }, name = "") => {
      const view = await client.send<UserView>("POST", "/users", { name, role: roleOf(options.role) });
      show(view, () => `Added ${view.name}\n`);
    },
  );

  const set = user
    .command("set")
    .argument("<user>")
    .description("change what a user may")
    .option("--role <role>", ROLE_HELP)
    .option("--disable", "their tokens open nothing from now on")
    .option("--enable", "their tokens count again");
  asking<SetOptions>(set, commands, setUser);

  const remove = user.command("remove").argument("<user>").description("remove a user and their tokens");
  asking(remove, commands, async ({ client, show }, name = "") => {
    await client.send("DELETE", `/users/${segment(name)}`);
    show({ removed: name }, () => `Removed ${name}\n`);
  });
}

async function showUser({ client, show }: Context<object>, name?: string): Promise<undefined> {
  if (name === undefined) {
    const me = await client.get<MeView>("/me");
    const by = me.kind === "tokenFile" ? "the token file of the data folder" : "a token";
    show(me, () =>
      fields([
        ["name", me.name],
        ["role", me.role],
        ["known by", by],
      ]),
    );
    return;
  }
  const view = await client.get<UserView>(`/users/${segment(name)}`);
  const tokens = await client.get<readonly TokenView[]>(`/tokens?user=${segment(name)}`);
  show({ ...view, tokens }, () => `${describe(view)}${tokens.length > 0 ? `\n${tokenTable(tokens)}` : ""}`);
}

async function setUser({ client, options, show }: Context<SetOptions>, name = ""): Promise<undefined> {
  const { role, disable, enable } = options;
  if (disable && enable) throw usageFault("Cannot both --disable and --enable a user");
  if (role === undefined && !disable && !enable)
    throw usageFault("Nothing to change: say --role, --disable or --enable");
  const body: UserUpdate = {
    ...(role === undefined ? {} : { role: roleOf(role) }),
    ...(disable ? { disabled: true } : {}),
    ...(enable ? { disabled: false } : {}),
  };
  const view = await client.send<UserView>("PATCH", `/users/${segment(name)}`, body);
  show(view, () => describe(view));
}

const ROLES: readonly RoleWord[] = ["viewer", "user", "admin"];

function roleOf(text = ""): RoleWord {
  const role = ROLES.find((one) => one === text);
  if (role !== undefined) return role;
  throw usageFault(`Cannot use --role ${text}: wants viewer, user or admin`);
}

const describe = ({ name, role, createdAtMs, disabled }: UserView): string =>
  fields([
    ["name", name],
    ["role", role],
    ["state", disabled ? "disabled" : "enabled"],
    ["added", time(createdAtMs)],
  ]);
