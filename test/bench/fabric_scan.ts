/**
 * What a scan of 50 switches with 48 ports and 5,000 MACs takes: `node test/bench/fabric_scan.ts` (root: the switches
 * are addresses of the loopback, port 161). Ends with 1 when it takes more than it may, or finds less than is there.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { MACHINES, SWITCHES } from "./fabric/made_network.ts";

const MAX_SCAN_MS = 30_000;
const MAX_RSS_MB = 300;
const OURS: readonly string[] = ["address", "add", "198.18.0.1/15", "dev", "lo"];

type Taken = {
  readonly scanMs: number;
  readonly mergeMs: number;
  readonly loopMs: { readonly p99: number; readonly max: number };
  readonly rssMb: number;
  readonly cpuSec: number;
  readonly [count: string]: unknown;
};

const file = (name: string): string => join(import.meta.dirname, "fabric", name);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

execFileSync("ip", OURS);
const farm = spawn(process.execPath, ["--no-warnings", file("farm.ts")], {
  stdio: ["ignore", "pipe", "inherit"],
});
try {
  const [up] = await once(createInterface({ input: farm.stdout }), "line");
  if (up !== "up") throw new Error(`The switches said ${up}`);
  const taken = JSON.parse(
    execFileSync(process.execPath, ["--no-warnings", file("scan.ts")], { encoding: "utf8" }),
  ) as Taken;
  say(JSON.stringify(taken, undefined, 2));
  const problems = problemsOf(taken);
  for (const problem of problems) say(problem);
  process.exitCode = problems.length > 0 ? 1 : 0;
} finally {
  farm.kill();
  execFileSync("ip", OURS.with(1, "delete"));
}

function problemsOf({ scanMs, mergeMs, rssMb, ...counts }: Taken): readonly string[] {
  const wanted = {
    ...{ readings: SWITCHES, silent: 0, notes: 0, gaps: 0, contradictions: 0 },
    ...{ links: SWITCHES - 1, certain: SWITCHES - 1, learned: SWITCHES * MACHINES, attachments: MACHINES },
  };
  return [
    ...(scanMs + mergeMs > MAX_SCAN_MS ? [`took ${scanMs + mergeMs} ms, may take ${MAX_SCAN_MS}`] : []),
    ...(rssMb > MAX_RSS_MB ? [`took ${rssMb} MB, may take ${MAX_RSS_MB}`] : []),
    ...Object.entries(wanted)
      .filter(([name, count]) => counts[name] !== count)
      .map(([name, count]) => `${name}: found ${counts[name]}, ${count} are there`),
  ];
}
