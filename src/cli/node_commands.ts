import type { Command } from "commander";
import type { NodeCreate, NodeUpdate, NodeView } from "#src/http/api_types.ts";
import type { BootsView } from "#src/http/boot_types.ts";
import { bootsReport } from "./boots_report.ts";
import { usageFault } from "./cli_fault.ts";
import { asking, type Commands, type Context, segment } from "./command_context.ts";
import { findingCommands } from "./finding_commands.ts";
import { listOf, withDhcpOptions, withPin } from "./group_commands.ts";
import { namingCommands } from "./naming_commands.ts";
import { identityFields, marksOf } from "./node_identity.ts";
import { nodeIdentityCommands } from "./node_identity_commands.ts";
import { nodeImportCommand } from "./node_import_command.ts";
import { readNodeNames } from "./node_names.ts";
import { type PowerOptions, readPowerOptions, withPower } from "./node_power_options.ts";
import { fields, table } from "./output.ts";

type SettingOptions = PowerOptions & {
  readonly mac?: readonly string[];
  readonly address?: string;
  readonly kernelArgument?: readonly string[];
  readonly secureBoot?: string;
  readonly group?: readonly string[];
  readonly dhcpOption?: readonly string[];
  readonly pinPort?: boolean;
  readonly protect?: boolean;
};

export function nodeCommands(program: Command, commands: Commands): void {
  const node = program.command("node").description("the machines that get booted and installed");

  const list = node.command("list").argument("[nodes]", "node set; all when left out");
  asking(list.description("list nodes, discovered ones too"), commands, listNodes);

  const show = node.command("show").argument("<node>");
  asking(show.description("show what is known of one node"), commands, async ({ client, show }, name) => {
    const view = await client.get<NodeView>(`/nodes/${segment(name)}`);
    show(view, () => describe(view));
  });

  const boots = node.command("boots").argument("<node>", "node, or the MAC of a machine that is none yet");
  asking(boots.description("show its last boots step by step, and why one stalled"), commands, showBoots);

  const add = withSettings(node.command("add").argument("<name>"));
  asking<SettingOptions>(
    add.description("register a machine; a discovered one is adopted by its MAC"),
    commands,
    addNode,
  );

  const set = withPin(
    withSettings(node.command("set").argument("<node>"))
      .option("--name <name>", "new name")
      .option("--no-protect", "deploy to it like to any other"),
  );
  asking<SettingOptions & { name?: string }>(
    set.description("change a node; a discovered one becomes registered"),
    commands,
    setNode,
  );

  nodeImportCommand(node, commands);
  nodeIdentityCommands(node, commands);
  findingCommands(node, commands);
  namingCommands(node, commands);

  const remove = node.command("remove").argument("<nodes>", "node set");
  asking(
    remove.description("forget nodes; what is on their disks stays"),
    commands,
    async (context, text) => {
      const { client, show } = context;
      const names = await readNodeNames(client, text ?? "");
      for (const name of names) await client.send("DELETE", `/nodes/${segment(name)}`);
      show({ removed: names }, () => `Removed ${text}\n`);
    },
  );
}

function withSettings(command: Command): Command {
  const more = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
  command
    .option("--mac <mac>", "MAC address; repeat for each network card that may boot", more)
    .option("--address <ip>", 'fixed address on the provisioning network; "none" takes it away')
    .option(
      "--kernel-argument <argument>",
      'for ramdisk and installed system; repeat for more; "none" for no one',
      more,
    )
    .option("--secure-boot <how>", '"on" loads signed programs only, "off" never; "auto": as its agent says');
  command.option("--group <group>", 'repeat for more, the later one counts more; "none" for no one', more);
  command.option("--protect", "deploy nothing to it unless an admin says --force-protected");
  return withPower(withDhcpOptions(command));
}

async function showBoots({ client, show }: Context<object>, name?: string): Promise<undefined> {
  const view = await client.get<BootsView>(`/nodes/${segment(name)}/boots`);
  show(view, () => bootsReport(view));
}

async function listNodes({ client, show }: Context<object>, text?: string): Promise<undefined> {
  const all = await client.list<NodeView>("/nodes");
  const wanted = text === undefined ? undefined : new Set(await readNodeNames(client, text));
  const nodes = all.filter(({ name }) => wanted?.has(name) ?? true);
  show(nodes, () =>
    table(
      ["NODE", "MAC", "ADDRESS", "FIRMWARE", "POWER", "STATE"],
      nodes.map((view) => [
        view.name,
        view.macs.join(","),
        view.leasedAddress ?? view.address ?? "-",
        view.firmware ?? "-",
        powerText(view) ?? "-",
        listedState(view),
      ]),
    ),
  );
}

async function addNode(
  { client, io, options, show }: Context<SettingOptions>,
  name = "",
): Promise<undefined> {
  const power = await readPowerOptions(options, io);
  const secureBoot = secureBootOf(options);
  const body: NodeCreate = {
    name,
    macs: [...(options.mac ?? [])],
    ...(options.address === undefined || isNone(options.address) ? {} : { address: options.address }),
    ...(power ? { power } : {}),
    ...(typeof secureBoot === "boolean" ? { secureBoot } : {}),
    ...(options.protect ? { protected: true } : {}),
    kernelArguments: listOf(options.kernelArgument) ?? [],
    groups: listOf(options.group) ?? [],
    dhcpOptions: listOf(options.dhcpOption) ?? [],
  };
  const view = await client.send<NodeView>("POST", "/nodes", body);
  show(view, () => `Added ${view.name}\n`);
}

type SetContext = Context<SettingOptions & { readonly name?: string }>;

async function setNode({ client, io, options, show }: SetContext, name = ""): Promise<undefined> {
  const power = await readPowerOptions(options, io);
  const { address } = options;
  const secureBoot = secureBootOf(options);
  const kernelArguments = listOf(options.kernelArgument);
  const groups = listOf(options.group);
  const dhcpOptions = listOf(options.dhcpOption);
  const body: NodeUpdate = {
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.mac === undefined ? {} : { macs: [...options.mac] }),
    ...(address === undefined ? {} : { address: isNone(address) ? null : address }),
    ...(power === undefined ? {} : { power }),
    ...(kernelArguments === undefined ? {} : { kernelArguments }),
    ...(secureBoot === undefined ? {} : { secureBoot }),
    ...(groups === undefined ? {} : { groups }),
    ...(dhcpOptions === undefined ? {} : { dhcpOptions }),
    ...(options.pinPort === undefined ? {} : { pinned: options.pinPort }),
    ...(options.protect === undefined ? {} : { protected: options.protect }),
  };
  const view = await client.send<NodeView>("PATCH", `/nodes/${segment(name)}`, body);
  show(view, () => describe(view));
}

const isNone = (text: string): boolean => text === "none";

/** @returns `undefined` when nothing was said, `null` for "auto" */
function secureBootOf({ secureBoot }: SettingOptions): boolean | null | undefined {
  if (secureBoot === undefined) return undefined;
  if (secureBoot === "auto") return null;
  if (secureBoot === "on" || secureBoot === "off") return secureBoot === "on";
  throw usageFault(`Cannot use --secure-boot ${secureBoot}: wants on, off or auto`);
}

function describe(view: NodeView): string {
  return fields([
    ["name", view.name],
    ["state", stateText(view)],
    ["MAC", view.macs.join(", ")],
    ["fixed address", view.address],
    ["address now", view.leasedAddress],
    ["firmware", view.firmware],
    ["power", powerText(view)],
    ["kernel arguments", view.kernelArguments.join(" ")],
    ["Secure Boot", secureBootText(view)],
    ["protected", view.protected ? "yes" : undefined],
    ["groups", view.groups.join(", ")],
    ["DHCP options", view.dhcpOptions.join(" ")],
    ...identityFields(view),
  ]);
}

function secureBootText({ secureBoot, secureBootSeen }: NodeView): string | undefined {
  if (secureBoot !== undefined) return secureBoot ? "on" : "off";
  if (secureBootSeen === undefined) return undefined;
  return `auto: ${secureBootSeen ? "on" : "off"}, as its agent saw`;
}

function powerText({ power }: NodeView): string | undefined {
  if (!power) return undefined;
  return power.driver === "ipmi"
    ? `ipmi ${power.user}@${power.address}:${power.port}`
    : `command ${power.command.join(" ")}`;
}

function stateText({ status, deployment, hasAgent }: NodeView): string {
  if (deployment !== undefined) return `in ${deployment}`;
  return hasAgent ? "in the ramdisk" : status;
}

/** What it does, and what does not fit together about it. */
const listedState = (view: NodeView): string =>
  [stateText(view), ...(view.held === undefined ? [] : ["held"]), ...marksOf(view)].join(", ");
