import type { Command } from "commander";
import type { CablingFinding } from "#src/fabric/cabling_types.ts";
import { expectedFrom } from "#src/fabric/cabling_write.ts";
import { APPLIANCE } from "#src/fabric/fabric_messages.ts";
import type { CheckRequest, CheckView, FabricView } from "#src/http/fabric_types.ts";
import { readCablingFile } from "./cabling_file.ts";
import { CliFault, EXIT, type ExitCode, usageFault } from "./cli_fault.ts";
import { asking, type Commands, type Context } from "./command_context.ts";
import { findingsReport } from "./fabric_report.ts";
import { checkNodeSet } from "./node_names.ts";

type CheckOptions = {
  readonly nodes?: string;
  readonly unexpected?: boolean;
  readonly write?: boolean;
};

/** As the doctor's: clean or notes, warnings, errors. */
const EXIT_BY_SEVERITY: Readonly<Record<CablingFinding["severity"], ExitCode>> = {
  note: 0,
  warning: 1,
  error: 2,
};

export function fabricCheckCommand(fabric: Command, commands: Commands): void {
  const command = fabric
    .command("check")
    .argument("[file]", "how it should be cabled")
    .description(
      "what is wrong with the cabling, by itself or against a file (exit code 1: warnings, 2: errors)",
    )
    .option("--nodes <nodes>", "only what is about these nodes and the links that lead to them")
    .option("--unexpected", "also machines and links that the file does not have")
    .option("--write", "print what is seen as such a file");
  asking<CheckOptions>(command, commands, check);
}

async function check(context: Context<CheckOptions>, file?: string): Promise<ExitCode | undefined> {
  const { client, options, show } = context;
  if (options.nodes !== undefined) checkNodeSet(options.nodes);
  if (options.write) return write(context, file);
  if (options.unexpected && file === undefined)
    throw usageFault("Cannot look for what is unexpected without a file: name one");
  const body: CheckRequest = {
    ...(file === undefined ? {} : { expected: await readCablingFile(file) }),
    ...(options.nodes === undefined ? {} : { nodes: options.nodes }),
    ...(options.unexpected ? { unexpected: true } : {}),
  };
  const view = await client.send<CheckView>("POST", "/fabric/check", body);
  show(view, () => findingsReport(view.findings));
  return Math.max(0, ...view.findings.map(({ severity }) => EXIT_BY_SEVERITY[severity])) as ExitCode;
}

async function write(
  { client, io, options }: Context<CheckOptions>,
  file: string | undefined,
): Promise<undefined> {
  if (file !== undefined)
    throw usageFault(`Cannot write "${file}": --write prints; send its output to the file`);
  if (options.nodes !== undefined)
    throw usageFault("Cannot use --nodes with --write: it prints all that is seen");
  const { fabric } = await client.get<FabricView>("/fabric");
  if (!fabric)
    throw new CliFault(
      EXIT.failed,
      'Cannot check the cabling: nothing is known of the fabric yet; see "brigade fabric discover --wait"',
    );
  // The appliance is no node that a file could name.
  const names = fabric.attachments.flatMap(({ endpoint }) => endpoint ?? []);
  io.out(expectedFrom(fabric, { nodes: names.filter((name) => name !== APPLIANCE) }));
  return undefined;
}
