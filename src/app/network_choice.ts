import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type FabricChoice, NO_SWITCHES, readCommunity } from "#src/config/fabric.ts";
import type { NetworkChoice, ReadValue } from "#src/config/network.ts";
import { describeFileProblem, readNetworkFile } from "#src/config/network_file.ts";
import { describeSettingProblem, type Settings } from "#src/config/settings.ts";
import type { Option } from "#src/dhcp/option.ts";
import { parseDhcpOption } from "#src/dhcp/option_spec.ts";
import { BadSettings } from "./bad_settings.ts";

/** What is to be served, and which switches may be asked. The latter has secrets: never log it. */
export type Choice = { readonly network: NetworkChoice; readonly fabric: FabricChoice };

/**
 * What the command line or the file behind `--config` wants.
 *
 * @throws {BadSettings} a file cannot be read, or not be used; with a line for each problem
 */
export function chooseNetworks(settings: Settings): Choice {
  const { interface: interfaces, config } = settings;
  if (config === undefined) return { network: { interfaces, subnets: [] }, fabric: switchesOf(settings) };
  const read = readNetworkFile(textOf(config), {
    option: (text) => {
      const option = parseDhcpOption(text);
      return option.ok ? { value: text } : { wanted: `a DHCP option: ${option.why}` };
    },
    secret: (path) => firstLineOf(resolve(dirname(config), path)),
  });
  if (read.ok) return read;
  throw new BadSettings(read.problems.map((problem) => describeFileProblem(config, problem)).join("\n"));
}

function switchesOf({ switch: starts = [], "community-file": file }: Settings): FabricChoice {
  if (file === undefined) return NO_SWITCHES;
  const line = firstLineOf(file);
  const read = "value" in line ? readCommunity(line.value) : line;
  if ("wanted" in read)
    throw new BadSettings(describeSettingProblem({ name: "community-file", wanted: read.wanted }));
  const credentials = [{ version: "2c", community: read.value }] as const;
  return {
    ...NO_SWITCHES,
    seeds: starts.map(({ seed }) => seed),
    prefixes: starts.map(({ prefix }) => ({ prefix, credentials })),
  };
}

/** The rest of a file of a secret is people's notes, or a newline. */
const firstLineOf: ReadValue<string> = (path) => {
  try {
    return { value: readFileSync(path, "utf8").split(/\r?\n/, 1)[0] ?? "" };
  } catch (fault) {
    return { wanted: `a file that can be read: ${(fault as Error).message}` };
  }
};

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (fault) {
    throw new BadSettings(`Cannot read the settings in "${file}": ${(fault as Error).message}`, {
      cause: fault,
    });
  }
}

/** Options as they were written and checked, in bytes. */
export function readOptions(texts: readonly string[]): readonly Option[] {
  return texts.flatMap((text) => {
    const option = parseDhcpOption(text);
    return option.ok ? [option.option] : [];
  });
}
