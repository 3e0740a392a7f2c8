/** Runs a program to its end, without a shell, with a time limit for it and for whatever it started. */
import { type ChildProcess, spawn } from "node:child_process";
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

/** @throws `signal.reason` on abort; everything else is a kind of `Ran`. */
export const runProgram: RunProgram = async ({ program, args, env }, { limitMs, signal }) => {
  signal.throwIfAborted();
  // A group of its own, so that the children of a script are killed with it.
  const child = spawn(program, [...args], {
    env: { ...process.env, LC_ALL: "C", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const stdout = keepHead(child.stdout);
  const stderr = keepHead(child.stderr);
  const kill = (): void => killGroup(child);
  signal.addEventListener("abort", kill, { once: true });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, limitMs);
  try {
    const code = await ending(child);
    signal.throwIfAborted();
    if (timedOut) return { kind: "timeout", limitMs };
    if (code === undefined) return { kind: "missing" };
    return { kind: "ended", code, stdout: stdout(), stderr: stderr() };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", kill);
    child.stdout.destroy();
    child.stderr.destroy();
  }
};

/** The exit code, 128 when a signal ended it, `undefined` when it could not be started. */
function ending(child: ChildProcess): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  let drain: NodeJS.Timeout | undefined;
  child.once("error", () => resolve(undefined));
  child.once("exit", (code) => {
    drain = setTimeout(() => resolve(code ?? 128), DRAIN_MS);
  });
  child.once("close", (code) => resolve(code ?? 128));
  return promise.finally(() => clearTimeout(drain));
}

function keepHead(stream: NodeJS.ReadableStream): () => string {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  stream.on("data", (part: Buffer) => {
    if (sizeBytes < MAX_OUTPUT_BYTES) parts.push(part.subarray(0, MAX_OUTPUT_BYTES - sizeBytes));
    sizeBytes += part.length;
  });
  return () => Buffer.concat(parts).toString("utf8");
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It ended by itself in the meantime.
  }
}
