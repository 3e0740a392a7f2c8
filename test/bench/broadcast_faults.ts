/**
 * What it costs the other nodes when something goes wrong in a broadcast to real agents, a line for each fault:
 * `node test/bench/broadcast_faults.ts [--nodes 32] [--rate 40] [--megabytes 30] [--only TEXT]`. Root.
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { FaultTrials } from "#test/broadcast/fault_trial.ts";
import { FAULTS, type Fault, HEALTHY } from "#test/broadcast/faults.ts";

const { values: options } = parseArgs({
  options: {
    nodes: { type: "string", default: "32" },
    /** Mbit/s of each link. */
    rate: { type: "string", default: "40" },
    megabytes: { type: "string", default: "30" },
    only: { type: "string", default: "" },
  },
});
const HEALTHY_ROUNDS = 2;
const SETUP = {
  nodes: Number(options.nodes),
  rateMbit: Number(options.rate),
  imageBytes: Number(options.megabytes) * 1e6,
  flapping: { downMs: 2000, upMs: 5000, times: 5 },
};

const say = (cells: readonly string[]): void => {
  const [name = "", ...rest] = cells;
  process.stdout.write(`${name.padEnd(42)}${rest.map((cell) => cell.padStart(10)).join("")}\n`);
};

/** How much later the others may be, in seconds. */
const limitSec = ({ limit }: Fault, healthySec: number): number =>
  "laterSec" in limit ? limit.laterSec : limit.laterShare * healthySec;

async function measure(trials: FaultTrials, fault: Fault, healthySec: number): Promise<number> {
  const load = loadavg()[0] ?? 0;
  const { othersSec, lateSec, sentImages, problems } = await trials.try(fault);
  const laterSec = othersSec - healthySec;
  const isMet = problems.length === 0 && (fault === HEALTHY || laterSec <= limitSec(fault, healthySec));
  const shown = fault === HEALTHY ? ["", ""] : [laterSec.toFixed(2), limitSec(fault, healthySec).toFixed(2)];
  const late = lateSec > 0 ? lateSec.toFixed(2) : "";
  say([
    fault.name,
    othersSec.toFixed(2),
    ...shown,
    late,
    sentImages.toFixed(2),
    load.toFixed(1),
    isMet ? "met" : "NOT MET",
  ]);
  for (const problem of problems) process.stdout.write(`    ${problem}\n`);
  return problems.length === 0 ? othersSec : Number.POSITIVE_INFINITY;
}

await using trials = await FaultTrials.begin(SETUP);
say([
  `${SETUP.nodes} nodes, ${SETUP.rateMbit} Mbit/s, ${options.megabytes} MB`,
  "s",
  "later",
  "allowed",
  "the late",
  "sent",
  "load",
]);
let healthySec = Number.POSITIVE_INFINITY;
for (let round = 0; round < HEALTHY_ROUNDS; round++)
  healthySec = Math.min(healthySec, await measure(trials, HEALTHY, healthySec));
for (const fault of FAULTS) if (fault.name.includes(options.only)) await measure(trials, fault, healthySec);
