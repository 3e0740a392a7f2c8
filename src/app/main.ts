/** The program: one binary, appliance and command line. */

import { runCli } from "#src/cli/cli.ts";
import { EXIT, type ExitCode } from "#src/cli/cli_fault.ts";
import { processIo } from "#src/cli/cli_io.ts";
import type { ExamineHere } from "#src/cli/doctor_command.ts";
import type { Simulate } from "#src/cli/simulate_command.ts";
import type { Field } from "#src/config/field.ts";
import { SETTINGS } from "#src/config/settings.ts";
import { StartError } from "#src/value/start_error.ts";
import packageJson from "../../package.json" with { type: "json" };
import { BadSettings } from "./bad_settings.ts";

const { version } = packageJson;
const io = processIo();

async function runServe(raw: Readonly<Record<string, string>>): Promise<ExitCode> {
  // Only here: the services would make every other command slower to start.
  const { serve } = await import("./serve.ts");
  try {
    await serve(raw, version);
    return EXIT.ok;
  } catch (fault) {
    // The message says what to do; a stack would hide it.
    if (!(fault instanceof StartError || fault instanceof BadSettings)) throw fault;
    io.err(`${fault.message}\n`);
    return fault instanceof BadSettings ? EXIT.usage : EXIT.failed;
  }
}

/** @throws what no setting and no start explains */
async function runDoctor(raw: Readonly<Record<string, string>>): ReturnType<ExamineHere> {
  const { examineHere } = await import("./doctor.ts");
  try {
    return await examineHere(raw);
  } catch (fault) {
    if (!(fault instanceof BadSettings)) throw fault;
    io.err(`${fault.message}\n`);
    return { refused: EXIT.usage };
  }
}

const runSimulation: Simulate = async (raw) => (await import("./simulate.ts")).simulateHere(raw);

const options = Object.entries<Field<unknown>>(SETTINGS).map(([name, { doc, placeholder, hasMany }]) => ({
  ...{ name, doc, placeholder, hasMany },
}));
process.exitCode = await runCli(process.argv.slice(2), {
  ...{ version, io },
  serve: { options, run: runServe },
  examineHere: runDoctor,
  simulate: runSimulation,
  restore: async (wish) => (await import("./restore.ts")).restoreHere(wish),
});
