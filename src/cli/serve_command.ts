import type { Command } from "commander";
import type { ExitCode } from "./cli_fault.ts";
import type { Commands } from "./command_context.ts";

/** One thing that `serve` can be told; the composition root knows them all. */
export type ServeOption = {
  /** `interface`, without hyphens in front. */
  readonly name: string;
  /** Stands for the value; absent for a switch. */
  readonly placeholder?: string | undefined;
  readonly doc: string;
  /** It may be said several times. */
  readonly hasMany?: boolean | undefined;
};

/** `serve` is the one command that is no client of the API; the composition root brings it along. */
export type Serve = {
  readonly options: readonly ServeOption[];
  /** Gets what was said, by name; a switch is "true", and several values have commas between. Resolves when the appliance has ended. */
  readonly run: (raw: Readonly<Record<string, string>>) => Promise<ExitCode>;
};

export function serveCommand(program: Command, { exit }: Commands, serve: Serve): void {
  const command = program
    .command("serve")
    .description("run the appliance on a provisioning network until told to end (root)");
  for (const { name, placeholder, doc, hasMany } of serve.options) {
    const words = placeholder === undefined ? `--${name}` : `--${name} <${placeholder}>`;
    if (hasMany)
      command.option(words, doc, (value, before?: string) => (before ? `${before},${value}` : value));
    else command.option(words, doc);
  }
  command.action(async () => {
    const said = serve.options.flatMap(({ name }) => {
      const value: unknown = command.getOptionValue(camelCase(name));
      return value === undefined ? [] : [[name, String(value)] as const];
    });
    exit(await serve.run(Object.fromEntries(said)));
  });
}

/** As commander keeps options. */
const camelCase = (name: string): string =>
  name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
