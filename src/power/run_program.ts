/** Runs a program to its end, without a shell, with a time limit for it and for whatever it started. */
import type { Socket } from "node:net";
import { ChildProgram } from "#src/net/child_program.ts";
import { SystemCallError } from "#src/net/libc.ts";
import type { Invocation, Ran } from "./driver.ts";

export type RunLimits = {
  readonly limitMs: number;
  /** Kills the program; the run then rejects with the signal's reason. */
  readonly signal: AbortSignal;
};

export type RunProgram = (invocation: Invocation, limits: RunLimits) => Promise<Ran>;

const MAX_OUTPUT_BYTES = 64 * 1024;
/** What a program leaves running may hold its output open; we do not wait for that. */
const DRAIN_MS = 500;
/** What makes a program one that cannot be run; anything else is a shortage of this machine. */
const NOT_THERE: ReadonlySet<string> = new Set(["ENOENT", "EACCES", "ENOTDIR", "ENOEXEC", "ELOOP"]);

/** @throws `signal.reason` on abort, `SystemCallError` when this machine has no process or file to spare; everything else is a kind of `Ran`. */
export const runProgram: RunProgram = async (invocation, limits) => {
  limits.signal.throwIfAborted();
  const child = start(invocation);
  return child ? runToEnd(child, limits) : { kind: "missing" };
};

function start({ program, args, env }: Invocation): ChildProgram | undefined {
  try {
    return new ChildProgram({ program, args, env: { ...process.env, LC_ALL: "C", ...env } });
  } catch (fault) {
    if (fault instanceof SystemCallError && NOT_THERE.has(fault.code)) return undefined;
    throw fault;
  }
}

async function runToEnd(child: ChildProgram, { limitMs, signal }: RunLimits): Promise<Ran> {
  const stdout = keepHead(child.stdout);
  const stderr = keepHead(child.stderr);
  const kill = (): void => child.kill();
  signal.addEventListener("abort", kill, { once: true });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, limitMs);
  try {
    const code = await child.exited;
    await drained(child);
    signal.throwIfAborted();
    if (timedOut) return { kind: "timeout", limitMs };
    return { kind: "ended", code, stdout: stdout(), stderr: stderr() };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", kill);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** All that it wrote has been read, or somebody else keeps its output open. */
async function drained({ stdout, stderr }: ChildProgram): Promise<void> {
  const { promise: tooLate, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, DRAIN_MS);
  await Promise.race([Promise.all([closed(stdout), closed(stderr)]), tooLate]);
  clearTimeout(timer);
}

const closed = (output: Socket): Promise<unknown> =>
  output.closed ? Promise.resolve() : new Promise((resolve) => output.once("close", resolve));

function keepHead(stream: NodeJS.ReadableStream): () => string {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  stream.on("data", (part: Buffer) => {
    if (sizeBytes < MAX_OUTPUT_BYTES) parts.push(part.subarray(0, MAX_OUTPUT_BYTES - sizeBytes));
    sizeBytes += part.length;
  });
  return () => Buffer.concat(parts).toString("utf8");
}
