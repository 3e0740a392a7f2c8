/** What the command line says about the ways through the phases of a deployment. Which words there are, the appliance knows. */
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { parse } from "yaml";
import type { WorkflowInput } from "#src/http/workflow_types.ts";
import { usageFault } from "./cli_fault.ts";

export type WorkflowOptions = {
  readonly workflow?: string;
  readonly ramdiskBy?: string;
  readonly systemBy?: string;
  readonly retries?: string;
  readonly limit?: readonly string[];
  readonly attempts?: readonly string[];
};

const MAX_FILE_BYTES = 65_536;

export function withWorkflow(command: Command): Command {
  const more = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
  return command
    .option("--ramdisk-by <ways>", "ways into the ramdisk in order of fall-back: already, kexec, reboot")
    .option("--system-by <ways>", "ways into the new system: kexec, reboot, hard-reboot; or none")
    .option("--retries <count>", "how often a node is installed again after its installation failed")
    .option("--limit <step=seconds>", "time limit of a step; repeat for more", more)
    .option("--attempts <step=count>", "attempts at a step; repeat for more", more)
    .option("--workflow <file>", "YAML with all of this and more; the options above count before it");
}

/** @returns undefined when nothing was said. @throws {CliFault} something cannot be read */
export async function workflowOf(options: WorkflowOptions): Promise<WorkflowInput | undefined> {
  const { workflow: file, ramdiskBy, systemBy, retries } = options;
  const base = file === undefined ? {} : await readWorkflowFile(file);
  const steps = stepsOf(options, base.steps);
  const workflow: WorkflowInput = {
    ...base,
    ...(ramdiskBy === undefined ? {} : { ramdisk: listOf(ramdiskBy) }),
    ...(systemBy === undefined ? {} : { system: listOf(systemBy) }),
    ...(retries === undefined ? {} : { installRetries: numberOf(retries, `--retries ${retries}`) }),
    ...(steps === undefined ? {} : { steps }),
  };
  return Object.keys(workflow).length === 0 ? undefined : workflow;
}

/** What a file holds. @throws {CliFault} it cannot be read, or is no YAML with fields */
export async function readWorkflowFile(path: string): Promise<WorkflowInput> {
  const text = await readFile(path, "utf8").catch((fault: NodeJS.ErrnoException) => {
    throw usageFault(
      `Cannot read the workflow file "${path}": ${fault.code === "ENOENT" ? "no such file" : fault.message}`,
    );
  });
  if (text.length > MAX_FILE_BYTES)
    throw usageFault(`Cannot use the workflow file "${path}": it has more than ${MAX_FILE_BYTES} bytes`);
  const value = parsed(text, path);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw usageFault(
      `Cannot use the workflow file "${path}": it has no fields, such as "ramdisk: [kexec, reboot]"`,
    );
  // The appliance checks it, field by field.
  return value as WorkflowInput;
}

function parsed(text: string, path: string): unknown {
  try {
    return parse(text);
  } catch (fault) {
    const [line = ""] = (fault as Error).message.split("\n");
    throw usageFault(`Cannot use the workflow file "${path}": ${line}`);
  }
}

const listOf = (text: string): string[] => text.split(",").map((word) => word.trim());

function numberOf(text: string, what: string): number {
  if (!/^\d{1,6}$/.test(text)) throw usageFault(`Cannot use ${what}: wants a whole number`);
  return Number(text);
}

function stepsOf(
  { limit = [], attempts = [] }: WorkflowOptions,
  under: WorkflowInput["steps"],
): WorkflowInput["steps"] {
  const said = [
    ...limit.map((text) => [...pairOf(text, "--limit"), "timeLimitSec"] as const),
    ...attempts.map((text) => [...pairOf(text, "--attempts"), "maxAttempts"] as const),
  ];
  if (said.length === 0) return under;
  const steps = new Map(Object.entries(under ?? {}));
  for (const [step, number, field] of said) steps.set(step, { ...steps.get(step), [field]: number });
  return Object.fromEntries(steps);
}

function pairOf(text: string, option: string): readonly [string, number] {
  const [, step, number] = /^([^=]+)=(\d{1,6})$/.exec(text) ?? [];
  if (step === undefined || number === undefined)
    throw usageFault(`Cannot use ${option} ${text}: wants STEP=NUMBER, such as broadcast=600`);
  return [step, Number(number)];
}
