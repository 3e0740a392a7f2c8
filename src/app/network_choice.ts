import { readFileSync } from "node:fs";
import type { NetworkChoice } from "#src/config/network.ts";
import { describeFileProblem, readNetworkFile } from "#src/config/network_file.ts";
import type { Settings } from "#src/config/settings.ts";
import type { Option } from "#src/dhcp/option.ts";
import { parseDhcpOption } from "#src/dhcp/option_spec.ts";
import { BadSettings } from "./bad_settings.ts";

/**
 * What the command line or the file behind `--config` wants served.
 *
 * @throws {BadSettings} the file cannot be read, or not be used; with a line for each problem
 */
export function chooseNetworks({ interface: interfaces, config }: Settings): NetworkChoice {
  if (config === undefined) return { interfaces, subnets: [] };
  const read = readNetworkFile(textOf(config), (text) => {
    const option = parseDhcpOption(text);
    return option.ok ? { value: text } : { wanted: `a DHCP option: ${option.why}` };
  });
  if (read.ok) return read.network;
  throw new BadSettings(read.problems.map((problem) => describeFileProblem(config, problem)).join("\n"));
}

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
