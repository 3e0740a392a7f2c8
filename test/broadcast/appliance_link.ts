import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { ApplianceEvent } from "#src/events/event.ts";
import type { ApplianceReport, ApplianceSetup, ApplianceTask } from "./appliance_process.ts";
import { Lan } from "./lan.ts";

/** The process `appliance_process.ts`, told what to do line by line. */
export class ApplianceLink {
  readonly reports: ApplianceReport[] = [];
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();

  constructor(setup: ApplianceSetup) {
    const script = join(import.meta.dirname, "appliance_process.ts");
    const args = [...Lan.within("appliance"), process.execPath, script, JSON.stringify(setup)];
    this.#child = spawn("ip", args, { stdio: ["pipe", "pipe", "inherit"] });
    if (!this.#child.stdout) throw new Error("The appliance process has no output");
    createInterface(this.#child.stdout).on("line", (line) => {
      this.reports.push(JSON.parse(line) as ApplianceReport);
      for (const wake of this.#waiting) wake();
    });
    this.#child.stdin?.on("error", () => {}); // it was killed
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** All that happened, in order. */
  get events(): readonly ApplianceEvent[] {
    return this.reports.flatMap((report) => (report.kind === "event" ? [report.event] : []));
  }

  tell(task: ApplianceTask): void {
    this.#child.stdin?.write(`${JSON.stringify(task)}\n`);
  }

  /**
   * The first report of a kind that `accept` likes, already there or to come.
   *
   * @param since how many of the reports to pass over
   * @throws after `withinMs`
   */
  async report<K extends ApplianceReport["kind"]>(
    kind: K,
    accept: (report: Extract<ApplianceReport, { kind: K }>) => boolean = () => true,
    { withinMs = 60_000, since = 0 } = {},
  ): Promise<Extract<ApplianceReport, { kind: K }>> {
    const signal = AbortSignal.timeout(withinMs);
    type Wanted = Extract<ApplianceReport, { kind: K }>;
    for (let at = since; ; at++) {
      while (at >= this.reports.length) {
        if (signal.aborted)
          throw new Error(`No ${kind} within ${withinMs} ms: ${JSON.stringify(this.reports.slice(-5))}`);
        await this.#next(signal);
      }
      const report = this.reports[at];
      if (report?.kind === kind && accept(report as Wanted)) return report as Wanted;
    }
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }

  #next(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    signal.addEventListener("abort", () => resolve());
    return promise.finally(() => this.#waiting.delete(resolve));
  }
}
