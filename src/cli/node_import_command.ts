import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { text as readAll } from "node:stream/consumers";
import type { Command } from "commander";
import type { NodeCreate } from "#src/http/api_types.ts";
import type { GroupView } from "#src/http/group_types.ts";
import type { NodeImportRequest, NodeImportView } from "#src/http/node_import_types.ts";
import {
  IMPORT_FORMATS,
  type ImportedNode,
  type ImportFormat,
  type ImportNote,
} from "#src/nodes/import/import_result.ts";
import { type NodesRead, readNodes } from "#src/nodes/import/read_nodes.ts";
import { EXIT, type ExitCode, usageFault } from "./cli_fault.ts";
import type { CliIo } from "./cli_io.ts";
import { asking, type Commands, type Context } from "./command_context.ts";
import { readPassword } from "./node_power_options.ts";

type ImportOptions = {
  readonly from?: string;
  readonly dryRun?: boolean;
  readonly update?: boolean;
  readonly skipBad?: boolean;
  readonly addGroups?: boolean;
};

export function nodeImportCommand(node: Command, commands: Commands): void {
  const command = node
    .command("import")
    .argument("<file>", 'file with machines; "-" reads standard input')
    .description("register the machines of a file of dnsmasq, ISC dhcpd or Kea, or of a CSV or YAML file")
    .option("--from <format>", `${IMPORT_FORMATS.join(", ")}; seen by the file when left out`)
    .option("--dry-run", "only tell what would happen")
    .option("--update", "change nodes that have one of the MACs")
    .option("--skip-bad", "leave out what cannot be imported instead of importing nothing")
    .option("--add-groups", "make groups that are not there");
  asking<ImportOptions>(command, commands, importNodes);
}

async function importNodes(context: Context<ImportOptions>, file = "-"): Promise<ExitCode> {
  const { client, io, options, show } = context;
  const { dryRun = false, update = false, skipBad = false } = options;
  const read = await readFileOf(file, options.from, io);
  const isBad = read.notes.some(({ level }) => level === "problem");
  const mayStore = !dryRun && (!isBad || skipBad);
  const fresh = options.addGroups ? await addGroups(context, read.nodes, { mayStore }) : [];
  const known = await Promise.all(read.nodes.map((node) => asCreated(node, file, io)));
  // What is only tried must not fail for groups that would be there.
  const nodes = mayStore ? known : known.map((node) => withoutGroups(node, fresh));
  const body: NodeImportRequest = { nodes, update, skipBad, dryRun: !mayStore };
  const view = await client.send<NodeImportView>("POST", "/nodes/import", body);
  const refused = view.problems.map(({ index, detail }): ImportNote & { readonly detail: string } => {
    const line = read.nodes[index]?.line ?? 0;
    return { line, level: "problem", what: read.nodes[index]?.name ?? "", todo: "", detail };
  });
  for (const { line, level, what, todo } of read.notes)
    io.err(`${file}:${line}: ${level}: ${what}; ${todo}\n`);
  for (const { line, detail } of refused) io.err(`${file}:${line}: problem: ${detail}\n`);
  const { stored, added, updated } = view;
  show(
    {
      format: read.format,
      stored,
      added,
      updated,
      notes: read.notes,
      problems: refused.map(({ line, detail }) => ({ line, detail })),
    },
    () => sentence(view, { dryRun, bad: isBad || refused.length > 0 }),
  );
  return (isBad || refused.length > 0) && !(skipBad && (stored || dryRun)) ? EXIT.failed : EXIT.ok;
}

function sentence(
  { stored, added, updated }: NodeImportView,
  { dryRun, bad }: { readonly dryRun: boolean; readonly bad: boolean },
): string {
  const counts = `${added.length} added, ${updated.length} changed`;
  if (stored) return `Imported: ${counts}\n`;
  if (dryRun) return `Nothing was imported, as you said; it would be: ${counts}\n`;
  if (bad) return "Nothing was imported: mend what is told above, or say --skip-bad\n";
  return "Nothing was imported: the file has no machines\n";
}

async function readFileOf(file: string, from: string | undefined, io: CliIo): Promise<NodesRead> {
  const format = IMPORT_FORMATS.find((one) => one === from);
  if (from !== undefined && !format)
    throw usageFault(`Cannot use --from ${from}: wants ${IMPORT_FORMATS.join(", ")}`);
  const text =
    file === "-"
      ? await readAll(io.stdin)
      : await readFile(file, "utf8").catch((fault: Error) => {
          throw usageFault(`Cannot read "${file}": ${fault.message}`);
        });
  const read = readNodes(text, format satisfies ImportFormat | undefined);
  if (!read) throw usageFault(`Cannot tell what "${file}" is: say --from with ${IMPORT_FORMATS.join(", ")}`);
  return read;
}

/** Password files are looked for beside the file that names them. */
async function asCreated(node: ImportedNode, file: string, io: CliIo): Promise<NodeCreate> {
  const { line: _, power, macs, groups, kernelArguments, ...rest } = node;
  return {
    ...rest,
    macs: [...macs],
    ...(groups ? { groups: [...groups] } : {}),
    ...(kernelArguments ? { kernelArguments: [...kernelArguments] } : {}),
    ...(power ? { power: await asPower(power, file, io) } : {}),
  };
}

async function asPower(
  power: NonNullable<ImportedNode["power"]>,
  file: string,
  io: CliIo,
): Promise<NonNullable<NodeCreate["power"]>> {
  if (power.driver === "command") return { driver: "command", command: [...power.command] };
  const { passwordFile, ...login } = power;
  if (passwordFile === undefined) return login;
  return { ...login, password: await readPassword(resolve(dirname(file), passwordFile), io) };
}

/** @returns the groups that are not there; makes them when it may */
async function addGroups(
  { client }: Context<ImportOptions>,
  nodes: readonly ImportedNode[],
  { mayStore }: { readonly mayStore: boolean },
): Promise<readonly string[]> {
  const known = new Set((await client.get<readonly GroupView[]>("/groups")).map(({ name }) => name));
  const fresh = [...new Set(nodes.flatMap(({ groups = [] }) => groups))].filter((name) => !known.has(name));
  if (mayStore) for (const name of fresh) await client.send("POST", "/groups", { name });
  return fresh;
}

const withoutGroups = (node: NodeCreate, names: readonly string[]): NodeCreate =>
  node.groups ? { ...node, groups: node.groups.filter((group) => !names.includes(group)) } : node;
