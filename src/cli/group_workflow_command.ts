import type { Command } from "commander";
import { stringify } from "yaml";
import type { GroupWorkflowView } from "#src/http/workflow_types.ts";
import { usageFault } from "./cli_fault.ts";
import { asking, type Commands, type Context, segment } from "./command_context.ts";
import { readWorkflowFile } from "./workflow_options.ts";

type Options = { readonly file?: string; readonly clear?: boolean };

/** How deployments to the nodes of a group are gone about: shows it, sets it or takes it away. */
export function groupWorkflowCommand(group: Command, commands: Commands): void {
  const command = group
    .command("workflow")
    .argument("<group>")
    .description("how deployments to the nodes of a group are gone about; without an option shows it")
    .option("--file <file>", "YAML: ramdisk, installRetries, system, steps")
    .option("--clear", "as the appliance does it");
  asking<Options>(command, commands, workflow);
}

async function workflow({ client, options, show }: Context<Options>, group = ""): Promise<undefined> {
  const path = `/groups/${segment(group)}/workflow`;
  if (options.clear && options.file !== undefined)
    throw usageFault("Cannot use --clear and --file at once: one takes away what the other sets");
  if (options.clear) {
    await client.send("DELETE", path);
    show({ workflow: null }, () => `${group}: as the appliance does it\n`);
    return;
  }
  const view =
    options.file === undefined
      ? await client.get<GroupWorkflowView>(path)
      : await client.send<GroupWorkflowView>("PUT", path, await readWorkflowFile(options.file));
  show(view, () =>
    view.workflow === null ? `${group}: as the appliance does it\n` : stringify(view.workflow),
  );
}
