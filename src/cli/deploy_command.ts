import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { DeploymentCreate, DeploymentView } from "#src/http/deployment_types.ts";
import { VERIFY } from "#src/value/verify.ts";
import { readCablingFile } from "./cabling_file.ts";
import { usageFault } from "./cli_fault.ts";
import { asking, type Commands, type Context } from "./command_context.ts";
import { followDeployment } from "./follow_deployment.ts";
import { checkNodeSet } from "./node_names.ts";

type DeployOptions = {
  readonly nodes: string;
  readonly key: readonly string[];
  readonly detach?: boolean;
  readonly disk?: string;
  readonly partitionTable?: string;
  readonly verify?: string;
  readonly checkFabric?: string | true;
};

export function deployCommand(program: Command, commands: Commands): void {
  const more = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
  const command = program
    .command("deploy")
    .argument("<image>")
    .description("install an image on nodes; what is on their disks is lost")
    .requiredOption("--nodes <nodes>", "node set, such as node[1-64,70] or node[1-10],-node5")
    .requiredOption("--key <file>", "OpenSSH public key for root of the new system; repeat for more", more)
    .option(
      "--disk <device>",
      "disk to install to (default: the smallest that is large enough and not removable)",
    )
    .option("--partition-table <type>", "gpt or mbr (default: gpt)")
    .option(
      "--verify <how>",
      "none, digest of what is written, or readback from the disk afterwards (default: digest)",
    )
    .option(
      "--check-fabric [file]",
      "refuse when the cabling of these nodes has errors, by itself or against a cabling file",
    )
    .option("--detach", "return when it has started");
  asking<DeployOptions>(command, commands, deploy);
}

async function deploy({ client, io, options, show }: Context<DeployOptions>, image = "") {
  checkNodeSet(options.nodes);
  const { partitionTable, disk } = options;
  if (partitionTable !== undefined && partitionTable !== "gpt" && partitionTable !== "mbr")
    throw usageFault(`Cannot use --partition-table ${partitionTable}: wants gpt or mbr`);
  const verify = VERIFY.find((word) => word === options.verify);
  if (options.verify !== undefined && verify === undefined)
    throw usageFault(`Cannot use --verify ${options.verify}: wants none, digest or readback`);
  const body: DeploymentCreate = {
    image,
    nodes: options.nodes,
    authorizedKeys: (await Promise.all(options.key.map(readKeys))).flat(),
    ...(partitionTable === undefined ? {} : { partitionTable }),
    ...(disk === undefined ? {} : { disk }),
    ...(verify === undefined ? {} : { verify }),
    ...(options.checkFabric === undefined ? {} : { checkFabric: await readGate(options.checkFabric) }),
  };
  const started = await client.send<DeploymentView>("POST", "/deployments", body);
  const { id } = started;
  if (options.detach) {
    show(started, () => `Started ${id}; follow it with "brigade deployment wait ${id}"\n`);
    return undefined;
  }
  if (!options.json) io.err(`${id}: installing ${image} on ${started.nodes}\n`);
  return followDeployment({ client, io, id, asJson: options.json === true });
}

async function readGate(file: string | true): Promise<NonNullable<DeploymentCreate["checkFabric"]>> {
  return file === true ? {} : { expected: await readCablingFile(file) };
}

/** The keys of a public key or authorized_keys file. */
async function readKeys(path: string): Promise<string[]> {
  const text = await readFile(path, "utf8").catch((fault: NodeJS.ErrnoException) => {
    throw usageFault(
      `Cannot read --key "${path}": ${fault.code === "ENOENT" ? "no such file" : fault.message}`,
    );
  });
  if (text.includes("PRIVATE KEY"))
    throw usageFault(`Cannot use --key "${path}": it is a private key; give the public one, "${path}.pub"`);
  const keys = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  if (keys.length === 0) throw usageFault(`Cannot use --key "${path}": there is no key in it`);
  return keys;
}
