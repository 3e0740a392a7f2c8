import type { Problem } from "#src/http/api_types.ts";

/** What the program's exit code says. Ctrl-C while watching gives 130, as shells expect. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 3, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with one message: what was tried, what was found, what to do. */
export class CliFault extends Error {
  override readonly name = "CliFault";
  readonly exitCode: ExitCode;
  /** What the API answered, for `--json`. */
  readonly problem: Problem | undefined;

  constructor(exitCode: ExitCode, message: string, problem?: Problem) {
    super(message);
    this.exitCode = exitCode;
    this.problem = problem;
  }
}

export const usageFault = (message: string): CliFault => new CliFault(EXIT.usage, message);
