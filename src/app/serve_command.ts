import type { Command } from "commander";
import type { Field } from "#src/config/field.ts";
import { SETTINGS } from "#src/config/settings.ts";
import { serve } from "./serve.ts";

/** Adds `serve` with an option for each setting. Checking them is the settings' own work, so that all problems are told at once. */
export function addServeCommand(program: Command, version: string): void {
  const command = program
    .command("serve")
    .description("Run the appliance on a provisioning network until told to end (root)");
  for (const [name, { placeholder, doc }] of Object.entries<Field<unknown>>(SETTINGS)) {
    command.option(placeholder === undefined ? `--${name}` : `--${name} <${placeholder}>`, doc);
  }
  command.action(() => serve(rawSettings(command), version));
}

function rawSettings(command: Command): Record<string, string | undefined> {
  const names = Object.keys(SETTINGS);
  const said = command.opts<Record<string, string | true | undefined>>();
  const values = names.map((name): [string, string | undefined] => {
    const value = said[camelCase(name)];
    return [name, value === true ? "true" : value];
  });
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** As commander names the values of its options. */
const camelCase = (name: string): string =>
  name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
