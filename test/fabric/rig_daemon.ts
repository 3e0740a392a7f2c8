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
};

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
    const { within, argv, env, log } = this.#plan;
    const file = openSync(log, "a");
    this.#child = spawn("ip", [...within, "setpriv", "--pdeathsig", "KILL", "--", ...argv], {
      stdio: ["ignore", file, file],
      env: { ...process.env, ...env },
    });
    closeSync(file);
  }

  /** `SIGSTOP`: there, and silent. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#child?.kill(signal);
  }

  /** @param signal SIGTERM: it may take leave of its neighbours */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGKILL"): Promise<void> {
    if (!this.#child || !this.isRunning) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGCONT");
    this.#child.kill(signal);
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
