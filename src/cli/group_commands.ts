import type { Command } from "commander";
import type { GroupCreate, GroupUpdate, GroupView } from "#src/http/group_types.ts";
import { usageFault } from "./cli_fault.ts";
import { asking, type Commands, type Context, segment } from "./command_context.ts";
import { groupWorkflowCommand } from "./group_workflow_command.ts";
import { operationsCommand } from "./operations_command.ts";
import { fields, table } from "./output.ts";

type OptionOptions = { readonly dhcpOption?: readonly string[]; readonly pinPort?: boolean };

export function groupCommands(program: Command, commands: Commands): void {
  const group = program.command("group").description("groups of nodes, and what DHCP tells those in them");

  const list = group.command("list").description("list groups");
  asking(list, commands, async ({ client, show }) => {
    const groups = await client.get<readonly GroupView[]>("/groups");
    show(groups, () =>
      table(
        ["GROUP", "NODES", "DHCP OPTIONS"],
        groups.map(({ name, nodes, dhcpOptions }) => [name, nodes || "-", dhcpOptions.join(" ") || "-"]),
      ),
    );
  });

  const show = group.command("show").argument("<group>").description("show one group");
  asking(show, commands, async ({ client, show }, name) => {
    const view = await client.get<GroupView>(`/groups/${segment(name)}`);
    show(view, () => describe(view));
  });

  const add = withPin(withDhcpOptions(group.command("add").argument("<name>").description("make a group")));
  asking<OptionOptions>(add, commands, addGroup);

  const set = withPin(
    withDhcpOptions(group.command("set").argument("<group>").description("change a group")),
  );
  asking<OptionOptions>(set, commands, setGroup);

  groupWorkflowCommand(group, commands);
  operationsCommand(group, commands);

  const remove = group.command("remove").argument("<group>").description("remove a group that no node is in");
  asking(remove, commands, async ({ client, show }, name = "") => {
    await client.send("DELETE", `/groups/${segment(name)}`);
    show({ removed: name }, () => `Removed ${name}\n`);
  });
}

async function addGroup({ client, options, show }: Context<OptionOptions>, name = ""): Promise<undefined> {
  const body: GroupCreate = {
    ...{ name, dhcpOptions: listOf(options.dhcpOption) ?? [] },
    pinned: options.pinPort === true,
  };
  const view = await client.send<GroupView>("POST", "/groups", body);
  show(view, () => `Added ${view.name}\n`);
}

async function setGroup({ client, options, show }: Context<OptionOptions>, name = ""): Promise<undefined> {
  const dhcpOptions = listOf(options.dhcpOption);
  const { pinPort } = options;
  if (dhcpOptions === undefined && pinPort === undefined)
    throw usageFault('Nothing to change: say --dhcp-option NAME=VALUE, or "none", or --pin-port');
  const body: GroupUpdate = {
    ...(dhcpOptions === undefined ? {} : { dhcpOptions }),
    ...(pinPort === undefined ? {} : { pinned: pinPort }),
  };
  const view = await client.send<GroupView>("PATCH", `/groups/${segment(name)}`, body);
  show(view, () => describe(view));
}

/** Adds `--pin-port` and its opposite. */
export const withPin = (command: Command): Command =>
  command
    .option("--pin-port", "send nothing to nodes that are elsewhere, or another machine, than expected")
    .option("--no-pin-port", "send what is asked for, wherever they are");

/** Adds `--dhcp-option`, which is given once for each. */
export function withDhcpOptions(command: Command): Command {
  return command.option(
    "--dhcp-option <name=value>",
    'what DHCP tells, such as ntp-servers=10.0.0.1; repeat for more; "none" for no one',
    (value: string, before: readonly string[] = []) => [...before, value],
  );
}

/** What a repeated option says; "none" is no one. `undefined` when it was not said. */
export const listOf = (said: readonly string[] | undefined): string[] | undefined =>
  said?.filter((one) => one !== "none");

const describe = ({ name, nodes, dhcpOptions, pinned }: GroupView): string =>
  fields([
    ["name", name],
    ["nodes", nodes],
    ["DHCP options", dhcpOptions.join(" ")],
    ["ports", pinned ? "pinned" : undefined],
  ]);
