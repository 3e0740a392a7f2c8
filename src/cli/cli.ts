/** The command line: `brigade COMMAND`. Parses, runs one command, says how it ended. */
import { Command, CommanderError } from "commander";
import { inertLine } from "#src/value/inert_line.ts";
import { backupCommand } from "./backup_command.ts";
import { CliFault, EXIT, type ExitCode } from "./cli_fault.ts";
import type { CliIo } from "./cli_io.ts";
import type { Commands } from "./command_context.ts";
import { deployCommand } from "./deploy_command.ts";
import { deploymentCommands } from "./deployment_commands.ts";
import { doctorCommand, type ExamineHere } from "./doctor_command.ts";
import { fabricCommands } from "./fabric_commands.ts";
import { groupCommands } from "./group_commands.ts";
import { imageCommands } from "./image_commands.ts";
import { layoutCommands } from "./layout_commands.ts";
import { nodeCommands } from "./node_commands.ts";
import { json } from "./output.ts";
import { powerCommand } from "./power_command.ts";
import { type Restore, restoreCommand } from "./restore_command.ts";
import { type Serve, serveCommand } from "./serve_command.ts";
import { type Simulate, simulateCommand } from "./simulate_command.ts";
import { sshKeyCommand } from "./ssh_key_command.ts";
import { statsCommand } from "./stats_command.ts";
import { statusCommands } from "./status_commands.ts";
import { tokenCommands } from "./token_commands.ts";
import { userCommands } from "./user_commands.ts";
import { webhookCommands } from "./webhook_commands.ts";

export type CliOptions = {
  readonly version: string;
  readonly io: CliIo;
  readonly serve: Serve;
  readonly examineHere: ExamineHere;
  readonly simulate: Simulate;
  readonly restore: Restore;
};

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the appliance cannot be reached or refused the token,
130 stopped watching by Ctrl-C. Of doctor and fabric check: 0 nothing or notes, 1 warnings, 2 errors.`;

/**
 * Runs one command line.
 *
 * @param args without program and script
 * @returns the exit code; bugs, and what `serve` throws, are thrown on
 */
export async function runCli(
  args: readonly string[],
  { version, io, serve, examineHere, simulate, restore }: CliOptions,
): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const commands: Commands = {
    io,
    exit: (code) => {
      exitCode = code;
    },
  };
  const program = new Command("brigade")
    .description("Installs operating systems on whole clusters")
    .version(version)
    .addHelpText("after", EXIT_CODES)
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .showHelpAfterError("(--help says more)");
  serveCommand(program, commands, serve);
  for (const add of [
    nodeCommands,
    groupCommands,
    imageCommands,
    layoutCommands,
    deployCommand,
    deploymentCommands,
    powerCommand,
    fabricCommands,
    statusCommands,
    backupCommand,
    sshKeyCommand,
    userCommands,
    tokenCommands,
    webhookCommands,
    statsCommand,
  ])
    add(program, commands);
  doctorCommand(program, commands, examineHere);
  simulateCommand(program, commands, simulate);
  restoreCommand(program, commands, restore);
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (fault) {
    return explain(fault, args, io);
  }
  return exitCode;
}

function explain(fault: unknown, args: readonly string[], io: CliIo): ExitCode {
  // Commander has said already what is wrong; help and version are no failure.
  if (fault instanceof CommanderError) return fault.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (!(fault instanceof CliFault)) throw fault;
  if (fault.problem && args.includes("--json")) io.out(json(fault.problem));
  io.err(`${inertLine(fault.message)}\n`);
  return fault.exitCode;
}
