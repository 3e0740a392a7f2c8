/** Runs a child process to its end and keeps what it said. */
import type { ChildProcess } from "node:child_process";

export type Output = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Killed after `limitMs`, which shows as code 137 with the reason on stderr. @throws when it could not be started. */
export async function collect(child: ChildProcess, limitMs: number): Promise<Output> {
  const texts = { stdout: "", stderr: "" };
  child.stdout?.on("data", (part: Buffer) => {
    texts.stdout += part;
  });
  child.stderr?.on("data", (part: Buffer) => {
    texts.stderr += part;
  });
  const timer = setTimeout(() => {
    texts.stderr += `killed: not ended after ${limitMs} ms\n`;
    child.kill("SIGKILL");
  }, limitMs);
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exit) => resolve(exit ?? 137));
    });
    return { code, ...texts };
  } finally {
    clearTimeout(timer);
  }
}
