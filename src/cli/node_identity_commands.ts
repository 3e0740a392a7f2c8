import type { Command } from "commander";
import type { NodeView } from "#src/http/api_types.ts";
import type { NodeMerge, NodeReplace, NodeSplit, NodeSwap, NodesChanged } from "#src/http/identity_types.ts";
import { usageFault } from "./cli_fault.ts";
import { asking, type Commands, type Context, segment } from "./command_context.ts";

export type DryRun = { readonly dryRun?: boolean };
type SplitOptions = DryRun & {
  readonly macs: readonly string[];
  readonly name?: string;
  readonly to?: string;
};
type ReplaceOptions = DryRun & { readonly with: string; readonly forget?: boolean };

/** Commands that settle who is who. */
export function nodeIdentityCommands(node: Command, commands: Commands): void {
  const merge = withDryRun(node.command("merge").argument("<node>").argument("<other>"));
  merge.option("--force", "also when their serial numbers say that they are two machines");
  asking<DryRun & { force?: boolean }>(
    merge.description("one machine known as two: the MACs of the other become the node's"),
    commands,
    async (context, name = "", other = "") => {
      const body: NodeMerge = { other, force: context.options.force === true, ...dryRunOf(context) };
      await settle(context, `/nodes/${segment(name)}/merge`, body);
    },
  );

  const split = withDryRun(node.command("split").argument("<node>"));
  split
    .requiredOption("--macs <macs...>", "which of its MACs; repeat, or with commas between")
    .option("--name <name>", "of the new node; without it, it is a discovered machine")
    .option("--to <node>", "to a node that is there, instead");
  asking<SplitOptions>(
    split.description("two machines known as one: takes MACs out into a node of their own"),
    commands,
    splitNode,
  );

  const replace = withDryRun(node.command("replace").argument("<node>"));
  replace
    .requiredOption("--with <node>", "the discovered machine that takes its place")
    .option("--forget", "forget the old machine, instead of keeping it as a discovered one");
  asking<ReplaceOptions>(
    replace.description("a new machine or board: what was said of the node stays, its MACs are the new ones"),
    commands,
    async (context, name = "") => {
      const { options } = context;
      const body: NodeReplace = {
        with: options.with,
        forget: options.forget === true,
        ...dryRunOf(context),
      };
      await settle(context, `/nodes/${segment(name)}/replace`, body);
    },
  );

  const swap = withDryRun(node.command("swap-macs").argument("<node>").argument("<other>"));
  asking<DryRun>(
    swap.description("cards exchanged between two machines: their MACs change places"),
    commands,
    async (context, name = "", other = "") => {
      const body: NodeSwap = { other, ...dryRunOf(context) };
      await settle(context, `/nodes/${segment(name)}/swap`, body);
    },
  );
}

async function splitNode(context: Context<SplitOptions>, name = ""): Promise<undefined> {
  const { options } = context;
  if (options.name !== undefined && options.to !== undefined)
    throw usageFault("Cannot use --name and --to together: say the new name, or the node to go to");
  const body: NodeSplit = {
    macs: options.macs.flatMap((text) => text.split(",")).filter((text) => text !== ""),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.to === undefined ? {} : { to: options.to }),
    ...dryRunOf(context),
  };
  await settle(context, `/nodes/${segment(name)}/split`, body);
}

export const withDryRun = (command: Command): Command =>
  command.option("--dry-run", "only tell what would happen");

export const dryRunOf = ({ options }: Context<DryRun>): { readonly dryRun: boolean } => ({
  dryRun: options.dryRun === true,
});

/** Sends one change of several nodes, and shows what came of it. */
export async function settle(
  { client, show }: Context<object>,
  path: string,
  body: object,
): Promise<undefined> {
  const changed = await client.send<NodesChanged>("POST", path, body);
  show(changed, () => changedText(changed));
}

/** One line a node: what it is now, or would be. */
function changedText({ stored, nodes, gone }: NodesChanged): string {
  const verb = stored ? "is" : "would be";
  const lines = [
    ...nodes.map((view) => `${view.name} ${verb} ${whoText(view)}`),
    ...gone.filter((name) => nodes.every((view) => view.name !== name)).map((name) => `${name} ${verb} gone`),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

const whoText = ({ macs, status, address }: NodeView): string =>
  `${macs.join(", ")}${address === undefined ? "" : ` at ${address}`} (${status})`;
