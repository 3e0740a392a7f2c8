import { describeSettingProblem, readSettings } from "#src/config/settings.ts";
import { startAppliance } from "./appliance.ts";
import { BadSettings } from "./bad_settings.ts";
import { openLog } from "./log.ts";
import { chooseNetworks } from "./network_choice.ts";
import { settleMemory } from "./settle_memory.ts";

/** How long the services may take to end before the program ends without them. */
const STOP_LIMIT_MS = 10_000;

/**
 * Runs the appliance until it is told to end (SIGTERM, SIGINT).
 *
 * @param raw settings by name, as text
 * @throws {BadSettings} before anything was touched
 * @throws {StartError} it cannot start; nothing is left running
 */
export async function serve(
  raw: Readonly<Record<string, string | undefined>>,
  version: string,
): Promise<void> {
  const read = readSettings(raw);
  if (!read.ok) throw new BadSettings(read.problems.map(describeSettingProblem).join("\n"));
  const choice = chooseNetworks(read.settings);
  const log = openLog({ isTerminal: process.stdout.isTTY });
  const told = toldToEnd();
  const appliance = await startAppliance({ settings: read.settings, choice, log, version });
  settleMemory();
  // A fault that nobody caught is a bug of one request; the nodes that are being installed must not pay for it.
  process.on("unhandledRejection", (fault) => log.fault("A fault that nobody caught", fault));
  const signal = await told;
  log.say(`Told to end (${signal}); nodes that are being installed wait for the next start`);
  const limit = setTimeout(() => {
    log.say(`Ending after ${STOP_LIMIT_MS / 1000} s without all services having ended`);
    process.exit(0);
  }, STOP_LIMIT_MS);
  limit.unref();
  await appliance[Symbol.asyncDispose]();
}

function toldToEnd(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>();
  process.once("SIGTERM", resolve);
  process.once("SIGINT", resolve);
  return promise;
}
