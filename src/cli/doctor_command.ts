import type { Command } from "commander";
import type { DoctorView, FindingView } from "#src/http/doctor_types.ts";
import { inertLine } from "#src/value/inert_line.ts";
import { EXIT, type ExitCode } from "./cli_fault.ts";
import type { Commands } from "./command_context.ts";
import { type CommonOptions, clientFor, withCommon } from "./connection.ts";
import { json } from "./output.ts";

/** Looks at this machine without an appliance; the composition root brings it along. Takes settings of `serve`, by name. */
export type ExamineHere = (
  raw: Readonly<Record<string, string>>,
) => Promise<readonly FindingView[] | { readonly refused: ExitCode }>;

type Options = CommonOptions & {
  readonly interface?: string;
  readonly config?: string;
  readonly pool?: string;
  readonly bootFiles?: string;
};

/** The doctor's own: clean or notes, warnings, errors. */
const EXIT_BY_SEVERITY = { note: 0, warning: 1, error: 2 } as const satisfies Record<
  FindingView["severity"],
  ExitCode
>;

export function doctorCommand(program: Command, { io, exit }: Commands, examineHere: ExamineHere): void {
  const command = program
    .command("doctor")
    .description(
      "look for what keeps nodes from booting, and say what to do (exit code 1: warnings, 2: errors)",
    )
    .option(
      "--interface <name>",
      "look here, at this machine and interface, without asking an appliance (root)",
    )
    .option("--config <file>", "the same for the networks of that file, as for serve")
    .option("--pool <first-last>", "with --interface: as for serve")
    .option("--boot-files <dir>", "with --interface: as for serve");
  withCommon(command).action(async () => {
    const options = command.opts<Options>();
    const found = await findings(options);
    if ("refused" in found) return exit(found.refused);
    io.out(options.json ? json({ findings: found }) : describe(found));
    exit(exitCodeOf(found));
  });

  async function findings(
    options: Options,
  ): Promise<readonly FindingView[] | { readonly refused: ExitCode }> {
    if (options.interface === undefined && options.config === undefined) {
      return (await clientFor(options, io).get<DoctorView>("/doctor")).findings;
    }
    const { interface: name, config, data, pool, bootFiles } = options;
    const said = { interface: name, config, data, pool, "boot-files": bootFiles };
    const raw = Object.entries(said).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]));
    return await examineHere(Object.fromEntries(raw));
  }
}

const exitCodeOf = (findings: readonly FindingView[]): ExitCode =>
  findings.some(({ severity }) => severity === "error")
    ? EXIT_BY_SEVERITY.error
    : findings.some(({ severity }) => severity === "warning")
      ? EXIT_BY_SEVERITY.warning
      : EXIT.ok;

function describe(findings: readonly FindingView[]): string {
  if (findings.length === 0) return "Nothing found that keeps nodes from booting\n";
  const parts = findings.map(({ severity, found, why, fix }) =>
    [`${severity}: ${found}`, `  why: ${why}`, `  fix: ${fix}`]
      .map((line) => `${inertLine(line)}\n`)
      .join(""),
  );
  return parts.join("\n");
}
