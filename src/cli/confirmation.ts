/** Many nodes want their number to be typed before what is on their disks is lost. */

import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { CliFault, usageFault } from "./cli_fault.ts";
import type { CliIo } from "./cli_io.ts";
import type { Context } from "./command_context.ts";

export type ConsentOptions = { readonly yesNodes?: string; readonly forceProtected?: boolean };

type ConsentBody = { readonly confirm?: string; readonly forceProtected?: boolean };

/** Adds the options for what has to be said on purpose. */
export const withConsent = (command: Command): Command =>
  command
    .option("--yes-nodes <n>", "so many nodes are meant; asked for when they are many")
    .option("--force-protected", "install on protected nodes too; for admins");

/** Sends a request for an installation; asks the person at the terminal when it wants to be confirmed. */
export async function sendConfirmed<T>(
  { client, io, options }: Pick<Context<ConsentOptions>, "client" | "io" | "options">,
  path: string,
  body: object,
): Promise<T> {
  const said: ConsentBody = {
    ...(options.yesNodes === undefined ? {} : { confirm: options.yesNodes }),
    ...(options.forceProtected ? { forceProtected: true } : {}),
  };
  try {
    return await client.send<T>("POST", path, { ...body, ...said });
  } catch (fault) {
    const wanted = fault instanceof CliFault ? fault.problem?.confirm : undefined;
    if (typeof wanted !== "string" || said.confirm !== undefined || !io.terminal) throw fault;
    await confirm(io, wanted);
    return client.send<T>("POST", path, { ...body, ...said, confirm: wanted });
  }
}

async function confirm({ stdin, terminal, err }: CliIo, wanted: string): Promise<void> {
  err(`What is on the disks of ${wanted} nodes will be lost. Type the number of nodes to go on: `);
  const lines = createInterface({ input: stdin, ...(terminal ? { output: terminal } : {}) });
  try {
    const ended = new Promise<string>((resolve) => void lines.once("close", () => resolve("")));
    const typed = await Promise.race([lines.question(""), ended]);
    if (typed.trim() !== wanted) throw usageFault(`Nothing was done: "${typed.trim()}" is not ${wanted}`);
  } finally {
    lines.close();
  }
}
