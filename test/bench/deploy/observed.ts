import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";

export type LoopDelay = { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number };

/** What a running program takes: memory, processor time, how late its event loop is (see `loop_delay.ts`). */
export class Observed {
  readonly #child: ChildProcess;
  readonly #tellsDelay: boolean;
  mostMb = 0;
  looks = 0;

  /** @param from.tellsDelay it was started with `loop_delay.ts`; the signal would end it otherwise */
  constructor(child: ChildProcess, { tellsDelay }: { readonly tellsDelay: boolean }) {
    this.#child = child;
    this.#tellsDelay = tellsDelay;
  }

  look(): void {
    this.looks++;
    this.mostMb = Math.max(this.mostMb, this.residentMb());
  }

  residentMb(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
    return Math.round((Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024) / 1e6);
  }

  /** User and system time, all threads and the children that have ended. */
  cpuSec(): number {
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, "utf8");
    const fields = stat.split(") ")[1]?.split(" ") ?? [];
    return [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]) / 100, 0);
  }

  /** Since the last time; undefined when the program does not measure it. */
  async delay(): Promise<LoopDelay | undefined> {
    if (!this.#tellsDelay) return undefined;
    const answers = this.#child.stdio[3] as Readable;
    const answer = once(answers, "data", { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
    this.#child.kill("SIGUSR2");
    const heard = await answer;
    return heard && (JSON.parse(String(heard[0])) as LoopDelay);
  }
}
