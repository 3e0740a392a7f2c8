/** Loaded beside a program (`node --import`): on SIGUSR2 it says on descriptor 3 how late its main event loop was since the last time. */
import { writeSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION_MS = 1;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();
process.on("SIGUSR2", () => {
  const [p50Ms, p99Ms, maxMs] = [delay.percentile(50), delay.percentile(99), delay.max].map(
    (ns) => Math.round(ns / 1e5) / 10,
  );
  writeSync(3, `${JSON.stringify({ p50Ms, p99Ms, maxMs })}\n`);
  delay.reset();
});
