import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import type { DeploymentSummary } from "#src/http/deployment_types.ts";
import { parseNodeSet } from "#src/value/node_set.ts";
import { CliFault, EXIT } from "./cli_fault.ts";

export type ListOptions = { readonly okFile?: string; readonly koFile?: string };

export const withLists = (command: Command): Command =>
  command
    .option("--ok-file <file>", "at the end write the names of the nodes that are OK here, one a line")
    .option("--ko-file <file>", "and those that are not here");

/** Writes the lists that were asked for. An empty set is an empty file. @throws {CliFault} it cannot be written */
export async function writeLists(
  { okFile, koFile }: ListOptions,
  { ok, ko }: Pick<DeploymentSummary, "ok" | "ko">,
): Promise<void> {
  if (okFile !== undefined) await write(okFile, ok);
  if (koFile !== undefined) await write(koFile, ko);
}

async function write(path: string, nodes: string): Promise<void> {
  const read = parseNodeSet(nodes);
  const text = read.ok ? read.names.map((name) => `${name}\n`).join("") : "";
  await writeFile(path, text).catch((fault: NodeJS.ErrnoException) => {
    throw new CliFault(EXIT.failed, `Cannot write the list of nodes to "${path}": ${fault.message}`);
  });
}
