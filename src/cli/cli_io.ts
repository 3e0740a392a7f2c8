import { EXIT } from "./cli_fault.ts";

/** Everything that a command touches outside of itself; tests pass their own. */
export type CliIo = {
  /** Writes to standard output as it is. */
  readonly out: (text: string) => void;
  /** Writes to standard error as it is. */
  readonly err: (text: string) => void;
  /** Standard error when a person watches it: bars go there, so that output can be piped. */
  readonly terminal: NodeJS.WriteStream | undefined;
  readonly env: {
    readonly BRIGADE_API?: string | undefined;
    readonly BRIGADE_TOKEN?: string | undefined;
    readonly BRIGADE_TOKEN_FILE?: string | undefined;
  };
  readonly stdin: NodeJS.ReadableStream;
  /** For bytes that are no text. */
  readonly stdout: NodeJS.WritableStream;
  /** Calls `listener` on Ctrl-C instead of ending the program. @returns what undoes that */
  readonly onInterrupt: (listener: () => void) => () => void;
  readonly nowMs: () => number;
  /** Unix time. */
  readonly wallMs: () => number;
};

/** The real one. */
export function processIo(): CliIo {
  // `brigade … | head` has seen enough: no reason for a stack on the screen.
  process.stdout.on("error", (fault: NodeJS.ErrnoException) => {
    if (fault.code !== "EPIPE") throw fault;
    process.exit(EXIT.failed);
  });
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    terminal: process.stderr.isTTY ? process.stderr : undefined,
    env: process.env,
    stdin: process.stdin,
    stdout: process.stdout,
    onInterrupt: (listener) => {
      process.on("SIGINT", listener);
      return () => void process.off("SIGINT", listener);
    },
    nowMs: () => performance.now(),
    wallMs: Date.now,
  };
}
