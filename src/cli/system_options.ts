/** What `brigade deploy` may say about the system that its image brings. */
import { readFile } from "node:fs/promises";
import { type Command, Option } from "commander";
import type { DeploymentCreate } from "#src/http/deployment_types.ts";
import { usageFault } from "./cli_fault.ts";
import { PROBE_HELP, readProbeOption } from "./probe_option.ts";

export type SystemOptions = {
  readonly grow?: boolean;
  readonly customize?: true;
  readonly bootLoader?: "image-grub" | "systemd-boot" | "none";
  readonly userData?: string;
  readonly probe?: string;
};

export const withSystem = (command: Command): Command =>
  command
    .option("--probe <how>", PROBE_HELP)
    .addOption(
      new Option(
        "--boot-loader <which>",
        "root archive: what starts its kernel (default: as the image says, else image-grub)",
      ).choices(["image-grub", "systemd-boot", "none"]),
    )
    .option("--user-data <file>", "what cloud-init, or Ignition, reads at the first start of the system")
    .option(
      "--grow",
      "disk image: give its last partition the room behind it (default: if it holds something that can grow)",
    )
    .option("--no-grow", "disk image: leave its partitions as they are")
    .option("--customize", "disk image of a Linux: give it its own name, machine-id and SSH keys");

type SystemFields = Pick<DeploymentCreate, "grow" | "customize" | "bootLoader" | "seed" | "probe">;

/** @throws a usage fault */
export async function systemOf(options: SystemOptions): Promise<SystemFields> {
  const { grow, customize, bootLoader, userData, probe } = options;
  const read = probe === undefined ? undefined : readProbeOption(probe);
  if (probe !== undefined && read === undefined)
    throw usageFault(
      `Cannot use --probe ${probe}: wants ssh-host-key, tcp:PORT, http:PORT/PATH, ssh:COMMAND, phone-home or none`,
    );
  return {
    ...(grow === undefined ? {} : { grow }),
    ...(customize === undefined ? {} : { customize }),
    ...(bootLoader === undefined ? {} : { bootLoader }),
    ...(read === undefined ? {} : { probe: read }),
    ...(userData === undefined ? {} : { seed: await readSeed(userData) }),
  };
}

/** An Ignition config is a JSON object, and nothing of cloud-init is. */
async function readSeed(path: string): Promise<NonNullable<DeploymentCreate["seed"]>> {
  const userData = await readFile(path, "utf8").catch((fault: NodeJS.ErrnoException) => {
    throw usageFault(
      `Cannot read --user-data "${path}": ${fault.code === "ENOENT" ? "no such file" : fault.message}`,
    );
  });
  return { kind: userData.trimStart().startsWith("{") ? "ignition" : "cloud-init", userData };
}
