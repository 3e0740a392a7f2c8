/** Runs a crawl: several switches at a time, until everybody was asked, time is up, or nobody wants it any more. */
import type { Ipv4 } from "#src/value/ipv4.ts";
import { Crawl, type CrawlEnd, type CrawlTask } from "./crawl.ts";
import type { SwitchReading, SwitchWalk } from "./reading.ts";
import { RequestGate } from "./request_gate.ts";
import type { ScanLimits, ScanOptions } from "./scan_types.ts";
import { SCAN_LIMITS } from "./scan_types.ts";
import { readWalk } from "./switch_walk.ts";

export type CrawlRunOptions = ScanOptions & {
  readonly readSwitch: (walk: SwitchWalk) => SwitchReading;
  /** Each reading as it comes; `replaces`: the address of one that is worth less, of the same switch. */
  readonly onReading: (reading: SwitchReading, replaces: Ipv4 | undefined) => void;
  readonly nowMs: () => number;
};

/** Never rejects. */
export async function runCrawl(options: CrawlRunOptions): Promise<CrawlEnd> {
  const limits: ScanLimits = { ...SCAN_LIMITS, ...options.limits };
  const { signal: wanted, seeds, prefixes, taken, endpoints } = options;
  const deadline = AbortSignal.timeout(limits.scanDeadlineMs);
  const signal = AbortSignal.any([wanted, deadline]);
  const crawl = new Crawl({ seeds, prefixes, taken, endpoints, switches: limits.switches });
  const gate = new RequestGate(limits.requestsInFlight);
  const running = new Set<Promise<void>>();
  for (;;) {
    while (!signal.aborted && running.size < limits.concurrency) {
      const task = crawl.next();
      if (!task) break;
      const asked = askOne(task, { ...options, crawl, gate, signal, limits });
      running.add(asked);
      void asked.finally(() => running.delete(asked));
    }
    if (running.size === 0) break;
    await Promise.race(running);
  }
  if (wanted.aborted) return crawl.finish("aborted");
  return crawl.finish(deadline.aborted ? "deadline" : undefined);
}

type AskOptions = Pick<CrawlRunOptions, "readSwitch" | "onReading" | "nowMs"> & {
  readonly crawl: Crawl;
  readonly gate: RequestGate;
  readonly signal: AbortSignal;
  readonly limits: ScanLimits;
};

async function askOne(
  task: CrawlTask,
  { crawl, gate, signal, limits, nowMs, ...to }: AskOptions,
): Promise<void> {
  const outcome = await readWalk(task, {
    ...{ gate, signal, nowMs, deadlineMs: limits.switchDeadlineMs },
    isNew: (identity) => crawl.claim(identity),
  });
  if (outcome.kind === "silent") crawl.takeSilence(task.address, outcome.reason);
  if (outcome.kind !== "walk") return;
  const reading = readOrNot(outcome.walk, to.readSwitch);
  if (!reading) {
    crawl.takeSilence(task.address, "malformed");
    return;
  }
  const place = crawl.take(task.address, reading, task.places[outcome.credentials] ?? 0);
  if (place !== "again") to.onReading(reading, place);
}

/** Readers do not throw; if one does, on what one switch has sent, the others are worth no less. */
function readOrNot(walk: SwitchWalk, readSwitch: AskOptions["readSwitch"]): SwitchReading | undefined {
  try {
    return readSwitch(walk);
  } catch {
    return undefined;
  }
}
