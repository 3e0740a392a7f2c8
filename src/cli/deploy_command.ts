import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import type { DeploymentCreate, DeploymentView } from "#src/http/deployment_types.ts";
import type { PreviewView } from "#src/http/preview_types.ts";
import { VERIFY } from "#src/value/verify.ts";
import { readCablingFile } from "./cabling_file.ts";
import { EXIT, type ExitCode, usageFault } from "./cli_fault.ts";
import { asking, type Commands, type Context } from "./command_context.ts";
import { type ConsentOptions, sendConfirmed, withConsent } from "./confirmation.ts";
import { followDeployment } from "./follow_deployment.ts";
import { type ListOptions, withLists } from "./node_lists.ts";
import { checkNodeSet } from "./node_names.ts";
import { readOperationsFile } from "./operations_file.ts";
import { previewReport } from "./preview_report.ts";
import { type SystemOptions, systemOf, withSystem } from "./system_options.ts";
import { type WorkflowOptions, withWorkflow, workflowOf } from "./workflow_options.ts";

type DeployOptions = ConsentOptions &
  ListOptions &
  SystemOptions &
  WorkflowOptions & {
    /** False when `--no-appliance-key` was said. */
    readonly applianceKey: boolean;
    readonly nodes: string;
    readonly key?: readonly string[];
    readonly detach?: boolean;
    readonly disk?: string;
    readonly partitionTable?: string;
    readonly layout?: string;
    readonly diskRule?: string;
    readonly partition?: string;
    readonly bootSector?: boolean;
    readonly verify?: string;
    readonly checkFabric?: string | true;
    readonly operations?: string;
    readonly breakpoint?: readonly string[];
    readonly success?: string;
    readonly spare?: string;
    readonly dryRun?: boolean;
  };

export function deployCommand(program: Command, commands: Commands): void {
  const more = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
  const command = withWorkflow(program.command("deploy"))
    .argument("<image>")
    .description("install an image on nodes; what is on their disks is lost")
    .requiredOption("--nodes <nodes>", "node set, such as node[1-64,70] or node[1-10],-node5")
    .option("--key <file>", "OpenSSH public key for root of the new system; repeat for more", more)
    .option(
      "--disk <device>",
      "disk to install to (default: the smallest that is large enough and not removable)",
    )
    .option("--disk-rule <rule>", "which disk it is, such as transport=nvme,over=200GB,largest")
    .option("--layout <layout>", 'how the disk is divided, see "brigade layout list" (default: default)')
    .option("--partition-table <type>", "gpt or mbr: the layout default or mbr")
    .option("--partition <which>", "number, label or PARTUUID of the one partition to install into")
    .option("--boot-sector", "with --partition: what starts the disk may be replaced")
    .option(
      "--verify <how>",
      "none, digest of what is written, or readback from the disk afterwards (default: digest)",
    )
    .option(
      "--check-fabric [file]",
      "refuse when the cabling of these nodes has errors, by itself or against a cabling file",
    )
    .option("--operations <file>", "scripts to run and files to send around the steps")
    .option("--breakpoint <step>", "stop each node before this step; repeat for more", more)
    .option("--success <rule>", "all, so many nodes (8) or so much of them (80%) must be OK (default: all)")
    .option("--spare <nodes>", "node set in reserve: each takes the place of a node that fails")
    .option("--dry-run", "say what would happen, and do nothing")
    .option("--no-appliance-key", "keep the appliance's own key out of root's authorized_keys")
    .option("--detach", "return when it has started");
  withLists(withConsent(withSystem(command)));
  asking<DeployOptions>(command, commands, deploy);
}

async function deploy(context: Context<DeployOptions>, image = ""): Promise<ExitCode | undefined> {
  const { client, io, options, show } = context;
  const body = await bodyOf(options, image);
  if (options.dryRun) {
    const consent = {
      ...(options.yesNodes === undefined ? {} : { confirm: options.yesNodes }),
      ...(options.forceProtected ? { forceProtected: true } : {}),
    };
    const asked = { ...body, ...consent, dryRun: true };
    const preview = await client.send<PreviewView>("POST", "/deployments", asked);
    show(preview, () => previewReport(preview));
    return preview.problems.length === 0 ? EXIT.ok : EXIT.failed;
  }
  const started = await sendConfirmed<DeploymentView>(context, "/deployments", body);
  const { id } = started;
  if (options.detach) {
    show(started, () => `Started ${id}; follow it with "brigade deployment wait ${id}"\n`);
    return undefined;
  }
  if (!options.json) io.err(`${id}: installing ${started.image} on ${started.nodes}\n`);
  return followDeployment({ client, io, id, asJson: options.json === true, lists: options });
}

async function bodyOf(options: DeployOptions, image: string): Promise<DeploymentCreate> {
  checkNodeSet(options.nodes);
  const { partitionTable } = options;
  if (partitionTable !== undefined && partitionTable !== "gpt" && partitionTable !== "mbr")
    throw usageFault(`Cannot use --partition-table ${partitionTable}: wants gpt or mbr`);
  const verify = VERIFY.find((word) => word === options.verify);
  if (options.verify !== undefined && verify === undefined)
    throw usageFault(`Cannot use --verify ${options.verify}: wants none, digest or readback`);
  const workflow = await workflowOf(options);
  return {
    image,
    nodes: options.nodes,
    authorizedKeys: (await Promise.all((options.key ?? []).map(readKeys))).flat(),
    ...(await systemOf(options)),
    ...(partitionTable === undefined ? {} : { partitionTable }),
    ...targetOf(options),
    ...(verify === undefined ? {} : { verify }),
    ...(workflow === undefined ? {} : { workflow }),
    ...(options.applianceKey ? {} : { applianceKey: false }),
    ...(await courseOf(options)),
    ...(options.checkFabric === undefined ? {} : { checkFabric: await readGate(options.checkFabric) }),
  };
}

/** What is to happen on the way, and at its end. */
async function courseOf({
  operations,
  breakpoint,
  success,
  spare,
}: DeployOptions): Promise<Partial<DeploymentCreate>> {
  if (spare !== undefined) checkNodeSet(spare);
  return {
    ...(operations === undefined ? {} : { operations: await readOperationsFile(operations) }),
    ...(breakpoint === undefined ? {} : { breakpoints: [...breakpoint] }),
    ...(success === undefined ? {} : { success }),
    ...(spare === undefined ? {} : { spares: spare }),
  };
}

type TargetFields = Pick<DeploymentCreate, "disk" | "layout" | "diskRule" | "partition" | "bootSector">;

const targetOf = ({ disk, layout, diskRule, partition, bootSector }: DeployOptions): TargetFields => ({
  ...(disk === undefined ? {} : { disk }),
  ...(layout === undefined ? {} : { layout }),
  ...(diskRule === undefined ? {} : { diskRule }),
  ...(partition === undefined ? {} : { partition }),
  ...(bootSector ? { bootSector } : {}),
});

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
