/** What admins have the nodes of a group do beside the steps of each deployment. */
import type { Command } from "commander";
import type { GroupOperationsView, OperationInput } from "#src/http/operation_types.ts";
import { usageFault } from "./cli_fault.ts";
import { asking, type Commands, type Context, segment } from "./command_context.ts";
import { readOperationsFile } from "./operations_file.ts";
import { size, table } from "./output.ts";

type Options = { readonly file?: string; readonly clear?: boolean };

export function operationsCommand(group: Command, commands: Commands): void {
  const command = group
    .command("operations")
    .argument("<group>")
    .description("what its nodes do beside the steps of each deployment: show it, or say it")
    .option("--file <file>", "file of operations, which takes the place of what is there")
    .option("--clear", "nothing any more");
  asking<Options>(command, commands, operations);
}

async function operations({ client, options, show }: Context<Options>, group = ""): Promise<undefined> {
  const path = `/groups/${segment(group)}/operations`;
  const { file, clear = false } = options;
  if (file !== undefined && clear) throw usageFault("Cannot use --file with --clear: say one of them");
  if (clear) {
    await client.send("DELETE", path);
    show({ group, operations: [] }, () => `${group} has no operations\n`);
    return;
  }
  const view =
    file === undefined
      ? await client.get<GroupOperationsView>(path)
      : await client.send<GroupOperationsView>("PUT", path, { operations: await readOperationsFile(file) });
  show(view, () => describe(view));
}

const describe = ({ group, operations: all }: GroupOperationsView): string =>
  all.length === 0
    ? `${group} has no operations\n`
    : table(
        ["OPERATION", "WHEN", "DOES", "LIMIT", "ATTEMPTS"],
        all.map((one) => [
          one.name,
          `${one.when} ${one.step}`,
          workOf(one),
          `${one.timeLimitSec ?? "-"} s`,
          String(one.attempts ?? 1),
        ]),
      );

const workOf = (one: OperationInput): string =>
  "run" in one
    ? `runs ${size(Buffer.byteLength(one.run))}`
    : `sends ${size(Buffer.byteLength(one.send, "base64"))} to ${one.to}`;
