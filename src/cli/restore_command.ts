import type { Command } from "commander";
import { EXIT } from "./cli_fault.ts";
import type { Commands } from "./command_context.ts";
import { DEFAULT_DATA } from "./connection.ts";
import { json, time } from "./output.ts";

export type RestoreWish = {
  readonly file: string;
  readonly data: string;
  readonly replace: boolean;
  /** Read it and write nothing. */
  readonly checkOnly: boolean;
};

export type RestoredView = {
  readonly file: string;
  readonly version: string;
  readonly schema: number;
  readonly createdAtMs: number;
  readonly hasSecrets: boolean;
  readonly hasImages: boolean;
  readonly files: number;
  /** Absent: nothing was written. */
  readonly data?: string | undefined;
  /** Where what was there before is now. */
  readonly aside?: string | undefined;
  readonly keptImages?: boolean | undefined;
};

/** Puts a backup in the place of a data folder; the composition root brings it along. */
export type Restore = (wish: RestoreWish) => Promise<RestoredView | { readonly refused: string }>;

export function restoreCommand(program: Command, { io, exit }: Commands, restore: Restore): void {
  const command = program
    .command("restore")
    .description("put a backup in the place of a data folder, while no appliance runs on it (root)")
    .argument("<file>", "what brigade backup wrote")
    .option("--data <dir>", `data folder (default ${DEFAULT_DATA})`)
    .option("--replace", "also when the folder is not empty; what is in it is kept aside there")
    .option("--check", "only read the backup and compare it with its digests")
    .option("--json", "print JSON");
  command.action(async (file: string) => {
    const {
      data = DEFAULT_DATA,
      replace = false,
      check = false,
      json: asJson,
    } = command.opts<{
      data?: string;
      replace?: boolean;
      check?: boolean;
      json?: boolean;
    }>();
    const done = await restore({ file, data, replace, checkOnly: check });
    if ("refused" in done) {
      io.err(`${done.refused}\n`);
      return exit(EXIT.failed);
    }
    io.out(asJson ? json(done) : describe(done));
  });
}

function describe(done: RestoredView): string {
  const { file, version, schema, createdAtMs, hasSecrets, hasImages, data, aside, keptImages } = done;
  const has = (is: boolean, what: string): string => `${is ? "with" : "without"} ${what}`;
  const about = `${file} is whole: made ${time(createdAtMs)} by Brigade ${version} (schema ${schema}), ${has(hasSecrets, "secrets")}, ${has(hasImages, "images")}\n`;
  if (data === undefined) return about;
  const lines = [about, `Restored into ${data}; start the appliance now\n`];
  if (aside !== undefined)
    lines.push(`What was there before is in ${aside}: remove it when it is not needed\n`);
  if (keptImages) lines.push("The images of before stayed where they are\n");
  else if (!hasImages) lines.push("Images have to be imported again with --replace\n");
  if (!hasSecrets)
    lines.push(
      "Passwords of BMCs have to be set again, and nodes that are in the ramdisk have to boot again\n",
    );
  return lines.join("");
}
