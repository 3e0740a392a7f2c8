import type { Command } from "commander";
import type { ApiClient } from "./api_client.ts";
import { EXIT, type ExitCode } from "./cli_fault.ts";
import type { CliIo } from "./cli_io.ts";
import { type CommonOptions, clientFor, withCommon } from "./connection.ts";
import { json } from "./output.ts";

/** What commands are hung on and end with. */
export type Commands = {
  readonly io: CliIo;
  readonly exit: (code: ExitCode) => void;
};

/** What one command works with. */
export type Context<Options> = {
  readonly client: ApiClient;
  readonly io: CliIo;
  readonly options: Options & CommonOptions;
  /** Prints `value` as JSON when asked to, else `text`. */
  readonly show: (value: unknown, text: () => string) => void;
};

/**
 * Gives a command its options for the appliance and its work.
 *
 * @param work gets the command's arguments; an exit code it returns is the program's
 */
export function asking<Options extends object>(
  command: Command,
  { io, exit }: Commands,
  work: (context: Context<Options>, ...args: string[]) => Promise<ExitCode | undefined>,
): void {
  withCommon(command).action(async (...given: unknown[]) => {
    const args = given
      .slice(0, -2)
      .flat()
      .filter((arg) => typeof arg === "string");
    const options = command.opts<Options & CommonOptions>();
    const show = (value: unknown, text: () => string): void => io.out(options.json ? json(value) : text());
    exit((await work({ client: clientFor(options, io), io, options, show }, ...args)) ?? EXIT.ok);
  });
}

/** Part of a path. */
export const segment = (text = ""): string => encodeURIComponent(text);
