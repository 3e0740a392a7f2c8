/** Daemons in namespaces: each ends with us, however we end. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

export type DaemonPlan = {
  /** Words for `ip` that run a command where it belongs. */
  readonly within: readonly string[];
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** File for what it says. */
  readonly log: string;
  /**
   * It becomes another user, and with that forgets that it should end with us. Then a shell that reads from us ends it;
   * signals reach the shell alone.
   */
  readonly isLeashed?: boolean;
};

/** Ends the daemon and its children when its own input ends. */
export const LEASH = [
  "sh",
  "-c",
  'setsid "$@" </dev/null & cat >/dev/null; kill -s KILL -- -$!; wait',
  "leash",
] as const;
const PARENT_DEATH = ["setpriv", "--pdeathsig", "KILL", "--"] as const;

export class Daemon {
  readonly #plan: DaemonPlan;
  #child: ChildProcess | undefined;

  constructor(plan: DaemonPlan) {
    this.#plan = plan;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** 0 before it was started. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  start(): void {
    const { within, argv, env, log, isLeashed = false } = this.#plan;
    const file = openSync(log, "a");
    this.#child = spawn("ip", [...within, ...(isLeashed ? LEASH : PARENT_DEATH), ...argv], {
      stdio: [isLeashed ? "pipe" : "ignore", file, file],
      env: { ...process.env, ...env },
    });
    closeSync(file);
  }

  /** `SIGSTOP`: there, and silent. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#child?.kill(signal);
  }

  async stop(): Promise<void> {
    if (!this.#child || !this.isRunning) return;
    const exit = once(this.#child, "exit");
    if (this.#plan.isLeashed) this.#child.stdin?.end();
    else this.#child.kill("SIGKILL");
    await exit;
  }
}

const LOOK_EVERY_MS = 50;

/** Looks until it is so. @throws when it is not within `limitMs`, with what was seen last */
export async function until(
  what: string,
  look: () => Promise<string | undefined> | string | undefined,
  limitMs = 20_000,
): Promise<void> {
  const endsAtMs = performance.now() + limitMs;
  for (;;) {
    const missing = await look();
    if (missing === undefined) return;
    if (performance.now() > endsAtMs) throw new Error(`Waited ${limitMs} ms in vain for ${what}: ${missing}`);
    await pause(LOOK_EVERY_MS);
  }
}
