/** The thread that reads switches: it dies with its scan, and takes along what strangers made it remember. */
import { constants, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import type { Ipv4 } from "#src/value/ipv4.ts";
import type { CrawlEnd } from "./crawl.ts";
import { runCrawl } from "./crawl_run.ts";
import { readSwitch } from "./read_switch.ts";
import type { SwitchReading } from "./reading.ts";
import type { ScanOptions } from "./scan_types.ts";

export type CrawlWorkerData = Omit<ScanOptions, "signal">;
export type CrawlReport =
  | { readonly kind: "reading"; readonly reading: SwitchReading; readonly replaces: Ipv4 | undefined }
  | { readonly kind: "done"; readonly end: CrawlEnd };
export type CrawlOrder = { readonly kind: "abort" };

// Of this thread alone: where cores are short, DHCP and the API go first.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

const say = (report: CrawlReport): void => parentPort?.postMessage(report);
const ended = new AbortController();
parentPort?.on("message", (_order: CrawlOrder) => ended.abort());

void runCrawl({
  ...(workerData as CrawlWorkerData),
  readSwitch,
  onReading: (reading, replaces) => say({ kind: "reading", reading, replaces }),
  signal: ended.signal,
  nowMs: Date.now,
}).then((end) => {
  say({ kind: "done", end });
  parentPort?.close();
});
