import { readFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import type { Command } from "commander";
import type { PowerInput } from "#src/http/api_types.ts";
import { usageFault } from "./cli_fault.ts";
import type { CliIo } from "./cli_io.ts";
import { splitWords } from "./words.ts";

export type PowerOptions = {
  readonly power?: string;
  readonly bmc?: string;
  readonly bmcPort?: string;
  readonly bmcUser?: string;
  readonly bmcPasswordFile?: string;
  readonly powerCommand?: string;
};

export function withPower(command: Command): Command {
  return command
    .option("--power <driver>", 'how to switch it: "ipmi", "command" or "none"')
    .option("--bmc <address>", "address of its BMC")
    .option("--bmc-port <port>", "UDP port of its BMC (default 623)")
    .option("--bmc-user <name>", "user on its BMC")
    .option("--bmc-password-file <file>", 'file with the password of that user; "-" reads standard input')
    .option("--power-command <command>", "program and arguments; {action} and {node} are replaced");
}

/**
 * @returns `undefined` when nothing was said about power, `null` for "none"
 * @throws {CliFault} what was said does not fit together
 */
export async function readPowerOptions(
  options: PowerOptions,
  io: CliIo,
): Promise<PowerInput | null | undefined> {
  const { bmc, bmcPort, bmcUser, bmcPasswordFile, powerCommand } = options;
  const saysIpmi = [bmc, bmcPort, bmcUser, bmcPasswordFile].some((value) => value !== undefined);
  const driver = options.power ?? (saysIpmi ? "ipmi" : powerCommand === undefined ? undefined : "command");
  if (driver !== "ipmi" && saysIpmi) throw usageFault('The --bmc options need "--power ipmi"');
  if (driver !== "command" && powerCommand !== undefined)
    throw usageFault('--power-command needs "--power command"');
  switch (driver) {
    case undefined:
      return undefined;
    case "none":
      return null;
    case "ipmi":
      return readIpmi(options, io);
    case "command":
      return { driver, command: readCommand(powerCommand) };
    default:
      throw usageFault(`Cannot use --power ${driver}: wants ipmi, command or none`);
  }
}

async function readIpmi(options: PowerOptions, io: CliIo): Promise<PowerInput> {
  const { bmc, bmcPort = "623", bmcUser, bmcPasswordFile } = options;
  if (bmc === undefined || bmcUser === undefined)
    throw usageFault("--power ipmi needs --bmc ADDRESS, --bmc-user NAME and --bmc-password-file FILE");
  const port = /^\d{1,5}$/.test(bmcPort) ? Number(bmcPort) : 0;
  if (port < 1 || port > 65_535) throw usageFault(`Cannot use --bmc-port ${bmcPort}: wants 1 to 65535`);
  const settings = { driver: "ipmi", address: bmc, port, user: bmcUser } as const;
  // Without a password the appliance keeps the one it has, if this is the same BMC.
  return bmcPasswordFile === undefined
    ? settings
    : { ...settings, password: await readPassword(bmcPasswordFile, io) };
}

/** The password in a file; "-" is standard input. @throws {CliFault} it cannot be read or is empty */
export async function readPassword(path: string, io: CliIo): Promise<string> {
  const text =
    path === "-"
      ? await readAll(io.stdin)
      : await readFile(path, "utf8").catch((fault: Error) => {
          throw usageFault(`Cannot read --bmc-password-file "${path}": ${fault.message}`);
        });
  const password = text.replace(/\r?\n$/, "");
  if (password === "") throw usageFault(`Cannot use --bmc-password-file "${path}": it is empty`);
  return password;
}

function readCommand(text: string | undefined): string[] {
  if (text === undefined) throw usageFault('--power command needs --power-command "PROGRAM {action} {node}"');
  const words = splitWords(text);
  if (!words) throw usageFault(`Cannot read --power-command ${JSON.stringify(text)}: a quote is not closed`);
  if (words.length === 0) throw usageFault("Cannot use --power-command: it is empty");
  return [...words];
}
